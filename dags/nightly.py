"""The night: from dropped files to a published release. Thin: see the package reachline.night.

Nothing heavy is imported here: Airflow reads this file again and again.
"""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow.sdk import DAG, Asset, CronDataIntervalTimetable, Param, get_current_context, task

from reachline.settings import ConfigError, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from reachline.settings import Paths

WRITER_POOL = "duckdb_writer"
LOOK_SECONDS = 30
"""How often a run looks whether another night, which it waits for, is over."""

log = logging.getLogger("reachline.night")

DAG_DOC = """
### What it does
Lands what lies in `inbox/`, stages what is new, builds every table as of the night's date and
publishes a release. Between the steps stand four gates. **`published/current` moves only when all
of them have passed**, so whatever fails here, readers keep the last good release.

### Something is red: what now?
1. Open the log of the **first** red task; its last lines say what is wrong and what to do.
2. A **gate** is red: the message says table, expectation, observed value and sample rows. A bad
   batch can be taken out with `reachline landing hold BATCH`. It is never retried by itself, for it
   would fail again.
3. **check_config** is red: `reachline config check` names every mistake with file and line.
4. Anything else was retried three times, most often a full disk.
5. Whoever `config/publish.yml` names below `alarms` is told, once a night.
6. When mended, clear the DAG run from the red task on, or start it again: a night can be repeated
   as often as one likes and gives the same tables.
7. A task is **up for reschedule**: another night is under way, and its log says which. It begins
   when that one is over; nights of a backfill come one after another, the oldest first, and let any
   other go before.

`reachline status` says the same on the command line. A gate that is red leaves its pages in
`logs/gates/`; `reachline gates open` writes those of any gate.

### Which night
The first day of the run's data interval, in the reporting time zone. A run started by hand runs the
night that is given as **night**, else the last one that is over. An older night than the newest
makes a release of its own and leaves `current` alone, unless **promote** is set. A night after
tomorrow is refused, unless **force** is.
"""


def _reporting_zone() -> str:
    """Return the reporting time zone; a broken configuration is told by the first task."""
    try:
        return load_settings().config.reporting.time_zone
    except ConfigError:
        return "UTC"


def _landed_by_sources() -> list[Asset]:
    """Return what the DAGs of dags/ingest.py land; none of it is awaited."""
    try:
        enabled = load_settings().config.sources.connectors.enabled()
    except ConfigError:
        return []
    return [
        Asset(name=f"reachline_landing_{source}", uri=f"reachline://landing/{source}")
        for source, _ in enabled
    ]


def _night(context: Any = None) -> date:
    """Return the logical date of a run: that of `context`, else of the task that runs."""
    from airflow.sdk.exceptions import AirflowFailException

    context = context or get_current_context()
    asked = context["params"].get("night")
    if asked:
        return date.fromisoformat(str(asked))
    start = context.get("data_interval_start")
    if start is None:
        raise AirflowFailException(
            "this run has no data interval: start it with the parameter night, like 2026-03-01."
        )
    return start.astimezone(ZoneInfo(_reporting_zone())).date()


def _run(step: str) -> None:
    """Run one step of the night, once it is its turn; what a retry can't mend fails at once."""
    from airflow.sdk.exceptions import AirflowFailException, AirflowRescheduleException

    from reachline.night import (
        NOT_MENDED_BY_A_RETRY,
        STEPS,
        NightBusyError,
        Turn,
        require_reached,
        run_step,
    )

    context = get_current_context()
    params, task_instance = context["params"], context["ti"]
    turn = Turn(
        run=str(task_instance.run_id),
        has_ended=lambda run: not _is_under_way(run),
        is_last_try=task_instance.try_number > task_instance.max_tries,
        gives_way=context["dag_run"].run_type == "backfill",
    )
    try:
        settings, night = load_settings(), _night()
        require_reached(settings, night, is_forced=bool(params.get("force")))
        if step == STEPS[0]:
            _let_older_ones_go_first(context)
        run_step(settings, night, step, promoted=bool(params.get("promote")), turn=turn)
    except NightBusyError as busy:
        # no try is used up, and no slot of a pool is taken meanwhile
        pause = _pause(settings.paths, night) if turn.gives_way else LOOK_SECONDS
        log.warning("%s Asks again in %d s.", busy, pause)
        again = datetime.now(UTC) + timedelta(seconds=pause)
        raise AirflowRescheduleException(again) from busy
    except NOT_MENDED_BY_A_RETRY as stop:
        raise AirflowFailException(str(stop)) from stop


