"""Names of columns, from a header to landing."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from reachline.inbox.problems import UnreadableFileError

# Staging adds columns of these names to what was landed.
RESERVED = frozenset(
    {
        "_line",
        "batch_id",
        "file_row_number",
        "filename",
        "landing_sequence",
        "line",
        "row_reject",
        "source_lines",
    }
)


MAX_COLUMNS = 2_000
"""A file of more columns, or keys, is refused: most likely it has values for names of columns."""


def cleaned(name: str) -> str:
    """Return a name from a file without what can't be seen of it."""
    return name.replace("\x00", "").strip().strip("\ufeff").strip()


def too_many_columns(last: str) -> UnreadableFileError:
    """Return the refusal of a file with too many columns; `last` is the first beyond the bound."""
    return UnreadableFileError(
        f"the file has more than {MAX_COLUMNS:,} columns or keys, the next is "
        f"{cleaned(last)[:60]!r}. Are values written where names of columns belong?"
    )


def landed_names(header: Iterable[str]) -> tuple[str, ...]:
    """Return the names under which a header's columns land.

    They are trimmed; one without a name is called by its position (`column_3`); one that staging
    uses itself gets a `_` behind. ValueError names those that occur twice, upper or lower case
    aside.
    """
    names: list[str] = []
    for position, raw in enumerate(header, start=1):
        name = cleaned(raw) or f"column_{position}"
        names.append(f"{name}_" if name.lower() in RESERVED else name)
    seen: set[str] = set()
    twice = []
    for name in names:
        if name.lower() in seen and name not in twice:
            twice.append(name)
        seen.add(name.lower())
    if twice:
        raise ValueError(f"the header names columns twice: {', '.join(twice)}")
    return tuple(names)


def file_columns(header: Iterable[str]) -> tuple[str, ...]:
    """Return `landed_names` of a file's own header.

    UnreadableFileError where one occurs twice, or there are more than MAX_COLUMNS.
    """
    header = tuple(islice(header, MAX_COLUMNS + 1))
    if len(header) > MAX_COLUMNS:
        raise too_many_columns(header[-1])
    try:
        return landed_names(header)
    except ValueError as error:
        raise UnreadableFileError(f"{error}. Rename or remove one of each.") from error
