"""What every test has: folders of its own, and the same cases in each run."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from reachline.configuration import EXAMPLE
from tests.shared import made_once

if TYPE_CHECKING:
    from reachline.sandbox.world import World
    from tests.end_to_end.homes import Market

settings.register_profile("reproducible", derandomize=True, database=None, deadline=None)
settings.load_profile("reproducible")

# before anything imports Airflow or reads the settings: no test writes into the clone or into HOME
_SCRATCH = Path(tempfile.mkdtemp(prefix="reachline-tests-"))
os.environ.update(
    AIRFLOW_HOME=str(_SCRATCH / "airflow"),
    REACHLINE_HOME=str(_SCRATCH / "data"),
    # not what a team may have in ./config
    REACHLINE_CONFIG=str(EXAMPLE),
    DBT_SEND_ANONYMOUS_USAGE_STATS="false",
    GX_ANALYTICS_ENABLED="false",
)
# one cache for all workers, which inherit it: the project is parsed once
os.environ.setdefault("REACHLINE_CACHE", str(_SCRATCH / "cache"))
os.environ.pop("REACHLINE_DEBUG", None)


def _forget_airflow() -> None:
    for name in [name for name in os.environ if name.startswith("AIRFLOW__")]:
        del os.environ[name]


_forget_airflow()


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(_SCRATCH, ignore_errors=True)


@pytest.fixture(scope="module", autouse=True)
def _airflow_of_its_own() -> Iterator[None]:
    """Leave the next file no setting of Airflow: who prepares a home sets them in the process."""
    yield
    _forget_airflow()


@pytest.fixture(scope="session")
def project() -> Path:
    """Return the folder of the project."""
    return Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return a folder that all workers have in common: see tests/shared.py."""
    folder = tmp_path_factory.getbasetemp()
    return folder if worker_id == "master" else folder.parent


@pytest.fixture(scope="session")
def market(shared: Path) -> Market:
    """Return a small market whose nights are run once for all workers."""
    # what runs a night is imported by the tests that need one: it takes long
    from tests.end_to_end.homes import Market

    return Market(shared / "market")


@pytest.fixture(scope="session")
def four_nights(shared: Path) -> World:
    """Return a small market of four nights, for tests that do no more than read it."""
    from reachline.sandbox.world import write_world

    return made_once(
        shared / "four-nights", lambda folder: write_world(folder, 7, 4, "small", threads=2)
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, so that no worker is left waiting for one at the end.

    Of these the walk-throughs come last: by then the linters, which run beside the tests, have
    filled the cache that is used there.
    """
    items.sort(
        key=lambda item: (
            "end_to_end" not in item.path.parts,
            item.path.name == "test_contributing.py",
        )
    )
