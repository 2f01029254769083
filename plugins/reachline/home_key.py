"""The key of a home: addresses in ids, handles and links are hashed with it before all else.

It is made on first use, `home.key` in REACHLINE_HOME, for its owner alone. Whoever has no key can't
find out by trying addresses whose hash stands in a release; with the same key the same address has
the same hash, so that what is joined by it still is.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from typing import TYPE_CHECKING

from reachline.errors import ReachlineError
from reachline.private import kept_secret
from reachline.settings import Paths

if TYPE_CHECKING:
    import duckdb

_BYTES, _BLOCK = 32, 64


class HomeKeyError(ReachlineError):
    """The key of a home can't be read; the text says why and what to do."""


def home_key(where: Paths) -> bytes:
    """Return the 32 bytes of a home's key; made on first use.

    Raises HomeKeyError where the file holds something else: another key would give all hashed ids
    other names, so that none is made in its place.
    """
    path = where.key
    try:
        key = bytes.fromhex(kept_secret(path, lambda: secrets.token_hex(_BYTES)))
    except OSError as error:
        raise HomeKeyError(f"{path}: {error.strerror}. {_REMEDY}") from error
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise HomeKeyError(f"{path}: is not {2 * _BYTES} hexadecimal digits. {_REMEDY}")
    return key


_REMEDY = (
    "Restore it from a backup; or remove it: the next night makes another one, and every hashed id "
    "gets another name."
)


def fingerprint(key: bytes, names: Collection[str] = ()) -> str:
    """Return what tells one key from another, and the names that it hashes from others.

    It tells nothing of the key.
    """
    told = "\n".join(["fingerprint", *sorted(names)])
    return hmac.new(key, told.encode(), hashlib.sha256).hexdigest()


def hand_over(con: duckdb.DuckDBPyConnection, key: bytes, names: Collection[str] = ()) -> None:
    """Let the macro hash_personal_data of a connection use the key.

    `names` are accounts of the form user@host that are known to be no addresses: they stay.

    The key is handed over as the two blocks of HMAC-SHA256 (RFC 2104). They stand in variables of
    the connection: no file and no text of a query ever holds them.
    """
    block = key.ljust(_BLOCK, b"\0")
    con.execute("set variable names_with_server = $names", {"names": sorted(names)})
    for name, pad in (("inner", 0x36), ("outer", 0x5C)):
        padded = bytes(byte ^ pad for byte in block)
        con.execute(f"set variable home_key_{name} = from_hex('{padded.hex()}')")
