"""The progress of a long command, drawn on stderr if that is a terminal.

Elsewhere, as in a file or under cron, nothing is drawn and rich is not imported.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

_BAR_WIDTH = 20
_REFRESHES_PER_SECOND = 4

Show = Callable[[str, int], None]
"""Sets the text of the line, and how much of the total is done."""


@contextmanager
def progress(
    text: str, total: int | None = None, *, done: int = 0, since: float | None = None
) -> Iterator[Show]:
    """Draw a line with a text, a bar and the time elapsed; yield the function that sets it.

    `total` is the number at which the bar is full, None if it is not known; `done` of it are done
    at first. `since` is when the time began, of time.monotonic(); None for now. Inside, what is
    logged or written to stderr appears above the line; nothing may be written to stdout. The line
    is erased at the end.
    """
    if not sys.stderr.isatty():
        yield lambda _text, _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    line = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(_BAR_WIDTH, complete_style="green", pulse_style="green"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        refresh_per_second=_REFRESHES_PER_SECOND,
        transient=True,
        redirect_stdout=False,
    )
    task = line.add_task(text, total=total, completed=done)
    if since is not None:
        line.tasks[0].start_time = since

    def show(text: str, done: int) -> None:
        line.update(task, description=text, completed=done)

    terminal = sys.stderr  # while the line is drawn, sys.stderr is an object of rich
    with line, _logged_above(line.console, terminal):
        yield show


@contextmanager
def _logged_above(console: Console, terminal: TextIO) -> Iterator[None]:
    """Let the log's handlers that write to the terminal write above the line, unwrapped."""
    with ExitStack() as stack:
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is terminal:
                handler.setStream(_AboveLine(console))
                stack.callback(handler.setStream, terminal)
        yield


class _AboveLine:
    """What a handler of the log writes to while a line is drawn."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def write(self, text: str) -> None:
        """Write a text as it is: the terminal breaks it, so that it can be copied whole."""
        self._console.out(text, end="", highlight=False)

    def flush(self) -> None:
        """Do nothing: the console has written the text already."""
