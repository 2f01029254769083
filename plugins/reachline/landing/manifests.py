"""Manifests: the only place where it is written which batches exist.

A manifest is one JSON file, `landing/_manifests/<sequence>.json`, that is written once and never
changed, but for what it says of a person who is forgotten (`amend_manifest`). A batch whose
manifest is not there does not exist, whatever lies on the disk. Where
something had to be erased from a batch, a manifest of kind `rewrite` names its new file. What was
decided about its refused lines is a manifest of kind `retry` or `drop`. The text of a manifest
holds its own digest, so that one that was changed is known.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import msgspec

from reachline.errors import ReachlineError
from reachline.landing.index import WORTH, Entry, add_to_index, drop_index, read_index

MANIFESTS = "_manifests"
INBOX = "inbox"
"""The source of files in a stream's own form; of a tool's export it is the tool."""
RETENTION = "retention"
"""The source of what posts told together that retention has deleted."""
DECISIONS = ("retry", "drop")
"""What was decided about refused lines of a batch: each is a file of lines beside it."""
KINDS = (
    *("batch", "states", "hold", "unhold", "rewrite", "deleted", "lost", "refused", "dismissed"),
    *DECISIONS,
)
_DIGEST = "digest"


class LandingError(ReachlineError):
    """Something in the landing zone is not as it must be; the text says what, where, what to do."""


@dataclass(frozen=True)
class FileOrigin:
    """The dropped file that a batch was read from.

    `name` is the name it was dropped under, `done` the name it was given in `_done/<folder>/`,
    `sha256` and `bytes` are of the file as dropped (still compressed). `inode` and `mtime_ns`
    tell that very file from another one with the same content; with `ctime_ns` (0: not known), it
    has not been moved since either. `preamble` are the lines before its header, `totals` its rows
    of totals as line and text: what of the file was read as no data.
    """

    name: str
    done: str
    bytes: int
    sha256: str
    format: str
    encoding: str
    delimiter: str | None
    inode: int
    mtime_ns: int
    ctime_ns: int = 0
    preamble: tuple[str, ...] = ()
    totals: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class State:
    """How the reading of a query ended, of which nothing landed; fields as of Manifest."""

    stream: str
    query: str
    status: str
    landed_at: str
    cursor: Any = None
    reason: str = ""
    failures: int | None = None


@dataclass(frozen=True)
class Manifest:
    """One committed batch, or one hold, unhold, rewrite, retry or drop of a batch (`kind`).

    A manifest of kind `states` stands for all batches without data of a run, one in each of
    `states`: batches with the id and the number of the manifest, and their place in it.

    A manifest of kind `deleted` says that the files of a batch were removed, when and why; the
    batch keeps its manifest and its number, and counts nowhere. So does a batch of RETENTION of
    those that its cursor names under `batches`: in one instant they are gone, and what stays of
    them is there.

    A manifest of kind `lost` stands for one that is gone for good, and keeps its number. One of
    kind `refused` tells of a dropped file that could not be read, one of kind `dismissed` that
    nobody waits for such a file any more.

    `path` and `rejects_path` are relative to the landing folder; `path` is None for a batch that
    carries a status and a cursor but no data. `rows` counts rows of the data file, `rejected` rows
    of the rejects file; `bytes` and the hashes are of those files. Line numbers are physical lines
    of the dropped file from 1: `_line` of the row when `has_line`, else `first_line` + the row's
    number from 0. `typed` are the columns that are stored as values of their kind; all others are
    text. `failures` counts the days in a row on which the query was asked and failed; None where
    the batch carries no state of a query. `replaces`, of a rewrite alone, is the sequence of the
    manifest whose file it replaces by one of as many rows in the same order. One that `is_whole`
    tells of all that the batch is from then on, its refused rows and how its lines are known too;
    a rewrite of a retry or a drop has the id of its batch, a dot, and the number of that decision.
    A retry's file has the rows that are read for lines of the batch; a drop's names lines and the
    streams that do not read them.
    """

    kind: str
    batch_id: str
    sequence: int
    source: str = ""
    stream: str = ""
    query: str = ""
    run_id: str = ""
    logical_date: str = ""
    landed_at: str = ""
    status: str = ""
    path: str | None = None
    rows: int = 0
    bytes: int = 0
    sha256: str | None = None
    rejects_path: str | None = None
    rejected: int = 0
    rejects_sha256: str | None = None
    columns: tuple[str, ...] = ()
    first_line: int | None = None
    has_line: bool = False
    typed: tuple[str, ...] = ()
    file: FileOrigin | None = None
    cursor: Any = None
    reason: str = ""
    replaces: int | None = None
    failures: int | None = None
    is_whole: bool = False
    states: tuple[State, ...] = ()

    @property
    def folder(self) -> str:
        """The folder of the inbox that the file of the batch was dropped into."""
        return self.stream if self.source == INBOX else self.source

    def to_json(self) -> str:
        """Return the text of the manifest file."""
        body = asdict(self)
        return _text({_DIGEST: _digest(body), **body}) + "\n"


def _text(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, sort_keys=True)


def _digest(body: Mapping[str, Any]) -> str:
    """Return the digest of a manifest: of its text without the digest."""
    return hashlib.sha256(_text(body).encode("utf-8", "surrogatepass")).hexdigest()


def manifest_path(root: Path, sequence: int) -> Path:
    """Return where the manifest with that landing sequence stands."""
    return root / MANIFESTS / f"{sequence:012d}.json"


def parse_manifest(text: str, where: Path) -> Manifest:
    """Return the manifest of a manifest file's text.

    Keys that this version does not know are passed over. Raises LandingError naming `where` when
    the text is no manifest.
    """
    try:
        body = json.loads(text)
        digest = body.pop(_DIGEST, None)
        if digest not in (None, _digest(body)):
            raise ValueError("it is not what its digest was made of: it was changed")
        values = _known(Manifest, body)
        for name in ("columns", "typed"):
            values[name] = tuple(values.get(name) or ())
        values["states"] = tuple(State(**_known(State, s)) for s in values.get("states") or ())
        if values.get("file"):
            values["file"] = _origin(values["file"])
        manifest = Manifest(**values)
        kind_known = manifest.kind in KINDS
    except (ValueError, TypeError, AttributeError) as error:
        raise LandingError(
            f"{where}: not a manifest ({error}). Manifests are never edited: "
            "`reachline landing verify --repair` writes it anew from its copy; else restore it "
            "from a backup."
        ) from error
    if not kind_known:
        raise LandingError(
            f"{where}: kind {manifest.kind!r} is not one of {', '.join(KINDS)}. A newer Reachline "
            "wrote it: run that version."
        )
    return manifest


def _known(kind: type, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a body is a field of a dataclass."""
    names = {each.name for each in fields(kind)}
    return {key: value for key, value in body.items() if key in names}


