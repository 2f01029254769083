from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reachline.configuration import EXAMPLE
from reachline.settings import Settings, load_settings
from tests.shared import made_once


@pytest.fixture(scope="session")
def two_people(shared: Path) -> Settings:
    """A home with two nights of two creators; tests work on copies of it."""
    home, config = made_once(shared / "two-people", _run)
    return load_settings(home, config)


@pytest.fixture
def settings(two_people: Settings, tmp_path: Path) -> Settings:
    """A home with two nights of two creators, for one test alone."""
    from tests.unit.nights import copy_of

    return copy_of(two_people, tmp_path / "data")


def _run(folder: Path) -> tuple[Path, Path]:
    from tests.unit.erasure.two_people import run_people

    home, config = folder / "data", config_of(folder)
    run_people(home, config)
    return home, config


@pytest.fixture(scope="session")
def landed_people(shared: Path) -> Settings:
    """A home in which two creators landed, and no night has run; tests work on copies of it."""
    home, config = made_once(shared / "landed-people", _land)
    return load_settings(home, config)


def config_of(folder: Path) -> Path:
    config = folder / "config"
    shutil.copytree(EXAMPLE, config)
    sources = (config / "sources.yml").read_text(encoding="utf-8")
    (config / "sources.yml").write_text(
        sources.replace("settle_seconds: 30", "settle_seconds: 0"), encoding="utf-8"
    )
    return config


def _land(folder: Path) -> tuple[Path, Path]:
    from tests.unit.erasure.two_people import land_people

    home, config = folder / "data", config_of(folder)
    land_people(load_settings(home, config))
    return home, config


@pytest.fixture(scope="session")
def landed_without_her(shared: Path, landed_people: Settings) -> Settings:
    """The same home after one of them was forgotten; tests work on copies of it."""
    config = landed_people.config_dir
    home = made_once(
        shared / "landed-without-her", lambda folder: _forget(landed_people, folder / "data")
    )
    return load_settings(home, config)


def _forget(settings: Settings, home: Path) -> Path:
    from reachline.erasure import asked, forget
    from tests.unit.erasure.two_people import HANDLE
    from tests.unit.nights import copy_of

    copied = copy_of(settings, home)
    assert forget(copied, asked(copied, "instagram", HANDLE, None)).is_whole
    return home