def _pause(where: Paths, night: date) -> int:
    """Return when a night of a backfill asks again: later, the more nights are before it."""
    from reachline.night import night_under_way

    now = night_under_way(where)
    before = 1 if now is None else (night - now).days
    return LOOK_SECONDS * min(max(before, 1), 10)


def _is_under_way(run: str) -> bool:
    """Return whether Airflow knows a run of this DAG that has not ended."""
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    states = ["queued", "running"]
    return RuntimeTaskInstance.get_dr_count("nightly", run_ids=[run], states=states) > 0


def _let_older_ones_go_first(context: Any) -> None:
    """Raise NightBusyError where an older night of the same backfill has not ended.

    The warehouse moves on from night to night; one that comes too late is built anew from landing.
    """
    from reachline.night import NightBusyError

    if context["dag_run"].run_type != "backfill":
        return
    before = context["ti"].get_previous_dagrun(state="running")
    if before is not None and before.run_type == "backfill":
        raise NightBusyError(f"an older night of a backfill is under way: {before.run_id}.")


def _end_turn(context: Any) -> None:
    """Let other nights begin, however this run has ended."""
    from reachline.night import end_turn
    from reachline.settings import paths

    end_turn(paths(), str(context["run_id"]))


def _tell_failed(context: Any) -> None:
    """Tell of a failed run, once it has ended: see reachline.night.alarms."""
    from reachline.night.alarms import find_desk, tell_failed

    _end_turn(context)
    if (desk := find_desk()) is not None:
        tell_failed(desk, _night(context), step=context["ti"].task_id)


def _tell_published(context: Any) -> None:
    """Tell of what is over since this run, and of silent sources."""
    from reachline.night.alarms import find_desk, tell_published

    _end_turn(context)
    if (desk := find_desk()) is not None:
        tell_published(desk, _night(context))


def _deliveries() -> list[str]:
    """Return where releases go; a broken configuration is told by the first task."""
    from reachline.publish.deliver import configured

    try:
        return configured(load_settings().publish)
    except ConfigError:
        return []


def _deliver(name: str) -> str:
    """Deliver the current release, if this night has made it; return what was done."""
    from airflow.sdk.exceptions import AirflowSkipException

    from reachline.publish.deliver import deliver
    from reachline.publish.releases import find_release

    settings, night = load_settings(), _night()
    current = find_release(settings.paths.published, "current")
    if current.logical_date != night:
        raise AirflowSkipException(
            f"current is the release of {current.logical_date}, not of {night}: none is delivered"
        )
    return deliver(settings, name, current)


def _delivery(name: str) -> Callable[[], Any]:
    @task(
        task_id=f"deliver_{name}",
        doc_md=f"Brings the release where the section `{name}` of `config/publish.yml` says. The "
        "release is published, whatever happens here. **Red:** the log says where and why; mend "
        f"that and clear this task, or run `reachline deliver {name}`.",
        execution_timeout=timedelta(minutes=120),
        inlets=[RELEASE],
    )
    def delivery() -> str:
        return _deliver(name)

    return delivery


def _step(
    name: str,
    doc: str,
    *,
    opens_database: bool = True,
    minutes: int = 30,
    inlets: list[Asset] | None = None,
    outlets: list[Asset] | None = None,
) -> Callable[[], Any]:
    options: dict[str, Any] = {"pool": WRITER_POOL} if opens_database else {}

    @task(
        task_id=name,
        doc_md=doc,
        execution_timeout=timedelta(minutes=minutes),
        inlets=inlets or [],
        outlets=outlets or [],
        **options,
    )
    def step() -> None:
        _run(name)

    return step