def _origin(body: Mapping[str, Any]) -> FileOrigin:
    values = _known(FileOrigin, body)
    values["preamble"] = tuple(values.get("preamble") or ())
    values["totals"] = tuple((line, text) for line, text in values.get("totals") or ())
    return FileOrigin(**values)


@dataclass
class _Read:
    """What this process has read of the manifests of a folder.

    A manifest file never changes once it has its name, so what was read of it stays true. `files`
    and `indexed` are numbers; `listed_at` tells of the folder when its names were read.
    """

    found: dict[int, Manifest] = field(default_factory=dict)
    files: dict[int, Entry] = field(default_factory=dict)
    indexed: set[int] = field(default_factory=set)
    listed_at: tuple[int, int] = (0, 0)
    ids: set[str] = field(default_factory=set)
    highest: int = 0

    def add(self, manifest: Manifest, file: Entry) -> None:
        self.found[manifest.sequence], self.files[manifest.sequence] = manifest, file
        self.ids.add(manifest.batch_id)
        self.highest = max(self.highest, manifest.sequence)


# by path, device and inode of the folder, and inode and time of its first file: one that was made
# anew is another one
_READ: dict[tuple[str, int, int, int, int], _Read] = {}
_TICK = 100_000_000
"""Nanoseconds within which a folder can change twice, and have one time."""


