"""Reading the platforms: one DAG a source of config/sources.yml. Thin: see connectors/ingest.py.

Nothing heavy is imported here: Airflow reads this file again and again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from airflow.sdk import (
    DAG,
    Asset,
    CronTriggerTimetable,
    Param,
    get_current_context,
    task,
)

from reachline.settings import ConfigError, Settings, load_settings

DOC = """
### What it does
Asks **{source}** for what `config/` is interested in, from where it stopped the last time, and
lands each record as it came. Nothing waits for it: the night goes on with what is there, and
`data_health` says what is stale.

### Something is red: what now?
1. **auth_expired**: it is not retried. Renew the token in the connection `reachline_{source}`, then
   clear the task.
2. **failed** or **partial**: it was retried; what was read is landed, the rest is asked again the
   next time, after all others. The log names the query and what was wrong. From the second day on
   it is **waiting** for some days between; that alone is not red.
3. **not_found**: the platform knows no such account. Correct its handle; nothing is red.
4. **rate_limited** and **quota_exhausted** are no failures: the next run goes on where this one
   stopped. `reachline quota` shows what is left, and when there is more.
"""


def _settings() -> Settings | None:
    """Return the settings; with a broken configuration there is no DAG, and nightly says why."""
    try:
        return load_settings()
    except ConfigError:
        return None


def _ingest(source: str) -> None:
    """Read one source; what a retry can't mend fails at once."""
    from airflow.sdk.exceptions import AirflowFailException

    from reachline.connectors.ingest import read_source

    at = get_current_context()["params"].get("at")
    moment = datetime.fromisoformat(str(at)).astimezone(UTC) if at else None
    report = read_source(load_settings(), source, moment)
    if report.needs_credentials:
        raise AirflowFailException("\n".join(report.lines()))
    if report.may_be_retried:
        raise RuntimeError("\n".join(report.lines()))


def _dag(source: str, schedule: str, zone: str) -> DAG:
    with DAG(
        dag_id=f"ingest_{source}",
        description=f"What {source} has to say, into landing",
        doc_md=DOC.format(source=source),
        schedule=CronTriggerTimetable(schedule, timezone=zone),
        start_date=datetime(2005, 1, 1, tzinfo=ZoneInfo(zone)),
        catchup=False,
        max_active_runs=1,
        default_args={
            "owner": "data",
            "retries": 3,
            "retry_delay": timedelta(minutes=1),
            "retry_exponential_backoff": 2.0,
            "max_retry_delay": timedelta(minutes=30),
        },
        params={
            "at": Param(
                None,
                type=["null", "string"],
                format="date-time",
                title="At",
                description="The moment that it is for this run; empty: now. For sandboxes.",
            ),
        },
        tags=["reachline", "ingest"],
    ) as dag:
        landed = Asset(name=f"reachline_landing_{source}", uri=f"reachline://landing/{source}")

        @task(
            task_id="ingest",
            doc_md=DOC.format(source=source),
            pool=f"ingest_{source}",
            execution_timeout=timedelta(hours=2),
            outlets=[landed],
        )
        def ingest() -> None:
            _ingest(source)

        ingest()
    return dag


if (_found := _settings()) is not None:
    for _source, _options in _found.config.sources.connectors.enabled():
        globals()[f"ingest_{_source}"] = _dag(
            _source, _options.schedule, _found.config.reporting.time_zone
        )
