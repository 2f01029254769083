"""Macros of the project, rendered without dbt, in one engine's dialect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import jinja2

from tests.dbt.landed import PROJECT

MACROS = PROJECT / "dbt_project" / "macros"
COMPAT = tuple(sorted((MACROS / "compat").glob("*.sql")))


class Adapter:
    """What dbt calls adapter, as far as the macros ask it."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.macros: ModuleType | None = None

    def dispatch(self, name: str, package: str) -> Callable[..., str]:
        """Return the macro of the dialect; AttributeError where it has none."""
        assert package == "reachline"
        macro: Callable[..., str] = getattr(self.macros, f"{self.dialect}__{name}")
        return macro


def render(
    files: Iterable[Path], dialect: str = "duckdb", given: Mapping[str, Any] | None = None
) -> tuple[jinja2.Environment, ModuleType]:
    """Return the macros of files and of compat, and an environment in which texts may call them.

    `given` stands for what dbt or other files bring.
    """
    adapter = Adapter(dialect)
    environment = jinja2.Environment(autoescape=False, extensions=["jinja2.ext.do"])  # noqa: S701
    environment.globals |= {"adapter": adapter, "return": str, **(given or {})}
    text = "".join(path.read_text(encoding="utf-8") for path in (*files, *COMPAT))
    module = environment.from_string(text).module
    adapter.macros = module  # type: ignore[assignment]
    names = [name for name in dir(module) if name[0] != "_"]
    environment.globals |= {name: getattr(module, name) for name in names}
    return environment, module  # type: ignore[return-value]
