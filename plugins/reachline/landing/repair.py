"""What can be put right: manifests from their copies, and the files that lost theirs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reachline.landing.commit import landing_lock, publish_manifest
from reachline.landing.copies import (
    ORPHANS,
    copies,
    copy_path,
    copy_text,
    free_orphan,
    write_copy,
)
from reachline.landing.disk import disk_errors, hash_file, move_file, sync_folder
from reachline.landing.manifests import (
    LandingError,
    Manifest,
    batches_among,
    decisions_among,
    manifest_path,
    parse_manifest,
)
from reachline.landing.packs import is_there
from reachline.landing.shared import joined, share
from reachline.landing.verify import readable_manifests


@dataclass(frozen=True)
class Repaired:
    """What `repair` did: manifests that it wrote anew, and files that it put back in their place.

    `left` are the orphans that belong to no batch.
    """

    manifests: tuple[Manifest, ...]
    files: tuple[Path, ...]
    left: tuple[Path, ...]


def repair(root: Path) -> Repaired:
    """Write the manifests that are missing or damaged from their copies, and put back their files.

    A manifest that is sound is never touched, nor its number given to another: a copy of a batch
    that was never committed stays where it is once its number is taken. A damaged manifest is kept
    among the orphans. A file is put back only if its SHA-256 is that of its manifest. Raises
    LandingError when the disk is full or can't be written.
    """
    with disk_errors(root), landing_lock(root):
        sound, _ = readable_manifests(root)
        taken = {manifest.sequence for manifest in sound}
        written = []
        for path, text in copies(root):
            copy = _copy_of(path, text)
            if copy is None or copy.sequence in taken:
                continue
            damaged = manifest_path(root, copy.sequence)
            if damaged.exists():
                move_file(damaged, free_orphan(root, damaged.relative_to(root)))
            publish_manifest(root, copy)
            taken.add(copy.sequence)
            written.append(copy)
        everything = [*sound, *written]
        files = tuple(_put_back(root, everything))
        for manifest in everything:
            _copy_again(root, manifest)
    left = sorted(path for path in (root / ORPHANS).rglob("*") if path.is_file())
    return Repaired(tuple(written), files, tuple(left))


def _copy_of(path: Path, text: str | None) -> Manifest | None:
    """Return the manifest that a copy holds; None where it was cut short or changed."""
    try:
        return None if text is None else parse_manifest(text, path)
    except LandingError:
        return None


def _put_back(root: Path, found: list[Manifest]) -> Iterator[Path]:
    """Move files of batches and decisions back from the orphans, and yield where they lie now."""
    for batch in (*batches_among(found), *decisions_among(found)):
        for name, sha256 in (
            (batch.path, batch.sha256),
            (batch.rejects_path, batch.rejects_sha256),
        ):
            if name is None or is_there(root, name):
                continue
            place = root / ORPHANS / name
            for orphan in sorted(place.parent.glob(f"{place.name}*")):
                if hash_file(orphan).sha256 == sha256:
                    (root / name).parent.mkdir(parents=True, exist_ok=True)
                    move_file(orphan, root / name)
                    sync_folder((root / name).parent)
                    yield root / name
                    break


def _copy_again(root: Path, manifest: Manifest) -> None:
    """See that a manifest has a sound copy in its place, and none among the orphans."""
    place = copy_path(manifest)
    if place is None:
        return
    path = root / place
    if _copy_of(path, copy_text(root, place)) != manifest:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_copy(root, manifest)
    orphan = f"{ORPHANS}/{place}"
    if _copy_of(root / orphan, copy_text(root, orphan)) == manifest:
        (root / orphan).unlink()


def declare_lost(root: Path, sequence: int, reason: str, run_id: str = "") -> Manifest:
    """Let landing go on without a manifest that is gone for good; returns what stands for it.

    LandingError where the number was never given, its manifest is there or can be written from its
    copy, or the reason is empty.
    """
    if not reason.strip():
        raise LandingError(f"{sequence}: say why it is given up: --reason TEXT")
    with disk_errors(root), landing_lock(root):
        _, problems = readable_manifests(root)
        path = manifest_path(root, sequence)
        if path not in {problem.path for problem in problems}:
            raise LandingError(f"{path}: is not missing; nothing to do.")
        found = (_copy_of(*each) for each in copies(root))
        if any(copy.sequence == sequence for copy in found if copy):
            raise LandingError(
                f"{path}: its copy is there: `reachline landing verify --repair` writes it anew."
            )
        manifest = Manifest(
            kind="lost",
            batch_id="",
            sequence=sequence,
            run_id=run_id,
            landed_at=datetime.now(UTC).isoformat(timespec="microseconds"),
            reason=reason.strip(),
        )
        store = joined(root)
        if store is not None and not share(store, manifest, {}):
            raise LandingError(
                f"{path}: it is in {store.url}: `reachline store pull` puts it back from there."
            )
        if path.exists():
            move_file(path, free_orphan(root, path.relative_to(root)))
        publish_manifest(root, manifest)
    return manifest
