"""What can be wrong with a dropped file, and where the rows go that can't be read."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from reachline.arrow import pa
from reachline.errors import ReachlineError

# The original stays whole in _done; quarantine keeps enough of a row to find and mend it.
RAW_CHARACTERS = 10_000
_FLUSH_ROWS = 5_000

_SCHEMA = pa.schema(
    [
        ("_line", pa.int64()),
        ("_raw", pa.string()),
        ("_column", pa.string()),
        ("_reason", pa.string()),
    ]
)


class UnreadableFileError(ReachlineError):
    """The whole file is refused; the text is the reason that stands beside it in `_failed`."""


class UnsettledFileError(ReachlineError):
    """The file changed while it was read: someone is still writing it."""


class RejectSink:
    """Collects the rows of one file that could not be parsed, in a parquet file.

    The file is made with the first row, so that a clean file has none. `rejected` counts rows.
    """

    def __init__(self, path: Path) -> None:
        self.rejected = 0
        self._path = path
        self._rows: list[tuple[int, str, str | None, str]] = []
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> RejectSink:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is None:
            self._flush()
        if self._writer is not None:
            self._writer.close()

    def add(self, line: int, raw: bytes | str, column: str | None, reason: str) -> None:
        """Take in one row: its physical line from 1, its text, the column (None: the whole row)."""
        self._rows.append((line, raw_text(raw), column, reason))
        self.rejected += 1
        if len(self._rows) >= _FLUSH_ROWS:
            self._flush()

    def _flush(self) -> None:
        if not self._rows:
            return
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, _SCHEMA)
        columns = [list(values) for values in zip(*self._rows, strict=True)]
        self._writer.write_table(pa.table(columns, schema=_SCHEMA))
        self._rows.clear()


def raw_text(raw: bytes | str) -> str:
    r"""Return a row's text for people: what is no UTF-8, and NULs, as `\x..`; cut when long."""
    size = len(raw)
    head = raw[: RAW_CHARACTERS * 4]
    text = head.decode("utf-8", "backslashreplace") if isinstance(head, bytes) else head
    text = text.replace("\x00", "\\x00")
    if len(text) > RAW_CHARACTERS or size > len(head):
        unit = "bytes" if isinstance(raw, bytes) else "characters"
        text = f"{text[:RAW_CHARACTERS]}… ({size} {unit} in all)"
    return text
