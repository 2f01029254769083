"""Nights and ingestion through their DAGs, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

from reachline.local_airflow.environment import PROJECT, AirflowError, prepare
from reachline.night import run_lock
from reachline.settings import Settings


def run_nights(
    settings: Settings,
    dates: Iterable[date],
    before_each: Callable[[date], None] | None = None,
    *,
    promote: bool = False,
    force: bool = False,
) -> None:
    """Run the DAG `nightly` for each date, in order, in this process.

    `before_each` is called with the date before its run, to drop files into the inbox, say. Raises
    AirflowError naming the step that failed, NightBusyError where another night is under way;
    later dates are not run then.
    """
    from reachline.warehouse import kept_open

    prepare(settings.paths, settings.config_dir)
    dag = _dags()["nightly"]
    for logical_date in dates:
        if before_each is not None:
            before_each(logical_date)
        conf = {"night": logical_date.isoformat(), "promote": promote, "force": force}
        # its steps are this process's: nobody else's come between them
        with run_lock(settings, f"the night of {logical_date}"), kept_open():
            run = dag.test(logical_date=None, run_after=datetime.now(UTC), run_conf=conf)
        if str(run.state) != "success":
            raise AirflowError(_failure(settings, logical_date))


def ingest_sources(settings: Settings, at: datetime) -> dict[str, str]:
    """Run the DAG of each source that config/sources.yml enables, in this process.

    `at` is the moment that it is taken to be. Returns how each ended: a source that failed stops
    no other.
    """
    prepare(settings.paths, settings.config_dir)
    ended = {}
    dags = _dags()
    for source, _ in settings.config.sources.connectors.enabled():
        run = dags[f"ingest_{source}"].test(
            logical_date=None, run_after=datetime.now(UTC), run_conf={"at": at.isoformat()}
        )
        ended[source] = str(run.state)
    return ended


def nightly(
    settings: Settings, logical_date: date, *, promote: bool = False, force: bool = False
) -> str:
    """Run one night through Airflow, and return where its release is, in words."""
    run_nights(settings, [logical_date], promote=promote, force=force)
    from reachline.publish.releases import current_release, releases

    made = releases(settings.paths.published)[-1]
    current = current_release(settings.paths.published)
    if current is not None and current.release_id == made.release_id:
        return f"published {made.release_id}: {settings.paths.published / 'current'}"
    return (
        f"published {made.release_id} beside the current release: {made.path}\n"
        f"`reachline release rollback {made.release_id}` makes it the current one."
    )


def _dags() -> dict[str, Any]:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(PROJECT / "dags"))
    if bag.import_errors:
        raise AirflowError("\n".join(str(text) for text in bag.import_errors.values()))
    return dict(bag.dags)


def _failure(settings: Settings, logical_date: date) -> str:
    from reachline.night import read_journal

    lines = [
        line
        for line in read_journal(settings.paths)
        if line["night"] == logical_date.isoformat() and line["outcome"] != "done"
    ]
    if not lines:
        return f"the night of {logical_date} failed; logs in {settings.paths.logs / 'airflow'}"
    last = lines[-1]
    return f"the night of {logical_date} {last['outcome']} in {last['step']}: {last['error']}"
