"""Reads a YAML or CSV file of the configuration into a model, keeping the line of every value."""

from __future__ import annotations

import csv
import io
import re
import typing
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from reachline.configuration import EXAMPLE
from reachline.configuration.problems import Problem, as_value, one_of, suggest

ModelT = TypeVar("ModelT", bound=BaseModel)

Place = tuple[Hashable, ...]
"""Path to a value: keys and positions from the top of the document."""


@dataclass(frozen=True)
class Finding:
    """A mistake that shows only between values; `Check` functions return them."""

    place: Place
    problem: str
    remedy: str


Check = Callable[[Any], Iterable[Finding]]
"""Looks at a document as it was read, sound or not, so that no mistake hides another one."""


@dataclass(frozen=True)
class Row(Generic[ModelT]):
    """A row of a CSV file: the line it begins on, its cells by column, its model if it is sound."""

    line: int
    cells: dict[str, str | None]
    model: ModelT | None


def field_name(place: Sequence[Hashable]) -> str:
    """Return a path as people write it: `('brands', 1, 'name')` is `brands[1].name`."""
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else str(step)
    return text


def read_yaml(
    path: Path, model: type[ModelT], check: Check | None = None
) -> tuple[ModelT | None, list[Problem]]:
    """Read a YAML file into a pydantic model.

    Returns:
        The model and no problems, or None and every problem of the file: it is missing, is not
        UTF-8, is not YAML, says a key twice, breaks a rule of the model, or of `check`.
    """
    text, problems = _read_text(path)
    if text is None:
        return None, problems
    document, data = _read_document(path, text)
    problems = list(document.problems)
    if document.is_broken:
        return None, problems
    value = None
    try:
        value = model.model_validate({} if data is None else data)
    except ValidationError as error:
        problems += [document.problem(detail, model) for detail in error.errors()]
    if check is not None:
        problems += [document.finding(data, finding) for finding in check(data)]
    return (None if problems else value), problems


def read_csv(path: Path, model: type[ModelT]) -> tuple[list[Row[ModelT]], list[Problem]]:
    """Read a CSV file with a header into one pydantic model a row; an empty cell is None.

    A column that has a default may be left out, and its cells empty.

    Returns:
        The rows, and every problem of the file: it is missing, is not UTF-8, its header differs
        from the model's fields, a row has too many or too few cells, or breaks a rule of the model.
    """
    text, problems = _read_text(path)
    if text is None:
        return [], problems
    columns = list(model.model_fields)
    needed = {name for name, field in model.model_fields.items() if field.is_required()}
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row[ModelT]] = []
    header: list[str] | None = None
    line = 1
    while True:
        line = reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            break
        except csv.Error as error:
            remedy = "close the quotes; a quote inside a quoted cell is written twice"
            problems.append(Problem(path, line, "", None, f"is not CSV: {error}", remedy))
            rows.append(Row(line, {}, None))
            break
        if not any(cells):
            continue
        if header is None:
            header = cells
            is_whole = needed <= set(header) <= set(columns) and len(set(header)) == len(header)
            if not is_whole:
                remedy = f"write the header {','.join(columns)}"
                problem = "the header does not hold the columns of this file"
                problems.append(Problem(path, line, "", as_value(",".join(cells)), problem, remedy))
                break
        elif len(cells) != len(header):
            problem = f"the row has {len(cells)} cells, the header {len(header)}"
            remedy = "add or remove cells; a cell that holds a comma is written in double quotes"
            problems.append(Problem(path, line, "", as_value(",".join(cells)), problem, remedy))
            rows.append(Row(line, {}, None))
        else:
            values = {k: v or None for k, v in zip(header, cells, strict=True)}
            try:
                given = {k: v for k, v in values.items() if v is not None or k in needed}
                rows.append(Row(line, values, model.model_validate(given)))
            except ValidationError as error:
                rows.append(Row(line, values, None))
                for detail in error.errors():
                    problem, remedy = _explain(detail, model)
                    shown = _shown(detail, detail["loc"])
                    name = field_name(detail["loc"])
                    problems.append(Problem(path, line, name, shown, problem, remedy))
    if header is None:
        remedy = f"write the header {','.join(columns)} and the rows"
        problems.append(Problem(path, None, "", None, "is empty", remedy))
    return rows, problems


def _read_text(path: Path) -> tuple[str | None, list[Problem]]:
    try:
        return path.read_bytes().decode("utf-8-sig"), []
    except FileNotFoundError:
        remedy = f"copy it from {EXAMPLE}, or point REACHLINE_CONFIG at the right folder"
        return None, [Problem(path, None, "", None, "the file is missing", remedy)]
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        byte = f"byte 0x{error.object[error.start]:02x}"
        return None, [Problem(path, line, "", byte, "is not UTF-8", "save the file as UTF-8")]
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
        return None, [Problem(path, None, "", None, reason, "make it a file that you may read")]


@lru_cache(maxsize=64)
def _read_document(path: Path, text: str) -> tuple[_Document, Any]:
    """Return a document and its values, which nobody changes: they are read once for each text."""
    document = _Document(path)
    return document, document.read(text)