def all_manifests(root: Path, *, fresh: bool = False) -> list[Manifest]:
    """Return every manifest, holds included, in order of landing sequence.

    What the index has is not read again, nor what this process has read. `fresh` looks at the file
    of each, and reads again what is not as it was, as one must who doubts that they never change.
    An absent landing folder has none. Raises LandingError for a file that is no manifest.
    """
    folder = root / MANIFESTS
    try:
        of_folder = folder.stat()
    except (FileNotFoundError, NotADirectoryError):
        return []
    read = _read_before(root, of_folder)
    stamp = (of_folder.st_ctime_ns, of_folder.st_mtime_ns)
    if fresh or stamp != read.listed_at or time.time_ns() - max(stamp) < _TICK:
        _list_anew(root, read, fresh=fresh)
        read.listed_at = stamp
    return [read.found[number] for number in sorted(read.found)]


def _read_before(root: Path, of_folder: os.stat_result) -> _Read:
    """Return what was read of a folder: by this process, or else what the index has."""
    folder = root / MANIFESTS
    try:
        of_first = manifest_path(root, 1).stat()
        first = (of_first.st_ino, of_first.st_ctime_ns)
    except FileNotFoundError:
        first = (0, 0)
    key = (str(folder), of_folder.st_dev, of_folder.st_ino, *first)
    read = _READ.get(key)
    if read is None:
        read = _READ[key] = _Read()
        for entry in read_index(root, folder):
            if manifest := _of_index(entry):
                read.add(manifest, Entry(entry.sequence, entry.size, entry.mtime_ns, b""))
                read.indexed.add(entry.sequence)
    return read


def _list_anew(root: Path, read: _Read, *, fresh: bool) -> None:
    """Read what is not known of the manifests that are there, and forget those that are not."""
    folder = root / MANIFESTS
    numbers = {int(name.removesuffix(".json")) for name in sequence_names(root)}
    changed = {
        number
        for number in (numbers & read.found.keys() if fresh else ())
        if not read.files[number].is_of(manifest_path(root, number).stat())
    }
    gone = (read.found.keys() - numbers) | changed
    for number in gone:
        del read.found[number], read.files[number]
    if gone:
        read.ids = {manifest.batch_id for manifest in read.found.values()}
        read.highest = max(read.found, default=0)
    for number in sorted(numbers - read.found.keys()):
        _read_one(root, read, number)
    stale = not read.indexed.isdisjoint(gone)
    unknown = read.found.keys() - read.indexed
    if stale or len(unknown) >= WORTH:
        wanted = read.found.keys() if stale else unknown
        entries = filter(None, (_for_index(read, number) for number in sorted(wanted)))
        add_to_index(root, folder, entries, anew=stale or not read.indexed)
        read.indexed = set(read.found)


def _read_one(root: Path, read: _Read, number: int) -> None:
    path = manifest_path(root, number)
    found = path.stat()
    read.add(read_manifest(path), Entry(number, found.st_size, found.st_mtime_ns, b""))


def _for_index(read: _Read, number: int) -> Entry | None:
    """Return what the index is to have of a manifest; None: it would not be read the same."""
    usual, manifest = asdict(Manifest("", "", 0)), read.found[number]
    body = {key: value for key, value in asdict(manifest).items() if value != usual.get(key)}
    try:
        entry = read.files[number]._replace(text=msgspec.json.encode(body))
    except (ValueError, OverflowError):
        return None
    return entry if _of_index(entry) == manifest else None


def _of_index(entry: Entry) -> Manifest | None:
    """Return the manifest of an entry; None where another version wrote it: its file is read."""
    try:
        manifest = _INDEXED.decode(entry.text)
    except msgspec.DecodeError:
        return None
    return manifest if manifest.kind in KINDS and manifest.sequence == entry.sequence else None


_INDEXED = msgspec.json.Decoder(Manifest)


