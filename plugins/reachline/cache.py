"""What is made once and kept on this machine, since it is a function of the code alone.

Nothing here is data: the folder can be deleted at any time, and is then made anew.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sys
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path

log = logging.getLogger("reachline.cache")

_KEPT_OF_A_KIND = 8
"""So many versions of one kind are kept: several checkouts may share the folder."""

_HASH = hashlib.sha256().digest_size
"""A file begins with the hash of the rest."""

_ENDING = ".checked"
"""Of files that begin so: older code, which may share the folder, reads those without it."""


def cache_folder() -> Path:
    """Return $REACHLINE_CACHE, or `reachline` in the user's folder of caches ($XDG_CACHE_HOME)."""
    told = os.environ.get("REACHLINE_CACHE")
    if told:
        return Path(told)
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path.home() / ".cache") / "reachline"


@cache
def code_version(*packages: str) -> str:
    """Return a hash of Python's version, of all code of this package and of others' versions."""
    digest = hashlib.sha256(f"{sys.version}\n".encode())
    for package in packages:
        digest.update(f"{package} {version(package)}\n".encode())
    root = Path(__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def kept(kind: str, version: str, make: Callable[[], bytes]) -> bytes:
    """Return what `make` returned for this version of a kind, from the cache if it is there.

    A folder that may not be written to costs time, nothing else.
    """
    try:
        path = cache_folder() / f"{kind}-{version}{_ENDING}"
        if path.is_file():
            whole = path.read_bytes()
            if hashlib.sha256(whole[_HASH:]).digest() == whole[:_HASH]:
                return whole[_HASH:]
            log.debug("%s is not what was kept, as after a power cut: it is made anew", path)
    except (OSError, RuntimeError) as error:  # no permission; a user without a home
        log.debug("nothing is kept of %s: %s", kind, error)
        return make()
    content = make()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        beside.write_bytes(hashlib.sha256(content).digest() + content)
        beside.replace(path)
        for old in sorted(path.parent.glob(f"{kind}-*"), key=_changed_at)[:-_KEPT_OF_A_KIND]:
            old.unlink(missing_ok=True)
    except OSError as error:
        log.debug("%s is not kept: %s", path, error)
    return content


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another process has just removed it
        return 0.0