class _Document:
    """One YAML file: its values, where each stands, and what is wrong with its form."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.is_broken = False
        self.lines: dict[Place, int] = {}

    def read(self, text: str) -> Any:
        """Return the document as dicts, lists and scalars; None for an empty one."""
        yaml = YAML(typ="safe", pure=True)
        try:
            root = yaml.compose(io.StringIO(text))
            return None if root is None else self._value(root, (), yaml.constructor, ())
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = None if mark is None else mark.line + 1
            self._broken(line, f"is not YAML: {error.problem or error.context}")
        except (YAMLError, ValueError) as error:
            self._broken(None, f"is not YAML: {error}")
        return None

    def problem(self, detail: ErrorDetails, model: type[BaseModel]) -> Problem:
        """Return one of pydantic's errors as a `Problem` of this file."""
        place = tuple(step for step in detail["loc"] if step != "[key]")
        problem, remedy = _explain(detail, model)
        shown = _shown(detail, place)
        return Problem(self.path, self.line(place), field_name(place), shown, problem, remedy)

    def finding(self, data: Any, finding: Finding) -> Problem:
        """Return what a check found as a `Problem` of this file."""
        value = data
        for step in finding.place:
            value = value[step]
        line, name = self.line(finding.place), field_name(finding.place)
        shown = as_value(value)
        return Problem(self.path, line, name, shown, finding.problem, finding.remedy)

    def line(self, place: Place) -> int | None:
        """Return the line of a value, or of the nearest one that holds it."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place)

    def _broken(self, line: int | None, problem: str) -> None:
        self.is_broken = True
        remedy = "mend the syntax: indent with spaces, close brackets and quotes"
        if "cannot start any token" in problem:
            remedy = "put text that starts with @, `, % or a tab in quotes"
        self.problems.append(Problem(self.path, line, "", None, problem, remedy))

    def _value(
        self, node: Node, place: Place, constructor: SafeConstructor, above: tuple[Node, ...]
    ) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        if any(node is one for one in above):
            self._broken(line, "is not YAML: an alias stands inside what it names")
            return None
        above = (*above, node)
        if isinstance(node, ScalarNode):
            return constructor.construct_object(node)
        if isinstance(node, SequenceNode):
            return [
                self._value(item, (*place, position), constructor, above)
                for position, item in enumerate(node.value)
            ]
        if not isinstance(node, MappingNode):
            raise TypeError(f"unknown YAML node {node!r}")
        values: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self._value(key_node, (*place, "<key>"), constructor, above)
            if not isinstance(key, Hashable):
                self._broken(line, "is not YAML: a key is a list or a mapping")
                continue
            inner = (*place, key)
            if key in values:
                first = self.lines[inner]
                problem = f"the key stands twice; first on line {first}"
                name = field_name(inner)
                remedy = "keep one of the two"
                self.problems.append(Problem(self.path, line, name, None, problem, remedy))
                continue
            self.lines[inner] = line
            values[key] = self._value(value_node, inner, constructor, above)
        return values


# what people call the fields, unknown here, that they write secrets into
_SECRET = re.compile(r"password|secret|token|key|credential|uri", re.IGNORECASE)


def _shown(detail: ErrorDetails, place: Sequence[Hashable]) -> str | None:
    if detail["type"] == "missing" or (detail["input"] is None and not place):
        return None
    if detail.get("ctx", {}).get("is_secret"):
        return None
    if detail["type"] == "extra_forbidden" and _SECRET.search(str(place[-1])):
        return None
    return as_value(detail["input"])


_KINDS = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "decimal_parsing": "a number",
    "decimal_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    **dict.fromkeys(
        ("date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        "a date as YYYY-MM-DD",
    ),
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping (key: value)",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
}

_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def _explain(detail: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    """Return what is wrong and what to do, for one of pydantic's errors."""
    kind, context, place = detail["type"], detail.get("ctx", {}), detail["loc"]
    if kind == "reachline":
        return str(context["problem"]), str(context["remedy"])
    if kind == "extra_forbidden":
        known = sorted(_fields(model, place[:-1]))
        if not known:
            return "nothing of this name is known here", "remove it"
        remedy = suggest(str(place[-1]), known, f"remove it; known here: {', '.join(known)}")
        return "nothing of this name is known here", remedy
    if kind == "missing" or detail["input"] is None:
        return "a value is missing", f"add {field_name(place[-1:])}"
    if kind == "literal_error":
        words = [str(word).strip("'") for word in _choices(str(context["expected"]))]
        return "is not one of the known words", f"write {one_of(words)}"
    if kind in _BOUNDS:
        name, words_of = _BOUNDS[kind]
        return "is out of bounds", f"write {words_of} {context[name]:g}"
    if kind == "string_too_short":
        return "is empty", "write a text, or remove the line"
    if kind in _KINDS:
        remedy = f"write {_KINDS[kind]}"
        if kind == "string_type" and isinstance(detail["input"], int | float):
            remedy += ": put it in quotes"
        return f"is not {_KINDS[kind]}", remedy
    return detail["msg"], "correct the value; the comments in the default file say what is allowed"


def _choices(expected: str) -> list[str]:
    return [word for part in expected.split(" or ") for word in part.split(", ")]


def _fields(model: type[BaseModel], place: Sequence[int | str]) -> frozenset[str]:
    """Return the field names of the model at `place`; empty where there is none."""
    annotation: Any = model
    for step in place:
        below = _models(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            field = _by_name(annotation).get(str(step))
            if field is None:
                return frozenset()
            annotation = field.annotation
        elif below:
            annotation = below[0]
    found = _models(annotation)
    return frozenset(_by_name(found[0])) if found else frozenset()


def _by_name(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a model by the names that a file writes."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _models(annotation: Any) -> list[type[BaseModel]]:
    """Return the models that an annotation such as `tuple[Brand, ...]` or `X | None` holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for inner in typing.get_args(annotation) for found in _models(inner)]
