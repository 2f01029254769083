"""The streams that the inbox takes, as dbt describes them.

One description serves all: models/staging/inbox/_inbox__models.yml names each stream's columns,
kinds and texts; staging casts by it, and here files are checked against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from reachline.inbox.lossless import TYPES

MODELS = (
    Path(__file__).resolve().parents[3]
    / "dbt_project"
    / "models"
    / "staging"
    / "inbox"
    / "_inbox__models.yml"
)

IS_DELETED = "is_deleted"
VALUE = "__value"
"""What stands behind a column's name where staging is handed its landed values, not texts."""
VALUE_TYPES = {"count": "bigint", "timestamp": "timestamp"}
"""The kinds of columns that may land as values, and their types in SQL."""


@dataclass(frozen=True)
class Column:
    """One column of a stream: name, type, kind of value, whether a row needs it, a line of help."""

    name: str
    data_type: str
    kind: str
    required: bool
    description: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stream:
    """One stream of the inbox.

    `key` names the columns that tell its rows apart, `version_by` the column by which the versions
    of one key are ordered before landing order is (None: landing order alone).
    """

    name: str
    description: str
    key: tuple[str, ...]
    version_by: str | None
    columns: tuple[Column, ...]

    @property
    def grain(self) -> tuple[str, ...]:
        """The columns of which a source has one row each."""
        return (*self.key, self.version_by) if self.version_by else self.key

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns that a file of the stream may have."""
        return (*(column.name for column in self.columns), IS_DELETED)

    @property
    def lossless_kinds(self) -> dict[str, str]:
        """The kinds of the columns that may land as values, see reachline.inbox.lossless."""
        return {column.name: column.kind for column in self.columns if column.kind in TYPES}

    def missing(self, present: Iterable[str]) -> tuple[str, ...]:
        """Return the required columns that a file with these columns lacks.

        A file with `is_deleted` may be there for that alone: it needs the key's columns only, and
        rows of it that delete nothing fail one by one.
        """
        have = {name.lower() for name in present}
        needed = [c for c in self.columns if c.required]
        if IS_DELETED in have:
            needed = [c for c in needed if c.name in self.key or c.name == self.version_by]
        return tuple(c.name for c in needed if c.name not in have)

    def unknown(self, present: Iterable[str]) -> tuple[str, ...]:
        """Return the columns of a file that the stream has no use for; landing keeps them."""
        known = set(self.names)
        return tuple(name for name in present if name.lower() not in known)


def load_streams() -> Mapping[str, Stream]:
    """Return the streams by name, in the order in which they are described."""
    return _read(MODELS)


@cache
def _read(path: Path) -> Mapping[str, Stream]:
    from ruamel.yaml import YAML

    streams: dict[str, Stream] = {}
    for model in YAML(typ="safe").load(path)["models"]:
        meta = model["config"]["meta"]
        streams[meta["stream"]] = Stream(
            name=meta["stream"],
            description=" ".join(model["description"].split()),
            key=tuple(meta["key"]),
            version_by=meta.get("version_by"),
            columns=tuple(_column(column) for column in model["columns"]),
        )
    return streams


def _column(body: Mapping[str, Any]) -> Column:
    meta = body["config"]["meta"]
    return Column(
        name=body["name"],
        data_type=body["data_type"],
        kind=meta["kind"],
        required=bool(meta.get("required", False)),
        description=body["description"],
        values=tuple(meta.get("values", ())),
    )
