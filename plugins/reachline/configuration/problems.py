"""What is wrong with a configuration, in a form that names the place and the remedy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pydantic_core import PydanticCustomError

from reachline.errors import ReachlineError

_LONGEST_VALUE = 80


@dataclass(frozen=True)
class Problem:
    """One mistake.

    Attributes:
        file: the file it is in, as it was opened.
        line: counted from 1; None where the file as a whole is meant.
        field: path to the value, such as `brands[1].handles.instagram[0]`, or a CSV column; empty
            where the file as a whole is meant.
        value: what stands there, as JSON text; None where nothing does.
        problem: what is wrong with it.
        remedy: what to do about it.
    """

    file: Path
    line: int | None
    field: str
    value: str | None
    problem: str
    remedy: str

    def __str__(self) -> str:
        """Return the mistake as two lines of text."""
        place = str(self.file) if self.line is None else f"{self.file}:{self.line}"
        subject = self.field
        if self.value is not None:
            subject = f"{subject} = {self.value}" if subject else self.value
        head = f"{place}: {subject}: {self.problem}" if subject else f"{place}: {self.problem}"
        return f"{head}\n    remedy: {self.remedy}"


class ConfigError(ReachlineError):
    """The configuration cannot be used; `problems` holds every mistake, in order of file and line.

    Raised before a run touches data.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        ordered = sorted(problems, key=lambda p: (str(p.file), p.line or 0, p.field))
        self.problems: tuple[Problem, ...] = tuple(ordered)
        count = len(self.problems)
        title = f"{count} mistake{'' if count == 1 else 's'} in the configuration:"
        super().__init__("\n".join([title, *map(str, self.problems)]))


def as_value(value: object) -> str:
    """Return a value as JSON text for a `Problem`, cut to 80 characters."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def suggest(value: str, known: Iterable[str], otherwise: str) -> str:
    """Return a remedy: the known word that is closest to `value`, or else `otherwise`."""
    close = get_close_matches(value, list(known), n=1, cutoff=0.6)
    return f"did you mean {close[0]}? Or {otherwise}" if close else otherwise


def one_of(words: Sequence[str]) -> str:
    """Return `a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def mistake(problem: str, remedy: str, *, is_secret: bool = False) -> PydanticCustomError:
    """Return the error that a validator raises: pydantic carries it, `Problem` shows it.

    With `is_secret` it is shown without the value.
    """
    # pydantic fills {braces} of the template, so the text goes in as a value
    context = {"problem": problem, "remedy": remedy, "is_secret": is_secret}
    return PydanticCustomError("reachline", "{problem}", context)
