"""Looks each hour whether the last night is late. Thin: see reachline.night.alarms.

Nothing heavy is imported here: Airflow reads this file again and again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task

from reachline.settings import load_publish

DOC = """
### What it does
Tells whoever `config/publish.yml` names below `alarms` when the last night that is over is not
published `late_after_hours` after its day; once a night.

### It is red: what now?
The log says which way of an alarm failed; `reachline alarms test` tries them all.
"""


def _is_anybody_told() -> bool:
    publish = load_publish()
    return publish is not None and publish.alarms is not None


if _is_anybody_told():
    with DAG(
        dag_id="watch",
        description="Tells when a night is late",
        doc_md=DOC,
        schedule=CronTriggerTimetable("30 * * * *", timezone="UTC"),
        start_date=datetime(2005, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        default_args={"owner": "data", "retries": 1},
        tags=["reachline"],
    ) as dag:

        @task(task_id="check", doc_md=DOC, execution_timeout=timedelta(minutes=5))
        def check() -> None:
            """Look once."""
            from reachline.night.alarms import find_desk, tell_late

            if (desk := find_desk()) is not None:
                tell_late(desk)

        check()
