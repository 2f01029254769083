"""`reachline`: the command line. Its commands, in reachline.commands, are imported when used.

Exit codes: 0 done; 1 a run failed; 2 the command or the configuration was wrong.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from reachline import __version__
from reachline.errors import ReachlineError
from reachline.garbage import collect_rarely

FAILED, UNUSABLE = 1, 2

_HELP = """Nightly pipeline for micro-influencer marketing.

Files that people and tools drop into the inbox are landed as they came, turned by dbt on DuckDB \
into engagement, reach, conversions and return, and published as a release once every quality gate \
has passed.
"""

_EPILOG = """All data lives under $REACHLINE_HOME (default ./data): inbox/ is where you drop \
files, published/current/ is what you read. The configuration is in $REACHLINE_CONFIG (default \
./config).

A first look: make demo. With files of your own: reachline init; reachline config check; \
reachline inbox template orders; fill that file in and put it into inbox/orders/; \
reachline inbox check FILE; reachline run --date 2026-03-01; reachline release show.
"""

_NIGHT, _FILES, _SETUP = "The night", "What goes in", "Before the first night"
_FIGURES, _OPERATION, _KEPT = "What comes out", "Keep it running", "What is kept"
# name: (heading, one line of help); the module of that name in reachline.commands holds it
_COMMANDS = {
    "init": (_SETUP, "Write a configuration to begin with, for you to edit."),
    "config": (_SETUP, "Check the configuration."),
    "sandbox": (_SETUP, "Make a made-up market, to try things on."),
    "inbox": (_FILES, "Templates of the files that are read; what would happen to one."),
    "ingest": (_FILES, "Read one platform now, from where its last run stopped."),
    "quota": (_FILES, "What the platforms let us use up, and how much of it is left."),
    "landing": (_FILES, "The batches that came in: list, show, verify, hold back."),
    "store": (_FILES, "The object store that hosts share: pull, push, check."),
    "quarantine": (_FILES, "The rows that were refused: list, show, mend, retry, drop."),
    "run": (_NIGHT, "Run one night, from inbox to release, without Airflow."),
    "replay": (_NIGHT, "Run the nights of a span of dates, oldest first."),
    "airflow": (_NIGHT, "The same through Airflow on this machine; its web page."),
    "alarms": (_NIGHT, "Who is told when a night fails or is late: test it, check."),
    "status": (_OPERATION, "Say what ran last, what is read, what is wrong; for monitors."),
    "gates": (_NIGHT, "What the gates of a night found, as pages."),
    "doctor": (_OPERATION, "Look for what stands in the way of a night; say what to type."),
    "upkeep": (_OPERATION, "Remove what is not needed any more; read landing whole."),
    "release": (_FIGURES, "The releases: list, show, roll back."),
    "deliver": (_FIGURES, "Copy a release to Postgres or storage, or mail its digest."),
    "explain": (_FIGURES, "Say where a figure of a performance report comes from."),
    "why": (_FIGURES, "Say why a value is NULL, or why a row is not there."),
    "forget": (_KEPT, "Remove a person from everything, and keep them out."),
    "retention": (_KEPT, "Remove what has been kept for as long as it may be."),
}


class _Lazy(TyperCommand):
    """Stands in for a command in the help; its module is imported when it is used."""

    def load(self) -> Any:
        """Return the command itself."""
        name = str(self.name)
        group = typer.main.get_group(import_module(f"reachline.commands.{name}").app)
        return group.commands.get(name, group)

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Return the context of the command itself, which click then runs."""
        return self.load().make_context(*args, **kwargs)


class _Commands(TyperGroup):
    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        for name, (_, text) in _COMMANDS.items():
            self.add_command(_Lazy(name=name, help=text))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands under their headings; plain text, as rich costs 0.3 s a call."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for name, (panel, text) in _COMMANDS.items():
            panels.setdefault(panel, []).append((name, text))
        for panel, rows in panels.items():
            with formatter.section(panel):
                formatter.write_dl(rows)


app = typer.Typer(
    cls=_Commands,
    help=_HELP,
    epilog=_EPILOG,
    rich_markup_mode=None,
    no_args_is_help=True,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"reachline {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


_NOT_FOR_OTHERS = 0o027
"""Files of data are for their owner and, to read, its group; files of secrets say so themselves."""


def main() -> None:
    """Run the command line; an error is one paragraph, with a traceback if REACHLINE_DEBUG=1."""
    os.umask(os.umask(_NOT_FOR_OTHERS) | _NOT_FOR_OTHERS)
    collect_rarely()
    try:
        app(prog_name="reachline")
    except Exception as error:
        if os.environ.get("REACHLINE_DEBUG") == "1":
            raise
        from reachline.configuration.problems import ConfigError

        typer.echo(_paragraph(error), err=True)
        sys.exit(UNUSABLE if isinstance(error, ConfigError) else FAILED)


def _paragraph(error: Exception) -> str:
    """Return an error's text for a person; of an error that is not ours, its type as well."""
    text = str(error).strip()
    if isinstance(error, ReachlineError) and text:
        return f"error: {text}"
    return (
        f"error: {type(error).__name__}{': ' if text else ''}{text}\n"
        "Set REACHLINE_DEBUG=1 and run it again to see where."
    )


if __name__ == "__main__":
    main()
