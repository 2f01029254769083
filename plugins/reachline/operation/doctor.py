"""What stands in the way of a night, or soon will; each finding with what to type.

A probe reads, changes nothing of the home and takes no lock. One that fails is a finding itself:
whatever is wrong with a home, all else is still looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reachline.operation import environment_probes, home_probes, store_probes
from reachline.operation.findings import Finding, said
from reachline.settings import ConfigError, Paths, Settings

Probe = Callable[["Home"], Iterator[Finding]]


@dataclass(frozen=True)
class Home:
    """What probes look at. `settings` is None where the configuration has mistakes."""

    paths: Paths
    config: Path
    settings: Settings | None
    now: datetime
    is_online: bool


def examine(
    where: Paths, config: Path, *, is_online: bool = False, now: datetime | None = None
) -> list[Finding]:
    """Return what every probe found, in the order of the areas; raises nothing.

    With `is_online` servers of connections are connected to; else nothing leaves this machine but
    what the object store is asked, where one is named.
    """
    found: list[Finding] = []
    settings = None
    try:
        settings = _whole_settings(where, config)
        found.append(Finding("configuration", "ok", f"{config} is sound"))
    except ConfigError as error:
        found.append(Finding("configuration", "error", str(error), "reachline config check"))
    except Exception as error:  # such as a file of it that can't be read
        found.append(_failed("configuration", error))
    home = Home(where, config, settings, now or datetime.now(UTC), is_online)
    for area, probe in _PROBES.items():
        try:
            found += list(probe(home))
        except Exception as error:  # a probe that fails has found something
            found.append(_failed(area, error))
    return found


def _whole_settings(where: Paths, config: Path) -> Settings:
    from reachline.inbox.exports import load_whole_config

    return load_whole_config(where.home, config)[0]


def _failed(area: str, error: Exception) -> Finding:
    return Finding(
        area,
        "error",
        f"this could not be looked at: {said(error)}",
        "mend what it names, then reachline doctor",
    )


_PROBES: dict[str, Probe] = {
    "alarms": lambda home: environment_probes.alarms(home.settings),
    "environment": lambda home: environment_probes.packages(),
    "airflow": lambda home: environment_probes.airflow(home.paths),
    "connections": lambda home: environment_probes.connections(
        home.paths, home.settings, is_online=home.is_online
    ),
    "rights": lambda home: home_probes.rights(home.paths),
    "locks": lambda home: home_probes.locks(home.paths),
    "disk": lambda home: home_probes.disk(home.paths),
    "clock": lambda home: home_probes.clock(home.paths, home.settings, home.now),
    "releases": lambda home: home_probes.releases(home.paths),
    "landing": lambda home: home_probes.landing(home.paths),
    "orphans": lambda home: home_probes.orphans(home.paths),
    "store": lambda home: store_probes.store(home.paths, home.now),
}
