"""Clears away what is not needed any more, and what may not be kept any longer.

Thin: see reachline.operation.upkeep and reachline.erasure.

Nothing heavy is imported here: Airflow reads this file again and again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow.sdk import DAG, CronTriggerTimetable, Param, get_current_context, task

from reachline.configuration.upkeep import PARTS, Upkeep
from reachline.settings import ConfigError, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

WRITER_POOL = "duckdb_writer"
WITH_THE_NIGHT = ("releases", "scratch", "gates", "packs")
"""What a night writes as well: one at a time."""

DOC = """
### What it does
Removes what no night, no rollback and no reader needs any more, packs small old files of landing,
and holds every batch to its manifest. `config/upkeep.yml` says how long each is kept. With the
parameter **dry_run** it says what would go, and removes nothing.

### Something is red: what now?
1. **verify**: a file of landing was changed or lost. The log names it; `reachline landing verify
   --repair` puts right what can be. Nights go on: they read what is new.
2. **airflow**: the log holds the words of `airflow db clean`.
3. **releases**, **scratch**, **gates**, **packs**: another run held the lock of the home, a
   platform was being read, or `current` leads nowhere (`reachline release ls`). They are tried
   again, and next week.

One that fails stops no other. `reachline upkeep` does the same by hand.
"""

RETENTION_DOC = """
### What it does
Once a day it applies the platforms' terms and `config/retention.yml`, and finishes what `reachline
forget` has begun. With the parameter **dry_run** it says what would go, and removes nothing.

### It is red: what now?
Its log says what was not done in time, or could not be done, and what to do. Posts of a platform
that wants to be asked daily are late where its DAG `ingest_<platform>` did not run.
`reachline retention apply` does the same by hand.
"""


def _told() -> tuple[Upkeep, str]:
    """Return periods and time zone; a broken configuration fails the first task."""
    try:
        settings = load_settings()
    except ConfigError:
        return Upkeep(), "UTC"
    return settings.upkeep, settings.config.reporting.time_zone


def _clear(part: str) -> str:
    """Do one part, and return what it did."""
    from airflow.sdk.exceptions import AirflowFailException

    from reachline.operation.upkeep import keep_up

    is_dry = bool(get_current_context()["params"].get("dry_run"))
    try:
        (cleared,) = keep_up(load_settings(), [part], is_dry=is_dry)
    except ConfigError as stop:
        raise AirflowFailException(str(stop)) from stop
    if cleared.error:
        raise RuntimeError(cleared.error)
    return f"{len(cleared.removed)} {'would go' if is_dry else 'went'}"


def _tell_failed(context: Any) -> None:
    """Tell of a failed run, once it has ended: see reachline.night.alarms."""
    from reachline.night.alarms import find_desk, tell_upkeep

    if (desk := find_desk()) is not None:
        tell_upkeep(desk, context["ti"].task_id)


def _part(name: str) -> Callable[[], Any]:
    options: dict[str, Any] = {"pool": WRITER_POOL} if name in WITH_THE_NIGHT else {}

    @task(task_id=name, doc_md=DOC, execution_timeout=timedelta(hours=2), **options)
    def part() -> str:
        return _clear(name)

    return part


def _apply_retention() -> str:
    """Apply what is due, and return what went."""
    from airflow.sdk.exceptions import AirflowFailException

    from reachline.erasure import apply_retention

    is_dry = bool(get_current_context()["params"].get("dry_run"))
    try:
        done = apply_retention(load_settings(), is_dry=is_dry)
    except ConfigError as stop:
        raise AirflowFailException(str(stop)) from stop
    told = "\n".join(done.lines())
    if done.late or not all(each.is_whole for each in done.certificates):
        raise AirflowFailException(told)
    return told


def _dag(name: str, description: str, doc: str, schedule: str) -> DAG:
    return DAG(
        dag_id=name,
        description=description,
        doc_md=doc,
        schedule=CronTriggerTimetable(schedule, timezone=ZONE),
        start_date=datetime(2005, 1, 1, tzinfo=ZoneInfo(ZONE)),
        catchup=False,
        max_active_runs=1,
        default_args={
            "owner": "data",
            "retries": 3,
            "retry_delay": timedelta(minutes=10),
            "retry_exponential_backoff": 2.0,
            "max_retry_delay": timedelta(hours=1),
        },
        params={
            "dry_run": Param(
                False,
                type="boolean",
                title="Dry run",
                description="Say what would go, and remove nothing.",
            ),
        },
        on_failure_callback=_tell_failed,
        tags=["reachline"],
    )


UPKEEP, ZONE = _told()

with _dag("upkeep", "Clears away what is not needed any more", DOC, UPKEEP.schedule) as dag:
    for _name in PARTS:
        _part(_name)()

with _dag(
    "retention", "Removes what may not be kept any longer", RETENTION_DOC, "0 13 * * *"
) as retention:
    task(
        task_id="retention",
        doc_md=RETENTION_DOC,
        execution_timeout=timedelta(hours=2),
        pool=WRITER_POOL,
    )(_apply_retention)()