def taken(root: Path, highest_given: int) -> tuple[int, set[str]]:
    """Return the highest landing sequence that is taken, and all batch_ids.

    For whoever holds the lock of the landing zone, in a time that does not grow with what landed:
    what others have written since is looked for by its number, up to `highest_given` and from there
    on one after the other.
    """
    read = _read_before(root, (root / MANIFESTS).stat())
    if read.listed_at == _Read.listed_at:
        all_manifests(root)
    number = read.highest + 1
    while (is_there := manifest_path(root, number).exists()) or number <= highest_given:
        if is_there:
            _read_one(root, read, number)
        number += 1
    return max(read.highest, highest_given), read.ids


def forget_read(root: Path) -> None:
    """Read the manifests of a landing folder again the next time: one was amended."""
    drop_index(root)
    for key in [key for key in _READ if key[0] == str(root / MANIFESTS)]:
        del _READ[key]


def read_manifest(path: Path) -> Manifest:
    """Return the manifest in a file; LandingError where it is none, or that of another number."""
    manifest = parse_manifest(path.read_text(encoding="utf-8", errors="backslashreplace"), path)
    if manifest.sequence != int(path.stem):
        raise LandingError(
            f"{path}: sequence is {manifest.sequence}, its name says {int(path.stem)}. "
            "Give the file its own name back."
        )
    return manifest


def sequence_names(root: Path) -> list[str]:
    """Return the names of the manifest files, in no order; temporary files are not among them."""
    folder = root / MANIFESTS
    if not folder.is_dir():
        return []
    return [n for n in os.listdir(folder) if n.endswith(".json") and n[:-5].isdigit()]


def manifests(root: Path, *, fresh: bool = False) -> list[Manifest]:
    """Return the manifests of all batches, held and deleted ones too, in order of landing sequence.

    Each names the file in which the batch lies now, a deleted one none; `fresh` as in
    `all_manifests`.
    """
    return batches_among(all_manifests(root, fresh=fresh))


def batches_among(found: Sequence[Manifest]) -> list[Manifest]:
    """Return the batches among manifests, each as it lies now, in the order that they are in."""
    rewritten, deleted = _last_rewrites(found), _deleted(found)
    return [
        replace(m, path=None, rejects_path=None)
        if m.batch_id in deleted
        else _as_it_lies(m, rewritten.get(m.batch_id))
        for each in found
        for m in ((each,) if each.kind == "batch" else _without_data(each))
    ]


def _without_data(manifest: Manifest) -> Iterator[Manifest]:
    """Yield the batches that a manifest of states stands for; of any other kind it stands for none.

    Their ids are those of no manifest: a dot stands in none.
    """
    for number, state in enumerate(manifest.states, 1):
        yield Manifest(
            kind="batch",
            batch_id=f"{manifest.batch_id}.{number}",
            sequence=manifest.sequence,
            source=manifest.source,
            stream=state.stream,
            query=state.query,
            run_id=manifest.run_id,
            logical_date=manifest.logical_date,
            landed_at=state.landed_at,
            status=state.status,
            cursor=state.cursor,
            reason=state.reason,
            failures=state.failures,
            first_line=1,
        )


def decisions(root: Path, *, fresh: bool = False) -> list[Manifest]:
    """Return the retries and drops of batches' lines, in order; `fresh` as in `all_manifests`.

    Those of deleted batches are out.
    """
    return decisions_among(all_manifests(root, fresh=fresh))


def decisions_among(found: Sequence[Manifest]) -> list[Manifest]:
    """Return the decisions among manifests, in the order that they are in."""
    rewritten, deleted = _last_rewrites(found), _deleted(found)
    return [
        _as_it_lies(m, rewritten.get(decision_id(m)))
        for m in found
        if m.kind in DECISIONS and m.batch_id not in deleted
    ]


def decision_id(decision: Manifest) -> str:
    """Return the id by which the rewrites of a retry or a drop name it."""
    return f"{decision.batch_id}.{decision.sequence}"


