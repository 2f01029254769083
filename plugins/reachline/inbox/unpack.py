"""From a file as it was dropped to plain UTF-8 text, parquet or xlsx, and facts about it."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from reachline.inbox.numerals import SEAM_BYTES, InexactNumbers
from reachline.inbox.problems import UnreadableFileError
from reachline.inbox.row_filter import MAX_ROW_BYTES

_CHUNK = 4 * 1024 * 1024
_CACHED = 256 * 1024

# A packed file may not grow without bound: text packs 5 to 50 times, rows of one value up to 500.
BOMB_RATIO = 1000
BOMB_BYTES = 1024**3

FORMATS = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
}
PACKINGS = {".gz": "gzip", ".zst": "zstd"}


@dataclass(frozen=True)
class Kind:
    """What a file's name says: the format of the content and how it is packed (None: plain)."""

    format: str
    packing: str | None


def kind_of(name: str) -> Kind:
    """Return what a file's name says it is; UnreadableFileError for a name that says nothing."""
    stem = name.lower()
    packing = next((p for suffix, p in PACKINGS.items() if stem.endswith(suffix)), None)
    if packing is not None:
        stem = stem.rpartition(".")[0]
    for suffix, format_name in FORMATS.items():
        if stem.endswith(suffix):
            return Kind(format_name, packing)
    raise UnreadableFileError(
        f"the name does not say what the file is. Known endings: "
        f"{', '.join(s for s in FORMATS if s != '.json')}, each also with .gz or .zst. "
        "Save it as one of these."
    )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@dataclass(frozen=True)
class TextFacts:
    r"""What one pass over a text file finds: its hash, how its lines end, how many keys it has.

    `lines` counts LFs (`lfs`), and a last line without one; `lone_crs` counts CRs without an LF
    behind. `longest` is how many bytes at least, but for half a megabyte, the longest line has.
    `has_quotes`: whether a `"` stands in it. For JSON lines `keys` counts `":`, `nulls` counts
    `":n` and `": n`, `odd_keys` a quote with a blank before a colon, `escaped_nuls` `\u0000`;
    `may_be_inexact` says whether there seems to be a number that a DOUBLE does not hold.
    `finds` is how often the text that was looked for stands in it.
    """

    sha256: str
    lines: int
    lfs: int
    lone_crs: int
    nuls: int
    longest: int
    has_quotes: bool
    keys: int = 0
    nulls: int = 0
    odd_keys: int = 0
    escaped_nuls: int = 0
    may_be_inexact: bool = False
    finds: int = 0

    @property
    def has_plain_lines(self) -> bool:
        """Whether LF or CRLF alone end lines, none is too long for a row, and no byte is NUL."""
        return self.lone_crs == 0 and self.nuls == 0 and self.longest < MAX_ROW_BYTES - 2**20


def text_facts(path: Path, with_keys: bool = False, find: bytes = b"") -> TextFacts:
    """Return the facts of a file in one pass; with those about keys on demand (they cost more).

    `find` is a text to look for, shorter than 1 MiB.
    """
    digest = hashlib.sha256()
    newlines = crs = crlfs = nuls = run = longest = 0
    has_quotes = inexact = False
    numeral = b""
    key_counts = np.zeros(4, dtype=np.int64)
    # small enough to stay in the processor's cache from count to count, and used over and over
    block = bytearray(_CACHED)
    counter = _Counter(max(_CACHED, 16))
    numbers = InexactNumbers(max(_CACHED, 2 * SEAM_BYTES))
    last = seam = b""
    finds = 0
    with path.open("rb", buffering=0) as handle:
        while got := handle.readinto(block):
            chunk = block if got == len(block) else block[:got]
            digest.update(chunk)
            found = counter.count(chunk, ord("\n"))
            newlines += found
            run = 0 if found else run + got
            longest = max(longest, run)
            has_quotes = has_quotes or b'"' in chunk
            if b"\x00" in chunk:
                nuls += chunk.count(b"\x00")
            if b"\r" in chunk:
                crs += chunk.count(b"\r")
                crlfs += chunk.count(b"\r\n")
            if last.endswith(b"\r") and chunk.startswith(b"\n"):
                crlfs += 1
            if find:
                # and what lies across the seam of two chunks
                finds += chunk.count(find) + (seam + chunk[: len(find) - 1]).count(find)
                seam = bytes(seam + chunk[-len(find) :])[1 - len(find) :] if len(find) > 1 else b""
            if with_keys:
                # what lies across the seam of two chunks: in both ends, less what is in either
                head = bytes(chunk[:8])
                key_counts += counter.keys(chunk) + counter.keys(last + head)
                key_counts -= counter.keys(last) + counter.keys(head)
                inexact = inexact or numbers.seem_in(chunk)
                inexact = inexact or numbers.seem_in(numeral + bytes(chunk[:SEAM_BYTES]))
                numeral = bytes(chunk[-SEAM_BYTES:])
            last = bytes(chunk[-8:])
    ends = last.endswith(b"\n")
    return TextFacts(
        sha256=digest.hexdigest(),
        lines=newlines + (1 if last and not ends else 0),
        lfs=newlines,
        lone_crs=crs - crlfs,
        nuls=nuls,
        longest=longest,
        has_quotes=has_quotes,
        keys=int(key_counts[0]),
        nulls=int(key_counts[1]),
        odd_keys=int(key_counts[2]),
        escaped_nuls=int(key_counts[3]),
        may_be_inexact=inexact,
        finds=finds,
    )


