"""The casts of staging, for use outside a run: a night and a check go by one rule.

The macros in dbt_project/macros/staging that decide on values are plain Jinja, so they render here
just as dbt renders them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment
from ruamel.yaml import YAML

from reachline.warehouse.dbt import PROJECT

_MACROS = (
    "mask_personal_data.sql",
    "staging/cast_kind.sql",
    "staging/typed_select.sql",
)
_MODELS = "models/staging/inbox/_inbox__models.yml"


def typed_select(
    stream: str, present: Iterable[str], relation: str, carried: Iterable[str] = ()
) -> str:
    """Return SQL that casts text rows as staging does, with `reject_reason` per row.

    Args:
        stream: a stream of the inbox; KeyError when there is no such stream.
        present: the stream's columns that `relation` has, in lower case, as VARCHAR;
            `is_deleted` may be among them, others are not looked at.
        relation: a table, view or subquery in parentheses.
        carried: further columns of `relation` to pass on.
    """
    described = _streams()[stream]
    meta: Mapping[str, Any] = described["config"]["meta"]
    columns = [
        {**column["config"]["meta"], "name": column["name"], "data_type": column["data_type"]}
        for column in described["columns"]
    ]
    template = _environment().from_string(
        _macro_texts()
        + "{{ typed_select(columns, key, version_by, checks, present, relation, carried) }}"
    )
    return template.render(
        columns=columns,
        key=meta["key"],
        version_by=meta.get("version_by"),
        checks=meta.get("checks", []),
        present=list(present),
        relation=relation,
        carried=list(carried),
    )


@cache
def _environment() -> Environment:
    # SQL, not HTML: nothing is to be escaped.
    return Environment(autoescape=False)  # noqa: S701


@cache
def _macro_texts() -> str:
    return "".join((PROJECT / "macros" / name).read_text("utf-8") for name in _MACROS)


@cache
def _streams() -> dict[str, dict[str, Any]]:
    models = YAML(typ="safe").load(PROJECT / _MODELS)["models"]
    return {model["config"]["meta"]["stream"]: model for model in models}