INBOX = Asset(name="reachline_inbox", uri="reachline://inbox")
LANDING = Asset(name="reachline_landing", uri="reachline://landing")
WAREHOUSE = Asset(name="reachline_warehouse", uri="reachline://warehouse")
RELEASE = Asset(name="reachline_release", uri="reachline://published/current")

with DAG(
    dag_id="nightly",
    description="From dropped files to a published release",
    doc_md=DAG_DOC,
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone=_reporting_zone()),
    start_date=datetime(2005, 1, 1, tzinfo=ZoneInfo(_reporting_zone())),
    catchup=False,
    max_active_runs=1,
    default_args={
        "owner": "data",
        "retries": 3,
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=10),
    },
    params={
        "night": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Night",
            description="The logical date to run; empty: the first day of the data interval.",
        ),
        "promote": Param(
            False,
            type="boolean",
            title="Promote",
            description="Move `current` to this release even if it is of an older night.",
        ),
        "force": Param(
            False,
            type="boolean",
            title="Force",
            description="Run the night even if it is after tomorrow.",
        ),
    },
    on_failure_callback=_tell_failed,
    on_success_callback=_tell_published,
    tags=["reachline"],
) as dag:
    check_config = _step(
        "check_config",
        "Reads all of `config/` before any data is touched. **Red:** run `reachline config check`; "
        "it names every mistake with file, line and remedy. Mend, then clear this task.",
        opens_database=False,
        minutes=5,
    )
    land_inbox = _step(
        "land_inbox",
        "Lands the files of `inbox/` as they came; each moves to `inbox/_done/`, or to "
        "`inbox/_failed/` with the reason beside it. A bad file never stops a good one. **Red:** "
        "most often a full disk; nothing is lost, clear this task.",
        opens_database=False,
        minutes=120,
        inlets=[INBOX],
        outlets=[LANDING],
    )
    gate_landing = _step(
        "gate_landing",
        "Gate 1: every new file in landing has the rows, bytes and hash that its manifest says, "
        "and no manifest is missing. **Red:** a landed file was changed or lost: restore it from a "
        "backup, or take its batch out with `reachline landing hold BATCH`.",
    )
    stage = _step(
        "stage",
        "Reads every batch that was not read yet into typed staging tables; what can't be taken "
        "goes to quarantine with its reason. **Red:** the log names the model and DuckDB's "
        "message. It can be repeated.",
        minutes=120,
        inlets=[LANDING, *_landed_by_sources()],
    )
    gate_staging = _step(
        "gate_staging",
        "Gate 2: rows in = loaded + superseded + quarantined, one row a key, not too much in "
        "quarantine. **Red:** the message names table and sample; a file in a new format is the "
        "usual cause. Hold its batch, mend the file, drop it again.",
    )
    model = _step(
        "model",
        "Builds core and reports as of the night's date. **Red:** the log names the model and "
        "DuckDB's message. It can be repeated.",
        minutes=120,
        outlets=[WAREHOUSE],
    )
    gate_model = _step(
        "gate_model",
        "Gate 3: grains, relations, ranges, and revenue against staging. **Red:** the message "
        "names table, expectation and sample keys. Readers keep the last good release.",
    )
    build_release = _step(
        "build_release",
        "Copies the warehouse and exports its tables into a folder that nobody reads yet. "
        "**Red:** most often a full disk.",
        minutes=60,
    )
    gate_release = _step(
        "gate_release",
        "Gate 4: what would be served is whole, is what was built, and holds no e-mail address or "
        "phone number. **Red:** the message says which file or table.",
    )
    publish = _step(
        "publish",
        "Names the release and moves `published/current` to it in one step. "
        "`reachline release rollback` is the way back.",
        inlets=[WAREHOUSE],
        outlets=[RELEASE],
    )
    published = publish()
    (
        check_config()
        >> land_inbox()
        >> gate_landing()
        >> stage()
        >> gate_staging()
        >> model()
        >> gate_model()
        >> build_release()
        >> gate_release()
        >> published
    )
    for name in _deliveries():
        published >> _delivery(name)()