_ODD_KEY = re.compile(rb'"[ \t\r]+:')
_Flags = npt.NDArray[np.bool_]


class _Counter:
    """Counts bytes and short sequences in arrays that are made once.

    NumPy counts them in a quarter of the time of `bytes.count`.
    """

    def __init__(self, size: int) -> None:
        self._one: _Flags = np.empty(size, dtype=np.bool_)
        self._two: _Flags = np.empty(size, dtype=np.bool_)
        self._three: _Flags = np.empty(size, dtype=np.bool_)

    def count(self, data: bytes | bytearray, code: int) -> int:
        """Return how often a byte occurs."""
        found = self._one[: len(data)]
        np.equal(np.frombuffer(data, dtype=np.uint8), code, out=found)
        return int(np.count_nonzero(found))

    def keys(self, data: bytes | bytearray) -> npt.NDArray[np.int64]:
        r"""Return the counts of `":`, of it before n, of a quote, blanks and `:`, of \u0000."""
        size = len(data)
        if size < 4:
            odd_keys = len(_ODD_KEY.findall(data))
            return np.array([data.count(b'":'), data.count(b'":n'), odd_keys, 0])
        codes = np.frombuffer(data, dtype=np.uint8)
        key, other, both = self._one[: size - 1], self._two[: size - 1], self._three[: size - 1]
        has_blanks = b" " in data
        np.equal(codes[1:], 58, out=key)
        odd = b"\t" in data or b"\r" in data
        if has_blanks:
            np.equal(codes[:-1], 32, out=other)
            np.logical_and(key, other, out=both)
            odd = odd or bool(both.any())
        np.equal(codes[:-1], 34, out=other)
        np.logical_and(key, other, out=key)
        keys = np.count_nonzero(key)
        np.equal(codes[1:], 110, out=other)
        np.logical_and(key[:-1], other[1:], out=both[:-1])
        nulls = np.count_nonzero(both[:-1])
        if has_blanks:
            np.logical_and(key[:-2], other[2:], out=both[:-2])
            np.equal(codes[1:], 32, out=other)
            np.logical_and(both[:-2], other[1:-1], out=both[:-2])
            nulls += np.count_nonzero(both[:-2])
        escaped = data.count(b"\\u0000") if b"\\" in data else 0
        return np.array([keys, nulls, len(_ODD_KEY.findall(data)) if odd else 0, escaped])


def unpack(source: Path, packing: str, target: Path) -> None:
    """Write the unpacked content of `source` to `target`, in bounded memory.

    UnreadableFileError when the file is cut off, damaged, not packed as its name says, or unpacks
    to more than BOMB_BYTES and BOMB_RATIO times its size.
    """
    packed = source.stat().st_size
    limit = max(BOMB_BYTES, packed * BOMB_RATIO)
    written = 0
    try:
        with source.open("rb") as raw, target.open("wb") as out, _unpacker(raw, packing) as stream:
            while chunk := stream.read(_CHUNK):
                written += len(chunk)
                if written > limit:
                    raise UnreadableFileError(
                        f"{packed} bytes of {packing} unpack to more than {limit} bytes: it looks "
                        "like a bomb. Unpack it by hand if it is not."
                    )
                out.write(chunk)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _damaged(packing, written, error) from error
    except ValueError as error:  # zstd
        raise _damaged(packing, written, error) from error
    if packing == "zstd" and packed == 0:
        raise _damaged(packing, 0, EOFError("no content"))


def _unpacker(raw: BinaryIO, packing: str) -> BinaryIO:
    if packing == "gzip":
        return gzip.GzipFile(fileobj=raw, mode="rb")  # type: ignore[return-value]
    return _Zstd(raw)  # type: ignore[return-value]


