"""What every test has: folders of its own, and the same cases in each run."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from reachline.configuration import EXAMPLE

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


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(_SCRATCH, ignore_errors=True)


@pytest.fixture(scope="session")
def project() -> Path:
    """Return the folder of the project."""
    return Path(__file__).parent.parent


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
