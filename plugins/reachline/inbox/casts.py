"""The casts of staging, for use outside a run: a night and a check go by one rule.

The macros in dbt_project/macros/staging that decide on values are plain Jinja, so they render here
just as dbt renders them. What they know of a stream is written for dbt by
`make format`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, Template

from reachline.configuration.platforms import platforms
from reachline.inbox.streams import IS_DELETED, MODELS, VALUE, VALUE_TYPES
from reachline.sql import identifier

MACROS = MODELS.parents[3] / "macros"
STREAM_MACROS = MACROS / "staging" / "streams.sql"
_FILES = (
    "mask_personal_data.sql",
    "staging/cast_kind.sql",
    "staging/entities.sql",
    "staging/unescaped.sql",
    "staging/typed_select.sql",
)


def typed_select(
    stream: str, present: Iterable[str], relation: str, carried: Iterable[str] = ()
) -> str:
    """Return SQL that casts text rows as staging does, with `reject_reason` per row.

    Addresses in ids stay: it is for a look at a file, by those who have it.

    Args:
        stream: a stream of the inbox; KeyError when there is no such stream.
        present: the stream's columns that `relation` has, in lower case, as VARCHAR;
            `is_deleted` may be among them, others are not looked at.
        relation: a table, view or subquery in parentheses.
        carried: further columns of `relation` to pass on.
    """
    described = descriptions()[stream]
    have, passed_on = set(present), list(carried)
    listed = [
        f"given.{identifier(name)}" if name in have else f"cast(null as varchar) as {name}"
        for name in (*(column["name"] for column in described["columns"]), IS_DELETED)
    ]
    listed += [
        f"cast(null as {VALUE_TYPES[column['kind']]}) as {identifier(column['name'] + VALUE)}"
        for column in described["columns"]
        if column["kind"] in VALUE_TYPES
    ]
    listed += [f"given.{name}" for name in passed_on]
    # a file that is looked at lands today
    listed.append("current_date + interval '1 year 1 day' as plausible_until")
    return _calling("typed_select(stream, relation, carried, hashes=false)").render(
        stream=described,
        relation=f"(select {', '.join(listed)} from {relation} as given)",
        carried=passed_on,
    )


def masked_names(text: str) -> str:
    """Return SQL of a text, given as SQL, without e-mail addresses and phone numbers with +."""
    return _calling("mask_names(text)").render(text=text)


@cache
def descriptions() -> Mapping[str, Mapping[str, Any]]:
    """Return what the macros know of each stream, by its name, in the order of their YAML.

    A stream has its name, key, version_by (or None), servers, checks and columns; a column name,
    data_type and kind, and of required, values, currency, null_as, default, dated and
    may_name_server what is said of it. `servers` are the platforms on which user@host is a handle;
    None where rows of the stream name no platform.
    """
    from ruamel.yaml import YAML

    servers = sorted(name for name, facts in platforms().items() if facts.names_servers)
    found = {}
    for model in YAML(typ="safe").load(MODELS)["models"]:
        meta = model["config"]["meta"]
        found[meta["stream"]] = {
            "name": meta["stream"],
            "key": meta["key"],
            "version_by": meta.get("version_by"),
            "servers": servers
            if any(column["name"] == "platform" for column in model["columns"])
            else None,
            "checks": meta.get("checks", []),
            "columns": [
                {
                    "name": column["name"],
                    "data_type": column["data_type"],
                    **column["config"]["meta"],
                }
                for column in model["columns"]
            ],
        }
    return found


def stream_macros() -> str:
    """Return the text of macros/staging/streams.sql: a macro a stream, which describes it."""
    parts = [
        "{#-\n    What each stream is, as typed_select and merged want it. dbt shows a model's\n"
        "    YAML neither to other models nor to unit tests: `make format` writes this from\n"
        "    models/staging/inbox/_inbox__models.yml.\n-#}\n"
    ]
    for name, stream in descriptions().items():
        head = [
            f"    {_jinja(key)}: {_jinja(stream[key])},\n"
            for key in ("name", "key", "version_by", "servers", "checks")
        ]
        columns = [f"        {_jinja(column)},\n" for column in stream["columns"]]
        parts.append(
            f"{{% macro stream_{name}() %}}\n{{{{ return({{\n{''.join(head)}"
            f'    "columns": [\n{"".join(columns)}    ],\n}}) }}}}\n{{% endmacro %}}\n'
        )
    return "\n".join(parts)


def _jinja(value: Any) -> str:
    """Return a value as a literal of Jinja, which JSON is but for its null."""
    return "none" if value is None else json.dumps(value, ensure_ascii=False)


@cache
def _calling(call: str) -> Template:
    """Return the macros with a call of one of them; to compile them takes half a second."""
    macros = "".join((MACROS / name).read_text("utf-8") for name in _FILES)
    # SQL, not HTML: nothing is to be escaped.
    return Environment(autoescape=False).from_string(  # noqa: S701 # nosec B701
        f"{macros}{{{{ {call} }}}}"
    )
