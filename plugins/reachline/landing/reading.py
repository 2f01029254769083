"""Reading the files of batches: only those whose bytes are still the ones that landed.

DuckDB opens files by name, so what it parses can't be hashed on its way. A file is hashed just
before it is read, when the kernel keeps what it read from the disk, and it must be the same file,
unchanged, when the reading has ended.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from reachline.landing.disk import Identity, hash_file, identity_of
from reachline.landing.manifests import LandingError, Manifest

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

    def note(self, name: str, identity: Identity, sha256: str) -> None:
        """Take over what was hashed just now; `name` is relative to the landing folder."""
        self._found[name] = (identity, sha256)

    @contextmanager
    def reading(self, batches: Iterable[Manifest]) -> Iterator[None]:
        """Check the data and rejects of batches before the block reads them, and again after it.

        Raises DamagedBatchError naming every batch that is not what landed.
        """
        listed = list(batches)
        self._require(listed)
        yield
        self._require(listed)

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

    def _require(self, batches: Iterable[Manifest]) -> None:
        problems = [problem for batch in batches for problem in self._problems(batch)]
        if problems:
            raise DamagedBatchError("\n".join(problems))

    def _problems(self, batch: Manifest) -> Iterator[str]:
        for name, sha256 in (
            (batch.path, batch.sha256),
            (batch.rejects_path, batch.rejects_sha256),
        ):
            if name is None:
                continue
            try:
                found = self._hash_of(name)
            except OSError as error:
                what = f"can't be read: {error.strerror}"
            else:
                if found == sha256:
                    continue
                what = f"SHA-256 is {found}, not {sha256}: it was changed after it landed"
            yield (
                f"{batch.batch_id}: {self._root / name}: {what}. Restore it from a backup, or take "
                f'the batch out: `reachline landing hold {batch.batch_id} --reason "…"`.'
            )

    def _hash_of(self, name: str) -> str:
        path = self._root / name
        known = self._found.get(name)
        if known is None or known[0] != identity_of(path.stat()):
            found = hash_file(path)
            known = self._found[name] = (found.identity, found.sha256)
        return known[1]
