"""Reading the files of batches: only those whose bytes are still the ones that landed.

DuckDB opens files by name, so what it parses can't be hashed on its way. A file is hashed just
before it is read, when the kernel keeps what it read from the disk, and it must be the same file,
unchanged, when the reading has ended. What is in a pack is unpacked to be read, and the bytes that
are unpacked are those that were hashed.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reachline.landing.disk import Identity, hash_file, identity_of
from reachline.landing.manifests import LandingError, Manifest
from reachline.landing.packs import Unpacked, pack_with, read_packed, said_of

log = logging.getLogger("reachline.landing")


class DamagedBatchError(LandingError):
    """A file of a batch is missing, can't be read, or is not what its manifest says."""


class Checks:
    """The files of batches that one run has hashed, each once as long as it stays the same file.

    Made anew for each run: what a disk loses between two runs leaves no trace in a file's times.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._found: dict[str, tuple[Identity, str]] = {}
        self._wanted: dict[str, str | None] = {}
        self._unpacked = Unpacked(root)

    def note(self, name: str, identity: Identity, sha256: str) -> None:
        """Take over what was hashed just now; `name` is relative to the landing folder."""
        self._found[name] = (identity, sha256)

    @contextmanager
    def reading(self, batches: Iterable[Manifest]) -> Iterator[None]:
        """Check the data and rejects of batches before the block reads them, and again after it.

        The block reads them where `path` says. Raises DamagedBatchError naming every batch that is
        not what landed.
        """
        listed = list(batches)
        with self.unpacking():
            self._require(listed, unpacks=True)
            yield
            self._require(listed)

    @contextmanager
    def unpacking(self) -> Iterator[None]:
        """Let what the block has unpacked go when it ends."""
        before = self._unpacked.names
        try:
            yield
        finally:
            self._unpacked.drop(self._unpacked.names - before)

    def path(self, name: str) -> Path:
        """Return where a file of a batch can be read: at its place, or unpacked of its pack.

        It stays there to the end of the `unpacking` or `reading` around this, else until `close`.
        Where it is neither, it is its place. Raises DamagedBatchError where it is in a pack, and is
        not what was checked before.
        """
        place = self._root / name
        unpacked = self._unpacked.get(name)
        if unpacked is not None or place.is_file():
            return unpacked or place
        try:
            sha256 = self._unpack(name)
        except FileNotFoundError:
            return place
        except OSError as error:
            raise DamagedBatchError(f"{place}: can't be read: {error.strerror}") from error
        if self._wanted.get(name, sha256) != sha256:
            raise DamagedBatchError(f"{place}: was changed in its pack while it was read")
        return self._unpacked.get(name) or place

    def _unpack(self, name: str) -> str:
        """Unpack a file, and return the hash of its bytes. Raises OSError, LandingError."""
        data = read_packed(self._root, name)
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._unpacked.write(name, data)
        self._found[name] = (identity_of(path.stat()), sha256)
        return sha256

    def close(self) -> None:
        """Remove what was unpacked."""
        self._unpacked.close()

    def sound(self, batches: Iterable[Manifest]) -> list[Manifest]:
        """Return the batches whose files are what landed; each of the others is warned of."""
        kept = []
        for batch in batches:
            problems = list(self._problems(batch))
            if problems:
                log.warning("%s It is left out.", " ".join(problems))
            else:
                kept.append(batch)
        return kept

    def _require(self, batches: Iterable[Manifest], *, unpacks: bool = False) -> None:
        problems = [problem for b in batches for problem in self._problems(b, unpacks=unpacks)]
        if problems:
            raise DamagedBatchError("\n".join(problems))

    def _problems(self, batch: Manifest, *, unpacks: bool = False) -> Iterator[str]:
        for name, sha256 in (
            (batch.path, batch.sha256),
            (batch.rejects_path, batch.rejects_sha256),
        ):
            if name is None:
                continue
            self._wanted[name] = sha256
            try:
                found = self._hash_of(name, unpacks=unpacks)
            except OSError as error:
                what = f"can't be read: {error.strerror}"
            else:
                if found == sha256:
                    continue
                what = f"SHA-256 is {found}, not {sha256}: it was changed after it landed"
            yield (
                f"{batch.batch_id}: {said_of(self._root, name)}: {what}. Restore it from a backup, "
                f'or take the batch out: `reachline landing hold {batch.batch_id} --reason "…"`.'
            )

    def _hash_of(self, name: str, *, unpacks: bool) -> str:
        path = self._unpacked.get(name) or self._root / name
        known = self._found.get(name)
        with suppress(FileNotFoundError):
            if known is None or known[0] != identity_of(path.stat()):
                found = hash_file(path)
                known = self._found[name] = (found.identity, found.sha256)
            return known[1]
        if unpacks:
            return self._unpack(name)
        pack = pack_with(self._root, name)
        identity = None if pack is None else identity_of(pack.stat())
        if known is None or known[0] != identity:
            sha256 = hashlib.sha256(read_packed(self._root, name)).hexdigest()
            if identity is None:
                return sha256
            known = self._found[name] = (identity, sha256)
        return known[1]
