"""Files that hold secrets: for their owner alone, whole or absent."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

OTHERS = 0o077


def write_private(path: Path, text: str) -> None:
    """Write a text file, mode 0600, in place of an older one."""
    beside = _written_beside(path, text)
    beside.replace(path)


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """Return the text of a file that is made on first use; nobody else may read it from then on.

    Raises OSError where it can't be read.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = _written_beside(path, make())
        try:
            # fails where another process was first: its secret is the one
            os.link(beside, path)
        except FileExistsError:
            pass
        finally:
            beside.unlink()
    if path.is_file() and is_open_to_others(path):
        path.chmod(0o600)
    return path.read_text(encoding="utf-8").strip()


def is_open_to_others(path: Path) -> bool:
    """Return whether anybody but its owner may read a file, or write it."""
    return bool(stat.S_IMODE(path.stat().st_mode) & OTHERS)


def _written_beside(path: Path, text: str) -> Path:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    return beside
