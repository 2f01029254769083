"""The inbox: files that people and tools drop, read into batches.

`land_files` lands what lies there; `write_rejects` writes the rows of a file that were refused to
a file beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reachline.inbox.land import FileReport, LandReport, land_files
    from reachline.inbox.rejects import write_rejects

__all__ = ["FileReport", "LandReport", "land_files", "write_rejects"]


def __getattr__(name: str) -> Any:
    # the readers import DuckDB, pyarrow and openpyxl, which takes long: only when they are used
    if name in ("FileReport", "LandReport", "land_files"):
        from reachline.inbox import land

        return getattr(land, name)
    if name == "write_rejects":
        from reachline.inbox.rejects import write_rejects

        return write_rejects
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
