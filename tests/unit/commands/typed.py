"""What a person types, and what is answered."""

from __future__ import annotations

from typer.testing import CliRunner

from reachline import cli


def typed(*arguments: object) -> tuple[int, str]:
    """The exit code of a command, and all that it says."""
    done = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    return done.exit_code, done.output


def said(*arguments: object) -> str:
    """What a command says that ends well; its error is raised."""
    words = [str(argument) for argument in arguments]
    done = CliRunner().invoke(cli.app, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output
