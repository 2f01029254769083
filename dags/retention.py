"""Removes what has been kept for as long as it may be. Thin: see reachline.erasure.

Nothing heavy is imported here: Airflow reads this file again and again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import DAG, CronTriggerTimetable, Param, get_current_context, task

from reachline.settings import ConfigError, load_settings

DOC = """
### What it does
Once a day it applies the platforms' terms and `config/retention.yml`, and finishes what `reachline
forget` has begun. With the parameter **dry_run** it says what would go, and removes nothing.

### It is red: what now?
Its log says what was not done in time, or could not be done, and what to do. Posts of a platform
that wants to be asked daily are late where its DAG `ingest_<platform>` did not run.
`reachline retention apply` does the same by hand.
"""


def _zone() -> str:
    """Return the reporting time zone; a broken configuration fails the task."""
    try:
        return load_settings().config.reporting.time_zone
    except ConfigError:
        return "UTC"


def _tell_failed(context: Any) -> None:
    """Tell of a failed run, once it has ended: see reachline.night.alarms."""
    from reachline.night.alarms import find_desk, tell_upkeep

    if (desk := find_desk()) is not None:
        tell_upkeep(desk, context["ti"].task_id)


with DAG(
    dag_id="retention",
    description="Removes what has been kept for as long as it may be",
    doc_md=DOC,
    schedule=CronTriggerTimetable("0 13 * * *", timezone=_zone()),
    start_date=datetime(2005, 1, 1, tzinfo=ZoneInfo(_zone())),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "data", "retries": 3, "retry_delay": timedelta(minutes=10)},
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
) as dag:

    @task(doc_md=DOC, execution_timeout=timedelta(hours=2), pool="duckdb_writer")
    def retention() -> str:
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

    retention()