class _Zstd:
    """Frames of zstd one after the other; where the last is cut off, an EOFError.

    The library's own reader would end there as if the file were whole.
    """

    def __init__(self, raw: BinaryIO) -> None:
        import zstandard

        self._raw = raw
        self._library = zstandard
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._rest = b""
        self._begun = False

    def __enter__(self) -> _Zstd:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def read(self, size: int) -> bytes:
        out: list[bytes] = []
        held = 0
        while held < size:
            # little at a time: all that one read unpacks to is held in memory
            data, self._rest = self._rest or self._raw.read(4096), b""
            if not data:
                if self._begun:
                    raise EOFError("the last frame is cut off")
                break
            try:
                if self._frame.eof:
                    self._frame = self._library.ZstdDecompressor().decompressobj()
                piece = self._frame.decompress(data)
            except self._library.ZstdError as error:
                raise ValueError(str(error)) from error
            self._begun = not self._frame.eof
            if self._frame.eof:
                self._rest = self._frame.unused_data
            out.append(piece)
            held += len(piece)
        return b"".join(out)


def _damaged(packing: str, written: int, error: Exception) -> UnreadableFileError:
    what = "cut off" if isinstance(error, EOFError) else "damaged, or not that at all"
    return UnreadableFileError(
        f"the {packing} file is {what} after {written} unpacked bytes ({error}). "
        "Ask for the file again; nothing of it was taken."
    )


def transcode(source: Path, encoding: str, target: Path) -> None:
    """Write `source`, declared to be in `encoding`, as UTF-8 to `target`, in bounded memory.

    A byte that has no meaning in a one-byte encoding is passed on as it is, so that its row alone
    is refused. UnreadableFileError when the file as a whole can't be in that encoding.
    """
    try:
        one_byte = codecs.lookup(encoding).name not in _WIDE
        decoder = codecs.getincrementaldecoder(encoding)(
            "surrogateescape" if one_byte else "strict"
        )
        read = 0
        with source.open("rb") as raw, target.open("wb") as out:
            while True:
                chunk = raw.read(_CHUNK)
                text = decoder.decode(chunk, final=not chunk)
                out.write(text.removeprefix("\ufeff").encode("utf-8", "surrogateescape"))
                if not chunk:
                    return
                read += len(chunk)
    except UnicodeError as error:
        raise UnreadableFileError(
            f"near byte {read} the file is not {encoding}, as its mapping declares ({error}). "
            "Correct `encoding` in config/exports, or ask for the file again."
        ) from error


_WIDE = {"utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-8-sig"}

UTF8_NAMES = {"utf-8", "utf-8-sig", "ascii"}


def decoded_head(head: bytes, encoding: str) -> bytes:
    """Return the first bytes of a file in another encoding as UTF-8, what is cut off left out."""
    try:
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        return decoder.decode(head).removeprefix("\ufeff").encode("utf-8", "replace")
    except UnicodeError as error:
        raise UnreadableFileError(
            f"the file is not {encoding}, as its mapping declares."
        ) from error


def is_utf8(encoding: str) -> bool:
    """Whether text in a declared encoding can be read as it is."""
    return codecs.lookup(encoding).name in UTF8_NAMES


def refuse_wide_text(head: bytes) -> None:
    """Raise UnreadableFileError when the first bytes of a text file are UTF-16 or UTF-32."""
    for mark, name in (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            raise other_encoding(0, 1, head[0], name)
    sample = head[:4096]
    for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        # text of Latin letters in UTF-16 has a NUL in nearly every other byte
        half, other = sample[start::2], sample[1 - start :: 2]
        if len(half) >= 8 and half.count(0) > 0.8 * len(half) and other.count(0) < len(other) / 5:
            at = sample.index(0)
            raise other_encoding(at, 1, 0, name)


def guess_encoding(sample: bytes) -> str | None:
    """Return the encoding that a sample of a file looks like; None without a guess.

    Single letters beyond ASCII between ASCII ones are taken for Western text, for which
    charset-normalizer would need a page of it; it decides all else.
    """
    from charset_normalizer import from_bytes

    runs = re.findall(rb"[\x80-\xff]+", sample)
    if runs and sum(map(len, runs)) < 1.5 * len(runs):
        try:
            if sum(c.isalpha() for c in b"".join(runs).decode("cp1252")) > len(runs) / 2:
                return "cp1252"
        except UnicodeDecodeError:
            pass
    best = from_bytes(sample, cp_isolation=_LIKELY).best()
    return best.encoding.replace("_", "-") if best is not None else None


_LIKELY = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp932", "gb18030", "big5", "euc_kr"]


def other_encoding(at: int, line: int, byte: int, guess: str | None) -> UnreadableFileError:
    """Return the refusal of a file that is not UTF-8; `at` counts bytes from 0."""
    looks = f"it looks like {guess}" if guess else "no guess fits"
    return UnreadableFileError(
        f"the file is not UTF-8: byte 0x{byte:02X} at position {at} (line {line}); {looks}. "
        "Save it as UTF-8, or take it in through a mapping that declares it: "
        f"`encoding: {guess or 'cp1252'}` in config/exports/<tool>.yml."
    )
