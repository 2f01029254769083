"""The modules of the connectors import one way: what is shared knows nothing of what uses it."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import reachline.connectors

PACKAGE = "reachline.connectors"
FOLDER = Path(reachline.connectors.__file__).parent


def imported(text: str) -> set[str]:
    """Return the modules of the package that a source text imports, for types alone or not."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
        elif isinstance(node, ast.Import):
            names = {alias.name for alias in node.names}
        else:
            continue
        found |= {
            name.removeprefix(f"{PACKAGE}.").partition(".")[0] for name in names if PACKAGE in name
        }
    return found


def in_order(sources: dict[str, str]) -> list[str]:
    """Return the modules, each after those that it imports; CycleError where there is a circle."""
    return [
        *TopologicalSorter({name: imported(text) for name, text in sources.items()}).static_order()
    ]


def test_no_module_imports_one_that_imports_it() -> None:
    sources = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py")}
    assert len(sources) > 15
    order = in_order(sources)
    assert order.index("types") < order.index("quota") < order.index("http") < order.index("base")
    assert order.index("base") < order.index("youtube")


def test_a_circle_is_seen_even_among_imports_for_types() -> None:
    base = "if TYPE_CHECKING:\n    from reachline.connectors.http import Api\n"
    with pytest.raises(CycleError, match="base"):
        in_order({"base": base, "http": "from reachline.connectors.base import Stop\n"})
