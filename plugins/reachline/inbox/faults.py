"""Whose fault it is that a dropped file was not read: the file's, or the machine's."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator

from reachline.errors import ReachlineError
from reachline.inbox.engine import out_of_space
from reachline.landing import DiskFullError
from reachline.landing.disk import FULL

_OF_THE_MACHINE = (
    errno.EIO,
    errno.ESTALE,
    errno.ETIMEDOUT,
    errno.ENOTCONN,
    errno.EREMOTEIO,
    errno.ENODEV,
    errno.ENXIO,
    errno.EHOSTDOWN,
    errno.EHOSTUNREACH,
    errno.ENOLINK,
    errno.EUCLEAN,
    errno.EBADMSG,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
)
_WORDS = tuple(os.strerror(number) for number in _OF_THE_MACHINE)


def is_full(error: BaseException) -> bool:
    """Whether an error, or what it was raised from, says that a disk is full."""
    return any(
        isinstance(each, DiskFullError)
        or (isinstance(each, OSError) and each.errno in FULL)
        or (_is_of_a_library(each) and out_of_space(each))
        for each in _chain(error)
    )


def fault_of_machine(error: BaseException) -> str | None:
    """Return what kept the machine from reading a file; None where the file itself is to blame.

    Libraries that read a file have errors of their own, in which the operating system's is a
    number, a text, or what they were raised from.
    """
    for each in _chain(error):
        if isinstance(each, OSError) and each.errno in _OF_THE_MACHINE:
            return str(each.strerror)
        if _is_of_a_library(each):
            word = next((word for word in _WORDS if word in str(each)), None)
            if word is not None:
                return word
    if isinstance(error, OSError) and error.errno is not None:
        return str(error.strerror)
    return None


def _is_of_a_library(error: BaseException) -> bool:
    """Whether the text of an error may be the machine's: ours tells what stands in the file."""
    return not isinstance(error, ReachlineError)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that it was raised from or while handling, each once."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [more for more in (each.__cause__, each.__context__) if more is not None]
