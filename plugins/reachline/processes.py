"""Processes that one command starts and leaves running, and another one stops."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

STOP_SECONDS = 30


@dataclass(frozen=True)
class Background:
    """A leader, and all that it starts.

    `note` is the file that keeps its number and when it began. `command` are the last words of its
    command line and `variable` is one of its environment with its value: by these it is known.
    `program` is a word that the command line of each of its members has, in lower case.
    """

    note: Path
    command: tuple[str, ...]
    variable: tuple[str, str]
    program: str

    def start(
        self, words: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> subprocess.Popen[bytes]:
        """Start the leader in a session of its own; what it says goes to the end of `log`."""
        with log.open("ab") as output:
            leader = subprocess.Popen(
                [*words, *self.command],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        noted = {"pid": leader.pid, "began": psutil.Process(leader.pid).create_time()}
        self.note.write_text(json.dumps(noted), encoding="utf-8")
        return leader

    def stop(self) -> bool:
        """Stop the leader with all its children; return False if nothing was running."""
        session = self.session()
        self.note.unlink(missing_ok=True)
        if session is None:
            return False
        processes = _members(session)
        for process in processes:
            _end(process.terminate)
        _, stubborn = psutil.wait_procs(processes, timeout=STOP_SECONDS)
        # those too that a process started while it was told to stop
        for process in {*stubborn, *_members(session)}:
            _end(process.kill)
        return True

    def session(self) -> int | None:
        """Return the session that `start` began and that still runs.

        The number of a process that has ended is given to another one. What bears it now is ours
        only if it has the command and the variable; where the leader has ended, its members are
        ours if they run the program and began after it.
        """
        try:
            noted = json.loads(self.note.read_text(encoding="utf-8"))
            session, began = int(noted["pid"]), float(noted["began"])
        except (OSError, ValueError, TypeError, KeyError):
            return None
        members = _members(session)
        name, value = self.variable
        try:
            leader = psutil.Process(session)
            serves = tuple(leader.cmdline()[-len(self.command) :]) == self.command
            is_ours = serves and leader.environ().get(name) == value
        except psutil.NoSuchProcess:
            is_ours = all(self._runs_program(process, began) for process in members)
        except psutil.AccessDenied:
            is_ours = False
        return session if is_ours and members else None

    def _runs_program(self, process: psutil.Process, began: float) -> bool:
        try:
            said = " ".join(process.cmdline()).lower()
            return process.create_time() >= began and self.program in said
        except psutil.Error:
            return False


def is_free(host: str, port: int) -> bool:
    """Return whether nothing listens on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _members(session: int) -> list[psutil.Process]:
    """Return the processes of a session, whatever groups they are in, and all their children."""
    found = {process for process in psutil.process_iter() if _session_of(process) == session}
    for process in tuple(found):
        with contextlib.suppress(psutil.NoSuchProcess):
            found.update(process.children(recursive=True))
    return [process for process in found if process.pid != os.getpid()]


def _session_of(process: psutil.Process) -> int | None:
    try:
        is_over = process.status() == psutil.STATUS_ZOMBIE
        return None if is_over else os.getsid(process.pid)
    except (psutil.NoSuchProcess, ProcessLookupError, PermissionError):
        return None


def _end(signal_process: Callable[[], None]) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        signal_process()
