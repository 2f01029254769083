"""Calls in children of this process, which may be killed."""

from __future__ import annotations

import os
import pickle
import signal
import time
import traceback
from collections.abc import Callable
from typing import Any, Generic, TypeVar

LONGEST, AT_ALL = 600.0, 1800.0
"""Seconds of the processor, and seconds at all, after which a child that does not end counts as
hanging, and is ended: on a machine that others keep busy, a night that is well waits for long."""
_HUNG = ("SIGPROF", "SIGALRM")

_Answer = TypeVar("_Answer")


class StoppedError(Exception):
    """A child raised, was killed, or did not get to its end; `by` is the signal, or the error."""

    def __init__(self, by: str, told: str = "") -> None:
        super().__init__(told or by)
        self.by = by


class Child(Generic[_Answer]):
    """A call that runs in a child of this process; what it returns must be picklable."""

    def __init__(self, call: Callable[[], _Answer]) -> None:
        self._read, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._read)
            signal.setitimer(signal.ITIMER_PROF, LONGEST)
            signal.setitimer(signal.ITIMER_REAL, AT_ALL)
            with os.fdopen(write, "wb") as out:
                out.write(_answered(call))
            os._exit(0)
        os.close(write)

    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def answer(self) -> _Answer:
        """Wait for its end, and return what the call returned; StoppedError where it did not."""
        with os.fdopen(self._read, "rb") as out:
            text = out.read()
        _, status = os.waitpid(self.pid, 0)
        if not text:
            raise StoppedError(signal.Signals(os.WTERMSIG(status)).name if status else "no answer")
        # of our own child
        is_done, answer = pickle.loads(text)  # noqa: S301
        if not is_done:
            raise StoppedError(*answer)
        found: _Answer = answer
        return found

    def end(self) -> str:
        """Wait for its end, and say how it came; StoppedError where it hung."""
        try:
            return str(self.answer() or "it ended well")
        except StoppedError as stop:
            if stop.by in _HUNG:
                raise
            return stop.by


def _answered(call: Callable[[], Any]) -> bytes:
    try:
        return pickle.dumps((True, call()))
    except BaseException as error:
        told = "".join(traceback.format_exception(error, limit=-6))
        return pickle.dumps((False, (type(error).__name__, told)))


def in_child(call: Callable[[], _Answer]) -> _Answer:
    """Return what a call returns in a child of this process; StoppedError where it failed."""
    return Child(call).answer()


def recovery(
    problems: Callable[[], list[str]], again: Callable[[], object], difference: Callable[[], str]
) -> tuple[list[str], float]:
    """Look at what a fault left, run the step again, and look once more, all in one child.

    Returns what is wrong, and the seconds that the step took to put all right.
    """

    def recover() -> tuple[list[str], float]:
        wrong = [f"after the fault: {problem}" for problem in problems()]
        started = time.perf_counter()
        try:
            again()
        except Exception as error:
            wrong.append("run again: " + "".join(traceback.format_exception(error, limit=-6)))
        seconds = time.perf_counter() - started
        wrong += [f"at the end: {problem}" for problem in problems()]
        if found := difference():
            wrong.append(f"at the end: {found}")
        return wrong, seconds

    try:
        return in_child(recover)
    except StoppedError as stop:
        return [f"run again: {stop}"], 0.0
