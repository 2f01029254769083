"""Landing what was dropped: each file for itself, once, whole or not at all."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Literal

import pyarrow.parquet as pq

from reachline.forgotten import FORGOTTEN, Forgotten, load_forgotten
from reachline.inbox.columnar import parquet_columns, read_parquet
from reachline.inbox.delimited import Header, head_of, read_delimited, read_header
from reachline.inbox.engine import Content, Place, shared_engine
from reachline.inbox.exports import Export, load_exports
from reachline.inbox.faults import fault_of_machine, is_full
from reachline.inbox.files import (
    DONE,
    FAILED,
    REASON,
    REJECTS,
    Dropped,
    Unreachable,
    dropped_files,
    free_name,
    late_files,
    move,
    shown,
)
from reachline.inbox.jsonlines import document_keys, read_document, read_jsonlines, sample_keys
from reachline.inbox.kept import texts_of
from reachline.inbox.names import file_columns
from reachline.inbox.people import says_of, screen_rows
from reachline.inbox.problems import UnreadableFileError, UnsettledFileError
from reachline.inbox.row_filter import totals_at
from reachline.inbox.sheets import read_sheet, sheet_columns
from reachline.inbox.streams import Stream, load_streams
from reachline.inbox.unpack import (
    Kind,
    decoded_head,
    is_utf8,
    kind_of,
    sha256_of,
    transcode,
    unpack,
)
from reachline.landing import (
    INBOX,
    Draft,
    FileOrigin,
    LandingError,
    Manifest,
    commit_batch,
    deleted_batches,
    draft_batch,
    held_batches,
    last_rewrites,
    manifests,
    refuse_file,
    sweep,
)
from reachline.landing.refusals import UNKNOWN
from reachline.settings import Settings

log = logging.getLogger("reachline.inbox")

_WORK = ".work"
_STALE_SECONDS = 24 * 3600.0
# From this size on the columns that can land as values: below it their text is read as fast, and
# whoever opens a batch finds text alone.
TYPED_BYTES = 16 * 1024 * 1024

Outcome = Literal["landed", "skipped", "failed", "left"]


@dataclass(frozen=True)
class FileReport:
    """What became of one dropped file.

    `landed`: its rows are a batch; `reason` says what is odd about it. `skipped`: the last landed
    file of its stream had the same content. `failed`: it can't be read, `reason` says why. `left`:
    it stays where it is, for now.
    `path` is where it is now. `source` and `stream` are those of the batch, empty where there is
    none; `rows` counts the rows that landed, `rejected` those that could not be parsed. `is_fault`:
    somebody must look at the file, or at the machine.
    """

    folder: str
    name: str
    outcome: Outcome
    path: Path
    reason: str = ""
    source: str = ""
    stream: str = ""
    batch_id: str | None = None
    rows: int = 0
    rejected: int = 0
    is_fault: bool = False


@dataclass(frozen=True)
class LandReport:
    """What became of every file that lay in the inbox, in the order in which they were read."""

    logical_date: date
    files: tuple[FileReport, ...]

    def of(self, outcome: Outcome) -> tuple[FileReport, ...]:
        """Return the files with that outcome."""
        return tuple(file for file in self.files if file.outcome == outcome)

    def __str__(self) -> str:
        """Return one line a file, for logs."""
        lines = [
            f"{f.outcome:8} {f.folder}/{f.name}: "
            + "; ".join(
                [f"{f.rows} rows, {f.rejected} rejected"] * (f.outcome == "landed")
                + [f.reason] * bool(f.reason)
            )
            for f in self.files
        ]
        return "\n".join(lines) if lines else "nothing was dropped"


@dataclass(frozen=True)
class Target:
    """Where a file's rows go, what its columns must be, and which may be values.

    `export` is the mapping of another tool's file, None of a file in a stream's own form.
    """

    source: str
    stream: str
    format: str
    encoding: str
    accept: Callable[[Sequence[str]], None]
    header: Header | None = None
    export: Export | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)


def land_files(settings: Settings, logical_date: date, run_id: str) -> LandReport:
    """Land every settled file of the inbox, and report what became of each.

    A landed or skipped file moves to `_done`, one that can't be read to `_failed` with its reason
    beside it. One that was written to after it was moved there is read again, and lands as a
    correction. One that the machine can't read or has no room for stays where it is. No file ever
    stops another. Safe to be killed and called again: a batch that was committed is not landed
    twice. Raises LandingError when the landing zone can't be written, ConfigError for mappings
    that are wrong.
    """
    exports = load_exports(settings.config_dir)
    inbox, root = settings.paths.inbox, settings.paths.landing
    inbox.mkdir(parents=True, exist_ok=True)
    root.mkdir(parents=True, exist_ok=True)
    forgotten = load_forgotten(settings.paths)
    with _inbox_lock(root):
        sweep(root)
        _sweep_work(root)
        reports = []
        # the file of a batch that was deleted may come again
        gone = deleted_batches(root)
        landed = [batch for batch in manifests(root) if batch.batch_id not in gone]
        with _work_folder(root) as spills, shared_engine(spills):
            for file in [*late_files(inbox, landed), *dropped_files(inbox)]:
                report = _land_one(settings, file, logical_date, run_id, exports, landed, forgotten)
                if report is None:
                    continue
                report = replace(report, folder=shown(report.folder))
                level = logging.WARNING if report.is_fault else logging.INFO
                told = (report.outcome, report.folder, report.name, report.reason)
                log.log(level, "%s %s/%s: %s", *told)
                reports.append(report)
    return LandReport(logical_date, tuple(reports))


def _land_one(
    settings: Settings,
    file: Dropped | Unreachable,
    logical_date: date,
    run_id: str,
    exports: Sequence[Export],
    landed: list[Manifest],
    forgotten: Forgotten,
) -> FileReport | None:
    """Land one file, and return what became of it; None where it landed before and is the same."""
    inbox = settings.paths.inbox
    settle = settings.config.sources.inbox.settle_seconds
    left = FileReport(file.folder, file.name, "left", file.path)
    if isinstance(file, Unreachable):
        return replace(left, reason=_not_to_blame(file.problem), is_fault=True)
    if file.is_folder:
        return replace(left, reason="a folder; only files right in the stream's folder are read")
    if file.is_file and file.age() < settle:
        return replace(
            left, reason=f"changed within the last {settle:g} seconds: still being written"
        )
    try:
        with _work_folder(settings.paths.landing) as work:
            return _land_content(
                settings, file, logical_date, run_id, exports, landed, work, forgotten
            )
    except UnsettledFileError as error:
        return replace(left, reason=str(error))
    except PermissionError as error:
        if error.filename is not None and Path(error.filename).name != file.path.name:
            raise LandingError(f"{error.filename}: {error.strerror}. Make it writable.") from error
        reason = f"can't be opened: {error.strerror}. Make it readable."
        return replace(left, reason=reason, is_fault=True)
    except Exception as error:  # one bad file never stops another
        if is_full(error):
            return replace(left, reason=_NO_ROOM, is_fault=True)
        if isinstance(error, LandingError):
            raise
        if not file.is_unchanged():
            return replace(left, reason="vanished or changed while it was read")
        if (fault := fault_of_machine(error)) is not None:
            return replace(left, reason=_not_to_blame(fault), is_fault=True)
        if isinstance(error, UnreadableFileError):
            reason = str(error)
        elif isinstance(error, OSError):
            reason = f"it can't be read: {error}"
        else:
            log.exception("%s/%s", shown(file.folder), file.name)
            reason = (
                "reading it failed in a way that was not foreseen "
                f"({type(error).__name__}: {error}). Report this with the file."
            )
    # what a name or a value holds that is no text can't be logged either
    reason = reason.encode("utf-8", "backslashreplace").decode()
    if file.landed is not None:
        stands = f"{_changed_since(file.landed)}; that batch stands, as now {reason}"
        return replace(left, reason=stands, is_fault=True)
    if forgotten and says_of(reason, forgotten):
        reason = "it can't be read; why is not told, as it quotes people who are forgotten"
    _write_down(settings.paths.landing, file, logical_date, run_id, exports, reason)
    if forgotten and file.is_file and any(says_of(text, forgotten) for text in texts_of(file.path)):
        file.path.unlink()
        report = FileReport(file.folder, file.name, "failed", file.path, is_fault=True)
        told = "It holds people who are forgotten, so that it is not kept: drop it without them."
        return replace(report, reason=f"{reason} {told}")
    return _fail(inbox, file, reason)


def _write_down(
    root: Path,
    file: Dropped,
    logical_date: date,
    run_id: str,
    exports: Sequence[Export],
    reason: str,
) -> None:
    """Land that a file was refused, before it moves: a night that is killed knows of it."""
    source, stream = _place_of(file.folder, exports)
    name = (
        file.name if stream != UNKNOWN or source != INBOX else f"{shown(file.folder)}/{file.name}"
    )
    refuse_file(
        root,
        source=source,
        stream=stream,
        logical_date=logical_date,
        run_id=run_id,
        file=FileOrigin(
            name=name,
            done=file.name,
            bytes=file.stat.st_size,
            sha256="",
            format="",
            encoding="",
            delimiter=None,
            inode=file.stat.st_ino,
            mtime_ns=file.stat.st_mtime_ns,
            ctime_ns=file.stat.st_ctime_ns,
        ),
        reason=reason,
    )


def _place_of(folder: str, exports: Sequence[Export]) -> tuple[str, str]:
    """Return source and stream of what is dropped into a folder, as far as the folder tells."""
    if folder in load_streams():
        return INBOX, folder
    named = [export.name for export in exports if export.tool == folder]
    if not named:
        return INBOX, UNKNOWN
    return folder, named[0] if len(named) == 1 else UNKNOWN


def _changed_since(landed: Manifest) -> str:
    return f"it landed as batch {landed.batch_id} and was written to afterwards"


_NO_ROOM = (
    "the disk has no room for it, unpacked and as it lands. Nothing of it was landed; it stays in "
    "the inbox and is read by the next night. Free some space, or drop it in parts"
)


def _not_to_blame(problem: str) -> str:
    return (
        f"it can't be read just now: {problem}. The file is not to blame: look at the disk or the "
        "mount that it lies on. It stays where it is and is read by the next night"
    )


def _fail(inbox: Path, file: Dropped, reason: str) -> FileReport:
    """Move a file to `_failed` with the reason beside it; where it can't be moved, leave it."""
    folder = inbox / FAILED / file.folder
    report = FileReport(file.folder, file.name, "failed", file.path, reason=reason, is_fault=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_there = file.path.parent == folder
        what = f"{shown(file.folder)}/{file.name}: "
        name = file.path.name if is_there else _name_of_failed(folder, file.name, what)
        beside = folder / (name + REASON)
        text = f"{what}{reason}\n"
        try:
            beside.write_text(text, encoding="utf-8")
            # `late_files` goes by it, and a file's time may be ahead of the clock
            told_at = max(beside.stat().st_mtime_ns, file.stat.st_mtime_ns)
            os.utime(beside, ns=(told_at, told_at))
            if is_there:
                return report
            return replace(report, path=move(file.path, folder, name))
        except OSError:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        unmoved = f"It could not be moved to {folder}: {error.strerror}"
        return replace(report, outcome="left", reason=f"{reason} {unmoved}")


def _name_of_failed(folder: Path, name: str, what: str) -> str:
    """Return a free name in `_failed`, or the one that a killed run gave before it could move."""
    beside = folder / (name + REASON)
    # a name may be too long for what stands beside it: then nothing does
    is_alone = os.path.isfile(beside) and not os.path.lexists(folder / name)
    if is_alone and beside.read_text(encoding="utf-8", errors="replace").startswith(what):
        return name
    return free_name(folder, name, REASON)


def _land_content(
    settings: Settings,
    file: Dropped,
    logical_date: date,
    run_id: str,
    exports: Sequence[Export],
    landed: list[Manifest],
    work: Path,
    forgotten: Forgotten,
) -> FileReport | None:
    """Land one file, or find that it was landed already; raises when it can't be."""
    root, inbox = settings.paths.landing, settings.paths.inbox
    _refuse_other_entries(file)
    if file.landed is not None:
        if _is_known(sha256_of(file.path), file.landed, landed):
            return None
    elif (again := _batch_of_killed_run(inbox, file, landed)) is not None:
        report = _report(inbox, file, again)
        return _moved(inbox, file, report, is_kept=not _held_forgotten(root, again))

    plain, target = open_file(file.path, file.folder, exports, work)
    last = next(
        (m for m in reversed(landed) if (m.source, m.stream) == (target.source, target.stream)),
        None,
    )
    sha256 = None
    is_as_dropped = plain.is_symlink()
    if not is_as_dropped or (
        last is not None and last.file is not None and last.file.bytes == file.stat.st_size
    ):
        sha256 = sha256_of(file.path)
        if last is not None and last.file is not None and last.file.sha256 == sha256:
            held = held_batches(root).get(last.batch_id)
            return _skip(inbox, file, last, held, is_kept=not _held_forgotten(root, last))
    with draft_batch(root, target.source, target.stream, logical_date) as draft:
        kinds = target.kinds if plain.stat().st_size >= TYPED_BYTES else {}
        place = Place(draft.data, draft.rejects, work, kinds)
        content = read_content(plain, target, place)
        target.accept(content.columns)
        if not file.is_unchanged():
            raise UnsettledFileError("changed while it was read: still being written")
        content = _screen(draft, content, target, forgotten)
        done = (
            file.path.name
            if file.landed is not None
            else free_name(inbox / DONE / file.folder, file.name, REJECTS)
        )
        manifest = commit_batch(
            draft,
            run_id=run_id,
            rows=content.rows,
            rejected=content.rejected,
            columns=content.columns,
            first_line=content.first_line,
            has_line=content.has_line,
            typed=content.typed,
            reason=FORGOTTEN if content.is_screened else "",
            file=FileOrigin(
                name=file.name,
                done=done,
                bytes=file.stat.st_size,
                sha256=sha256 or content.sha256 or sha256_of(file.path),
                format=target.format,
                encoding=target.encoding,
                delimiter=content.delimiter,
                inode=file.stat.st_ino,
                mtime_ns=file.stat.st_mtime_ns,
                ctime_ns=file.stat.st_ctime_ns,
                preamble=content.preamble,
                totals=content.totals,
            ),
        )
    landed.append(manifest)
    report = _report(inbox, file, manifest, "; ".join(told_of(content)))
    if file.landed is None:
        return _moved(inbox, file, report, is_kept=not content.is_screened)
    if content.is_screened:
        file.path.unlink()
    return _told_too(report, f"{_changed_since(file.landed)}: landed again, as a correction")


def _screen(draft: Draft, content: Content, target: Target, forgotten: Forgotten) -> Content:
    """Take the rows of people who are forgotten out of a draft, and return what is left of it."""
    if not forgotten:
        return content
    screening = screen_rows(
        draft.data,
        draft.rejects if draft.rejects.exists() else None,
        target.stream if target.source == INBOX else "",
        target.export,
        forgotten,
        has_line=content.has_line,
        first_line=content.first_line,
    )
    if screening is None:
        return content
    draft.rejects.unlink(missing_ok=True)
    pq.write_table(screening.rows, draft.data, compression="zstd")
    if screening.rejects.num_rows:
        pq.write_table(screening.rejects, draft.rejects, compression="zstd")
    return replace(
        content,
        rows=screening.rows.num_rows,
        rejected=screening.rejects.num_rows,
        has_line=True,
        preamble=tuple(map(forgotten.cleaned, content.preamble)),
        totals=tuple((line, forgotten.cleaned(text)) for line, text in content.totals),
        is_screened=True,
        forgotten=screening.theirs,
    )


def _held_forgotten(root: Path, batch: Manifest) -> bool:
    """Whether the file of a batch held people who are forgotten: it is not to be kept."""
    rewrite = last_rewrites(root).get(batch.batch_id)
    return FORGOTTEN in (batch.reason, rewrite.reason if rewrite is not None else "")


def _is_known(sha256: str, before: Manifest, landed: Sequence[Manifest]) -> bool:
    """Whether a content has landed in the stream of a batch, whatever the times of its file say."""
    return any(
        m.file is not None and m.file.sha256 == sha256
        for m in landed
        if (m.source, m.stream) == (before.source, before.stream)
    )


def _moved(inbox: Path, file: Dropped, report: FileReport, *, is_kept: bool = True) -> FileReport:
    """Move a file to where its report says it is; one whose rows are there has not failed.

    One that is not to be kept is removed: it holds people who are forgotten.
    """
    if not is_kept:
        file.path.unlink()
        if file.path.parent.parent == inbox / FAILED:
            file.path.with_name(file.path.name + REASON).unlink(missing_ok=True)
        return _told_too(report, _REMOVED)
    try:
        move(file.path, report.path.parent, report.path.name)
    except OSError as error:
        problem = f"could not be moved to {report.path.parent}: {error.strerror}. Make it writable."
        return _told_too(replace(report, path=file.path), problem)
    if file.path.parent.parent == inbox / FAILED:
        file.path.with_name(file.path.name + REASON).unlink(missing_ok=True)
    return report


_REMOVED = "it holds people who are forgotten: it is not kept in _done, what landed is without them"


def _told_too(report: FileReport, what: str) -> FileReport:
    return replace(report, reason="; ".join(filter(None, (what, report.reason))))


def told_of(content: Content) -> list[str]:
    """Return what people should know of a file that was read: what in it are no rows."""
    told = []
    if content.preamble:
        line = len(content.preamble) + 1
        told.append(f"its header stands on line {line}: what is before it are no rows")
    if content.headers:
        lines = _lines(content.headers)
        told.append(f"its header stands again on {lines}: no rows; was it put together of several?")
    if content.totals:
        lines = _lines([line for line, _ in content.totals])
        told.append(f"totals stand on {lines}: no rows")
    if content.empty:
        told.append(f"rows without any value: {content.empty:,}, they are no rows")
    if content.forgotten:
        told.append(f"rows of people who are forgotten: {content.forgotten:,}, they do not land")
    return told


def _lines(lines: Sequence[int]) -> str:
    first, *more = lines
    return f"line {first}" + (f" and {len(more)} more" if more else "")


def _report(inbox: Path, file: Dropped, manifest: Manifest, reason: str = "") -> FileReport:
    done = manifest.file.done if manifest.file else file.name
    return FileReport(
        folder=file.folder,
        name=file.name,
        outcome="landed",
        path=inbox / DONE / file.folder / done,
        source=manifest.source,
        stream=manifest.stream,
        batch_id=manifest.batch_id,
        rows=manifest.rows,
        rejected=manifest.rejected,
        reason=reason,
    )


def _skip(
    inbox: Path, file: Dropped, last: Manifest, held: str | None, *, is_kept: bool
) -> FileReport:
    """Report a file whose content is that of the last batch; `held` says why that is held."""
    reason = f"its content is that of the last landed file, batch {last.batch_id}"
    if held is not None:
        reason += (
            f", which is held and counts nowhere ({held}). "
            f"`reachline landing unhold {last.batch_id}` lets it count"
        )
    folder = inbox / DONE / file.folder
    report = FileReport(
        folder=file.folder,
        name=file.name,
        outcome="skipped",
        path=folder / free_name(folder, file.name, REJECTS),
        reason=reason,
        source=last.source,
        stream=last.stream,
    )
    return _moved(inbox, file, report, is_kept=is_kept)


def _refuse_other_entries(file: Dropped) -> None:
    if file.is_link:
        raise UnreadableFileError(
            f"it is a link to {shown(os.readlink(file.path))}, which may lie outside "
            "of the inbox. Drop a copy of the file."
        )
    if not file.is_file:
        raise UnreadableFileError("it is no file but a pipe, socket or device. Drop a file.")
    if not file.folder:
        raise UnreadableFileError(
            f"it lies right in the inbox. Drop it into the folder of its stream or tool: "
            f"{', '.join(load_streams())}."
        )


def _batch_of_killed_run(inbox: Path, file: Dropped, landed: Sequence[Manifest]) -> Manifest | None:
    """Return the batch of this file, if a run was killed after the commit and before the move.

    A file that somebody moved here out of `_done` is none: each move changes its ctime.
    """
    for manifest in reversed(landed):
        origin = manifest.file
        if (
            origin is not None
            and (origin.name, origin.inode, origin.ctime_ns, origin.mtime_ns, origin.bytes)
            == (
                file.name,
                file.stat.st_ino,
                file.stat.st_ctime_ns,
                file.stat.st_mtime_ns,
                file.stat.st_size,
            )
            and not os.path.lexists(inbox / DONE / file.folder / origin.done)
            and sha256_of(file.path) == origin.sha256
        ):
            return manifest
    return None


# --- what a file is -------------------------------------------------------------------------------


def open_file(
    path: Path, folder: str, exports: Sequence[Export], work: Path
) -> tuple[Path, Target]:
    """Unpack a file and find out where it goes.

    Returns a path of plain content (text in UTF-8), a link to the file where it is read as it is,
    and the target. Raises UnreadableFileError when it goes nowhere.
    """
    streams = load_streams()
    mine = [export for export in exports if export.tool == folder]
    if folder not in streams and not mine:
        raise UnreadableFileError(
            f"there is no stream and no mapping called {folder!r}. Drop it into one of "
            f"{', '.join([*streams, *dict.fromkeys(e.tool for e in exports)])}."
        )
    plain = work / "dropped"
    plain.symlink_to(path.resolve())
    try:
        kind = kind_of(path.name)
    except UnreadableFileError:
        if not mine:
            raise
        kind = Kind("", None)
    if kind.packing is not None:
        plain = work / "unpacked"
        unpack(path, kind.packing, plain)
    if folder in streams:
        target = _stream_target(streams[folder], kind, plain, work)
    else:
        target = _export_target(mine, kind, plain, work)
    if not is_utf8(target.encoding):
        text = work / "text"
        transcode(plain, target.encoding, text)
        plain = text
        if target.header is not None:
            head, size = head_of(text), text.stat().st_size
            header = _header_of(target.export, head, target.header.delimiter, size)
            target = replace(target, header=header)
    return plain, target


def _stream_target(stream: Stream, kind: Kind, plain: Path, work: Path) -> Target:
    if kind.format == "json":
        raise UnreadableFileError(
            "a .json document is read through a mapping only (config/exports). Records that stand "
            "one a line are JSON lines: name the file .jsonl."
        )

    def accept(columns: Sequence[str]) -> None:
        missing = stream.missing(columns)
        if missing:
            raise UnreadableFileError(
                f"required columns of {stream.name} are missing: {', '.join(missing)}. The file "
                f"has: {_listed(columns)}. `reachline inbox template {stream.name}` writes the "
                "header."
            )

    target = Target(INBOX, stream.name, kind.format, "utf-8", accept, kinds=stream.lossless_kinds)
    columns: Sequence[str] | None = None
    if kind.format == "csv":
        header = read_header(head_of(plain), stream.names, None, plain.stat().st_size)
        target, columns = replace(target, header=header), header.columns
    elif kind.format == "parquet":
        columns = parquet_columns(plain, work)
    elif kind.format == "xlsx":
        columns = sheet_columns(plain)
    if columns is not None:  # of JSON lines they are known when all are read
        accept(columns)
    return target


def _export_target(mine: Sequence[Export], kind: Kind, plain: Path, work: Path) -> Target:
    """Return the target of a tool's file: the export whose columns it has."""
    candidates = [e for e in mine if not kind.format or e.format == kind.format]
    if not candidates:
        raise UnreadableFileError(
            f"{mine[0].tool} exports {' or '.join(sorted({e.format for e in mine}))} by its "
            f"mapping, not {kind.format}. Correct config/exports/{mine[0].tool}.yml."
        )
    found: dict[tuple[str, ...], None] = {}
    fitting: list[tuple[int, Target]] = []
    first_error: UnreadableFileError | None = None
    for export in candidates:
        try:
            columns, header = _columns_as(export, plain, work)
        except UnreadableFileError as error:
            first_error = first_error or error
            continue
        found[columns] = None
        if export.fits(columns):
            target = Target(
                export.tool,
                export.name,
                export.format,
                export.encoding,
                _accept_export(export),
                header=header,
                export=export,
            )
            fitting.append((len(export.header), target))
    if fitting:
        return max(fitting, key=lambda one: one[0])[1]
    if not found and first_error is not None:
        raise first_error
    expected = "; ".join(f"{e.name}: {', '.join(e.header)}" for e in candidates)
    below = next((export for export in candidates if _has_header_below(export, plain, work)), None)
    raise UnreadableFileError(
        f"its columns fit no export of config/exports/{mine[0].tool}.yml. Expected: {expected}. "
        f"Found: {' / '.join(_listed(columns) for columns in found)}. "
        + (
            f"The columns of {below.name} stand further down: write `preamble: true` there."
            if below is not None
            else "Correct the mapping, or export these columns."
        )
    )


def _has_header_below(export: Export, plain: Path, work: Path) -> bool:
    """Whether the file would fit an export if lines could stand before its header."""
    if export.format not in ("csv", "xlsx"):
        return False
    try:
        columns, _ = _columns_as(export.model_copy(update={"preamble": True}), plain, work)
    except UnreadableFileError:
        return False
    return export.fits(columns)


def _accept_export(export: Export) -> Callable[[Sequence[str]], None]:
    def accept(columns: Sequence[str]) -> None:
        if not export.fits(columns):
            have = {column.lower() for column in columns}
            missing = [column for column in export.header if column.lower() not in have]
            raise UnreadableFileError(
                f"columns that {export.tool}.{export.name} expects are missing: "
                f"{', '.join(missing)}. The file has: {_listed(columns)}."
            )

    return accept


def _columns_as(export: Export, plain: Path, work: Path) -> tuple[tuple[str, ...], Header | None]:
    """Return the columns that a file has, read as an export declares it."""
    if export.format == "csv":
        head = head_of(plain)
        if not is_utf8(export.encoding):
            head = decoded_head(head, export.encoding)
        size = plain.stat().st_size if is_utf8(export.encoding) else None
        header = _header_of(export, head, export.delimiter, size)
        return header.columns, header
    if export.format == "parquet":
        return parquet_columns(plain, work), None
    if export.format == "xlsx":
        return sheet_columns(plain, export.header if export.preamble else ()), None
    text = plain
    if not is_utf8(export.encoding):
        text = work / "peeked"
        transcode(plain, export.encoding, text)
    if export.format == "json":
        keys = document_keys(text, export.records, work)
    else:
        keys = sample_keys(text)
    return file_columns(keys), None


def _header_of(export: Export | None, head: bytes, mark: str | None, size: int | None) -> Header:
    if export is None:
        return read_header(head, (), mark, size)
    return read_header(head, export.header, mark, size, has_preamble=export.preamble)


def read_content(plain: Path, target: Target, place: Place) -> Content:
    """Read plain content into a batch's files; UnreadableFileError when it can't be."""
    export = target.export
    if target.header is not None:
        totals = totals_at(target.header.columns, export.totals) if export is not None else None
        return read_delimited(plain, target.header, place, totals)
    if target.format == "jsonl":
        return read_jsonlines(plain, place)
    if target.format == "json":
        return read_document(plain, export.records if export is not None else None, place)
    if target.format == "parquet":
        return read_parquet(plain, place)
    if export is None:
        return read_sheet(plain, place)
    return read_sheet(plain, place, export.header if export.preamble else (), export.totals)


def _listed(columns: Sequence[str]) -> str:
    shown = [c if len(c) <= 60 else c[:60] + "…" for c in columns[:40]]
    more = f" and {len(columns) - 40} more" if len(columns) > 40 else ""
    return ", ".join(shown) + more


# --- folders and locks ----------------------------------------------------------------------------


@contextmanager
def _inbox_lock(root: Path) -> Iterator[None]:
    """Hold the lock by which one process at a time reads the inbox; another waits for it."""
    handle = os.open(root / ".inbox.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def _work_folder(root: Path) -> Iterator[Path]:
    """Yield a folder on the disk of the landing zone, gone afterwards."""
    parent = root / _WORK
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _sweep_work(root: Path) -> None:
    """Remove the working folders of runs that were killed."""
    for folder in (root / _WORK).glob("*"):
        if time.time() - folder.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