def deleted_batches(root: Path) -> dict[str, Manifest]:
    """Return what says of each deleted batch that it was, by batch_id."""
    return _deleted(all_manifests(root))


def _deleted(found: Iterable[Manifest]) -> dict[str, Manifest]:
    return {batch_id: m for m in found for batch_id in deleted_by(m)}


def deleted_by(manifest: Manifest) -> tuple[str, ...]:
    """Return the batches that a manifest says are deleted; most say it of none."""
    if manifest.kind == "deleted":
        return (manifest.batch_id,)
    if manifest.kind == "batch" and manifest.source == RETENTION and manifest.cursor:
        return tuple(manifest.cursor["batches"])
    return ()


def files_of(found: Iterable[Manifest], batches: Collection[str]) -> list[str]:
    """Return the files that manifests ever named of batches, relative to the landing folder."""
    return [
        name
        for m in found
        if m.batch_id.partition(".")[0] in batches and m.kind in ("batch", "rewrite", *DECISIONS)
        for name in (m.path, m.rejects_path)
        if name is not None
    ]


def last_rewrites(root: Path) -> dict[str, Manifest]:
    """Return the last rewrite of each batch that was rewritten, by batch_id."""
    return _last_rewrites(all_manifests(root))


def _last_rewrites(found: Iterable[Manifest]) -> dict[str, Manifest]:
    return {m.batch_id: m for m in found if m.kind == "rewrite"}


def _as_it_lies(batch: Manifest, rewrite: Manifest | None) -> Manifest:
    if rewrite is None:
        return batch
    lies = replace(batch, path=rewrite.path, bytes=rewrite.bytes, sha256=rewrite.sha256)
    if not rewrite.is_whole:
        return lies
    return replace(
        lies,
        rows=rewrite.rows,
        rejected=rewrite.rejected,
        rejects_path=rewrite.rejects_path,
        rejects_sha256=rewrite.rejects_sha256,
        columns=rewrite.columns,
        first_line=rewrite.first_line,
        has_line=rewrite.has_line,
    )


def held_batches(root: Path) -> dict[str, str]:
    """Return the batches that are held now: batch_id → the reason that was given.

    A deleted one is held for good.
    """
    held: dict[str, str] = {}
    found = all_manifests(root)
    for manifest in found:
        if manifest.kind == "hold":
            held[manifest.batch_id] = manifest.reason
        elif manifest.kind == "unhold":
            held.pop(manifest.batch_id, None)
    return held | {batch_id: f"deleted: {m.reason}" for batch_id, m in _deleted(found).items()}


def amended(manifest: Manifest, change: Callable[[str], str]) -> Manifest:
    """Return a manifest with what it says of a file, a query and a reason changed by a function.

    A query that is changed has no cursor any more: that is of the same person. A cursor is given to
    the function as JSON text; one that it changes is dropped. Query and cursor of RETENTION name
    a source, batches and days: they are of nobody.
    """
    file = manifest.file
    if file is not None:
        file = replace(
            file,
            name=change(file.name),
            done=change(file.done),
            preamble=tuple(map(change, file.preamble)),
            totals=tuple((line, change(text)) for line, text in file.totals),
        )
    if manifest.source == RETENTION:
        return replace(manifest, reason=change(manifest.reason))
    states = tuple(replace(state, **_amended_state(state, change)) for state in manifest.states)
    return replace(manifest, file=file, states=states, **_amended_state(manifest, change))


def _amended_state(of: Manifest | State, change: Callable[[str], str]) -> dict[str, Any]:
    query, cursor = change(of.query), of.cursor
    if query != of.query or (cursor is not None and change(told := _text({"": cursor})) != told):
        cursor = None
    return {"query": query, "cursor": cursor, "reason": change(of.reason)}


def find_batch(root: Path, batch_id: str) -> Manifest:
    """Return the manifest of one batch; LandingError when there is none of that id."""
    for manifest in manifests(root):
        if manifest.batch_id == batch_id:
            return manifest
    raise LandingError(f"{batch_id}: no such batch in {root}. `reachline landing ls` lists them.")
