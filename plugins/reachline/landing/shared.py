"""The landing zone in an object store: shared by hosts, and put back from there.

    landing/_manifests/<number>.json     made once (If-None-Match: *): who makes it has the number
    landing/_amended/<number>-<digest>   which manifests say less than they did, of the forgotten
    landing/<source>/<stream>/date=<D>/<batch>.<sha256>.parquet

A batch exists from the instant at which its manifest is made; its files are there by then. They are
named by what they hold, so that nobody writes over a file of somebody else's batch. A host that
finds its number taken fetches what the others landed, and takes the next one. What a killed host
leaves is named by no manifest: nobody reads it, and `sweep_store` removes it after a day.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

from reachline.forgotten import agree_on_forgotten
from reachline.landing.commit import FILES_LOCK, landing_lock, locked, publish_manifest
from reachline.landing.copies import copy_path, copy_text, free_orphan, write_copy
from reachline.landing.disk import disk_errors, hash_file, make_folder, move_file, sync_folder
from reachline.landing.manifests import (
    MANIFESTS,
    LandingError,
    Manifest,
    all_manifests,
    amended,
    batches_among,
    decisions_among,
    deleted_by,
    files_of,
    forget_read,
    manifest_path,
    parse_manifest,
    read_manifest,
    sequence_names,
)
from reachline.landing.packing import put_anew, take_out
from reachline.landing.packs import Unpacked, is_there, read_packed
from reachline.landing.verify import readable_manifests
from reachline.object_store import (
    Store,
    StoreError,
    joined_url,
    note_fetched,
    open_store,
    store_of,
    store_url,
)
from reachline.settings import Paths

_LANDING = "landing"
_AMENDED = f"{_LANDING}/_amended"
_ORPHANED_AFTER = timedelta(days=1)
_DIGITS = 32
_AT_ONCE = 16
REBUILD = "_rebuild"
"""Stands in a landing folder while what was built holds rows that others erased since."""


@dataclass(frozen=True)
class Fetched:
    """What came from the store: manifests by number, files, and manifests that say less now."""

    manifests: tuple[int, ...] = ()
    files: int = 0
    amended: tuple[int, ...] = ()


@dataclass(frozen=True)
class Compared:
    """What differs in the store from what is here: keys.

    `lacking` are named by a manifest and not there; `leftover` are what no manifest names, or what
    was deleted or replaced: those of the last day may be of a batch that is being landed.
    """

    lacking: tuple[str, ...] = ()
    leftover: tuple[str, ...] = ()


@dataclass(frozen=True)
class Distance:
    """The numbers of manifests, in order: `behind` are not here, `ahead` not in the store.

    `count` is how many both have.
    """

    behind: tuple[int, ...]
    ahead: tuple[int, ...]
    count: int


def joined(root: Path) -> Store | None:
    """Return the store of a home, which joins it first where it has not; None where it has none.

    The landing lock is held. Raises StoreError where the two are not of one landing.
    """
    store = store_of(root)
    if store is not None and joined_url(root) is None:
        _join(root, store)
    return store


def _join(root: Path, store: Store) -> Fetched:
    """Make a landing and a store one: what either has and the other lacks is copied."""
    store.reach()
    store.prove()
    sound, problems = readable_manifests(root)
    if problems:
        raise StoreError(
            f"{problems[0].path}: {problems[0].problem}. Nothing was put into {store.url}, which "
            "would lack it too."
        )
    theirs = {manifest.sequence: manifest for manifest in _manifests_in(store)}
    ours = [manifest for manifest in sound if manifest.sequence not in theirs]
    for manifest in sound:
        other = theirs.get(manifest.sequence, manifest)
        if _identity(other) != _identity(manifest):
            raise StoreError(
                f"{store.url} is of another landing than {root}: number {manifest.sequence} is "
                f"{other.batch_id or other.kind} there, {manifest.batch_id or manifest.kind} here. "
                "Name an empty place, or give the store an empty REACHLINE_HOME."
            )
    if ours and ours[0].sequence < max(theirs, default=0):
        raise StoreError(
            f"{store.url}: lacks manifest {ours[0].sequence}, which {root} has, and has later "
            "ones. Put it back there from a backup."
        )
    live, files = dict(_live(sound)), dict(each for m in ours for each in _named(m))
    for key in sorted(live.keys() & files.keys()):
        _put_sound(root, store, key, live[key])
    for manifest in ours:
        if not store.create(_manifest_key(manifest.sequence), manifest.to_json().encode()):
            raise StoreError(f"{store.url}: another host joins it at the same time. Run again.")
    fetched = fetch_locked(root, store, everything=True)
    note_fetched(root, store.url)
    return fetched


def _put_sound(root: Path, store: Store, key: str, name: str) -> None:
    """Put a file of a batch into the store; StoreError where it is not what its manifest says."""
    with closing(Unpacked(root)) as unpacked:
        path: Path | None = root / name
        if not (root / name).is_file():
            try:
                path = unpacked.write(name, read_packed(root, name))
            except OSError:
                path = None
        if path is None or hash_file(path).sha256 != _sha256_of(key):
            raise StoreError(
                f"{root / name}: neither here nor in {store.url} is it what its manifest says. "
                "Restore it from a backup, or `reachline landing delete` its batch."
            )
        store.put(key, path)


def _identity(manifest: Manifest) -> tuple[object, ...]:
    """Return what stays of a manifest when it says less."""
    return (manifest.kind, manifest.batch_id, manifest.landed_at, manifest.sha256)


def share(store: Store, manifest: Manifest, written: Mapping[str, Path]) -> bool:
    """Put a manifest into the store, after the files that it names; False: its number is taken.

    `written` has where the files lie now, by the names that the manifest has for them.
    """
    for key, name in _named(manifest):
        if name in written:
            store.put(key, written[name])
    return store.create(_manifest_key(manifest.sequence), manifest.to_json().encode())


def amend_shared(store: Store, change: Callable[[str], str], sequence: int) -> Manifest:
    """Let a manifest in the store say less, and return it; other hosts fetch it again."""
    key = _manifest_key(sequence)
    told: list[Manifest] = []

    def make(text: bytes | None) -> bytes:
        if text is None:
            raise StoreError(
                f"{store.url}/{key}: is not there. `reachline store push` puts it back."
            )
        told.append(amended(_parsed(store, key, text), change))
        return told[-1].to_json().encode()

    store.change(key, make)
    after = told[-1]
    mark = _amended_key(after)
    # also where it said so little before: a kill may have come between
    store.put(mark, b"")
    marks = [item.key for item in store.keys(f"{_AMENDED}/") if _number(item.key) == sequence]
    store.remove([old for old in marks if old != mark])
    return after


def remove_gone(root: Path, batches: Collection[str]) -> None:
    """Remove from the store what its manifests name of batches no more."""
    store = store_of(root)
    if store is not None:
        found = all_manifests(root)
        owners = {batch_id.partition(".")[0] for batch_id in batches}
        live = {key for key, _ in _live(found)}
        store.remove(
            [key for m in found if _owner(m) in owners for key, _ in _named(m) if key not in live]
        )


def fetch(root: Path, *, everything: bool = False) -> Fetched:
    """Fetch what other hosts landed, and let go what they erased; nothing where no store is named.

    Files are held against their manifests before any is put in its place, and manifests come last,
    in their order. `everything`: also what is damaged or missing here of what was here before.
    Raises StoreError; what was fetched before that is whole.
    """
    if store_url() is None and joined_url(root) is None:
        return Fetched()
    with disk_errors(root), landing_lock(root):
        if everything:
            for problem in readable_manifests(root)[1]:
                if problem.path.exists():
                    move_file(problem.path, free_orphan(root, problem.path.relative_to(root)))
                    forget_read(root)
        url = joined_url(root)
        if url is None:
            return _join(root, open_store(str(store_url())))
        fetched = fetch_locked(root, open_store(url), everything=everything)
        note_fetched(root, url)
        return fetched


def fetch_home(where: Paths) -> Fetched:
    """Fetch what other hosts landed, and whom they forgot; nothing where no store is named."""
    if store_url() is None and joined_url(where.landing) is None:
        return Fetched()
    # first who is forgotten: what comes then is screened
    agree_on_forgotten(where)
    return fetch(where.landing)


def fetch_taken(root: Path, store: Store, sequence: int) -> None:
    """Fetch what others landed, after a number was found to be taken. The landing lock is held."""
    fetch_locked(root, store)
    if not manifest_path(root, sequence).exists():
        raise StoreError(
            f"{store.url}: number {sequence} is taken, but its manifest is not listed. Run again."
        )


def fetch_locked(root: Path, store: Store, *, everything: bool = False) -> Fetched:
    """Do what `fetch` does, of a store that is joined. The landing lock is held."""
    before = all_manifests(root)
    here = {manifest.sequence for manifest in before}
    first_gap = next(number for number in range(1, len(here) + 2) if number not in here)
    last = max(here, default=0)
    listed = list(
        store.keys(f"{_LANDING}/{MANIFESTS}/", _manifest_key(max(min(first_gap, last) - 1, 0)))
    )
    if last and not any(item.key == _manifest_key(last) for item in listed):
        raise StoreError(
            f"{store.url}: lacks manifest {last}, which {root} has. Is it the right place? Then it "
            "lost what it had: `reachline store push` puts it back from here."
        )
    new = _read(store, [item.key for item in listed if _number(item.key) not in here])
    found = sorted([*before, *new], key=lambda manifest: manifest.sequence)
    touched = {_owner(m) for m in new}
    known = {m.batch_id for m in before if m.kind == "batch"}
    erased = {each for m in new for each in _erased_by(m)} & known
    with ExitStack() as stack, ThreadPoolExecutor(_AT_ONCE) as pool:
        wanted = [
            (key, name)
            for key, name in _live(found)
            if (everything or PurePosixPath(name).name.partition(".")[0] in touched)
            and not is_there(root, name)
        ]
        fetched = list(pool.map(lambda each: _fetched(root, store, stack, *each), wanted))
        if erased:
            # before any of it is here: a kill leaves neither the one nor the other
            (root / REBUILD).touch()
        for beside, final in fetched:
            os.rename(beside, final)
        for folder in {final.parent for _, final in fetched}:
            sync_folder(folder)
    for manifest in new:
        place = copy_path(manifest)
        if place is not None:
            make_folder((root / place).parent, root)
            write_copy(root, manifest)
        publish_manifest(root, manifest)
    _remove_erased(root, found, erased)
    return Fetched(tuple(m.sequence for m in new), len(fetched), tuple(_fetch_amended(root, store)))


def _fetched(root: Path, store: Store, stack: ExitStack, key: str, name: str) -> tuple[Path, Path]:
    final = root / name
    make_folder(final.parent, root)
    beside = final.parent / f".{uuid.uuid4().hex}.parquet.tmp"
    stack.callback(beside.unlink, missing_ok=True)
    store.fetch(key, beside, _sha256_of(key))
    return beside, final


def _erased_by(manifest: Manifest) -> tuple[str, ...]:
    """Return the batches of which a manifest takes something away."""
    return (_owner(manifest),) if manifest.kind == "rewrite" else deleted_by(manifest)


def _remove_erased(root: Path, found: Sequence[Manifest], erased: Collection[str]) -> None:
    """Remove the files here of which other hosts have said that they go."""
    if not erased:
        return
    live = {name for _, name in _live(found)}
    gone = set(files_of(found, erased)) - live
    with locked(root, FILES_LOCK, fcntl.LOCK_EX):
        for name in gone:
            (root / name).unlink(missing_ok=True)
        take_out(root, gone)


def _fetch_amended(root: Path, store: Store) -> Iterator[int]:
    """Write anew the manifests here that say more than they do in the store, and yield which."""
    for item in store.keys(f"{_AMENDED}/"):
        number = _number(item.key)
        path = manifest_path(root, number)
        if not path.exists() or _amended_key(read_manifest(path)) == item.key:
            continue
        key = _manifest_key(number)
        write_amended(root, _parsed(store, key, store.get(key) or b""))
        yield number


def write_amended(root: Path, after: Manifest) -> None:
    """Put a manifest that says less in the place of what it was, and of its copy."""
    path, place = manifest_path(root, after.sequence), copy_path(after)
    if read_manifest(path) != after:
        publish_manifest(root, after)
        forget_read(root)
    if place is None:
        return
    written = after.to_json()
    if (root / place).is_file():
        if (root / place).read_text(encoding="utf-8", errors="replace") != written:
            beside = (root / place).with_name(f".{uuid.uuid4().hex}.tmp")
            beside.write_text(written, encoding="utf-8")
            os.replace(beside, root / place)
    elif copy_text(root, place) not in (None, written):
        put_anew(root, place, written.encode())


def compare(root: Path, store: Store, *, now: datetime | None = None) -> Compared:
    """Return what of this landing the store lacks, and what it has that nobody names.

    Manifests that are not here are others'; `fetch` first. Leftovers are older than a day, or of a
    batch that was deleted or written anew.
    """
    found = all_manifests(root)
    live = {key for key, _ in _live(found)}
    wanted = live | {_manifest_key(m.sequence) for m in found}
    named = {key for m in found for key, _ in _named(m)}
    there, leftover = set(), []
    oldest = (now or datetime.now(UTC)) - _ORPHANED_AFTER
    for item in store.keys(f"{_LANDING}/"):
        there.add(item.key)
        if item.key in wanted or item.key.startswith((f"{_AMENDED}/", f"{_LANDING}/{MANIFESTS}/")):
            continue
        if item.key in named or item.written_at < oldest:
            leftover.append(item.key)
    return Compared(tuple(sorted(wanted - there)), tuple(leftover))


def distance(root: Path, store: Store) -> Distance:
    """Return which manifests only the store has, and which only this landing, by their names.

    Takes no lock. Raises StoreError.
    """
    # first here: what lands meanwhile is in the store before it is here
    here = {_number(name) for name in sequence_names(root)}
    there = {_number(item.key) for item in store.keys(f"{_LANDING}/{MANIFESTS}/")}
    return Distance(tuple(sorted(there - here)), tuple(sorted(here - there)), len(here & there))


def push(root: Path) -> int:
    """Put what the store lacks of this landing back, files first; return how many objects.

    Only what is sound here: a file that is not what its manifest says stays out. Raises StoreError.
    """
    with disk_errors(root), landing_lock(root):
        store = joined(root)
        if store is None:
            return 0
        lacking = set(compare(root, store).lacking)
        found, count = all_manifests(root), 0
        for key, name in _live(found):
            if key in lacking:
                _put_sound(root, store, key, name)
                count += 1
        for manifest in found:
            key = _manifest_key(manifest.sequence)
            if key in lacking:
                store.create(key, manifest.to_json().encode())
                count += 1
    return count


def sweep_store(root: Path, *, is_dry: bool = False) -> tuple[str, ...]:
    """Remove from the store what killed hosts left, and what should be gone; return the keys."""
    if store_url() is None and joined_url(root) is None:
        return ()
    fetch(root)
    store = store_of(root)
    if store is None:
        return ()
    leftover = compare(root, store).leftover
    if not is_dry:
        store.remove(list(leftover))
    return leftover


def _manifests_in(store: Store) -> list[Manifest]:
    return _read(store, [item.key for item in store.keys(f"{_LANDING}/{MANIFESTS}/")])


def _read(store: Store, keys: Sequence[str]) -> list[Manifest]:
    """Return the manifests under keys, in their order."""

    def read(key: str) -> Manifest:
        text = store.get(key)
        if text is None:
            raise StoreError(f"{store.url}/{key}: is listed, but not there. Run again.")
        return _parsed(store, key, text)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(read, keys))


def _parsed(store: Store, key: str, text: bytes) -> Manifest:
    """Return the manifest under a key; StoreError where it is none, or names a strange place."""
    try:
        manifest = parse_manifest(text.decode("utf-8", "backslashreplace"), Path(key))
    except LandingError as error:
        raise StoreError(
            f"{store.url}: {error} Or remove the object, and run `reachline store push` on a host "
            "that has it."
        ) from error
    if _manifest_key(manifest.sequence) != key:
        raise StoreError(f"{store.url}/{key}: holds number {manifest.sequence}. Nothing was taken.")
    for name in (manifest.path, manifest.rejects_path, copy_path(manifest)):
        if name is not None and not _is_place(name):
            raise StoreError(f"{store.url}/{key}: names {name!r}, which is no place of a batch.")
    return manifest


def _is_place(name: str) -> bool:
    """Whether a manifest may name a file so: source, stream, date, file, and nothing hidden."""
    parts = name.split("/")
    return (
        len(parts) == len(("source", "stream", "date", "file"))
        and parts[2].startswith("date=")
        and not any(part[:1] in ("", ".", "_") or "\0" in part for part in parts)
    )


def _owner(manifest: Manifest) -> str:
    """Return the batch that a manifest is about; of a rewritten decision, that of the decision."""
    return manifest.batch_id.partition(".")[0]


def _live(found: Sequence[Manifest]) -> Iterator[tuple[str, str]]:
    """Yield key and name of each file that is read now."""
    for manifest in (*batches_among(found), *decisions_among(found)):
        yield from _named(manifest)


def _named(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield key and name of the files that a manifest names."""
    for name, sha256 in (
        (manifest.path, manifest.sha256),
        (manifest.rejects_path, manifest.rejects_sha256),
    ):
        if name is not None and sha256 is not None:
            place = PurePosixPath(name)
            yield f"{_LANDING}/{place.parent}/{place.stem}.{sha256}{place.suffix}", name


def _sha256_of(key: str) -> str:
    return key.rsplit(".", 2)[1]


def _manifest_key(sequence: int) -> str:
    return f"{_LANDING}/{MANIFESTS}/{sequence:012d}.json"


def _amended_key(manifest: Manifest) -> str:
    digest = hashlib.sha256(manifest.to_json().encode()).hexdigest()[:_DIGITS]
    return f"{_AMENDED}/{manifest.sequence:012d}-{digest}"


def _number(key: str) -> int:
    return int(PurePosixPath(key).name[: len("000000000000")])
