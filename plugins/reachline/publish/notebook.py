"""The notebook of questions to a release, made of a script whose cells begin with `# %%`."""

from __future__ import annotations

import json
import re

from reachline.warehouse.dbt import PROJECT

FOLDER = PROJECT.parent / "bi" / "notebook"
SCRIPT = FOLDER / "ten_questions.py"
TARGET = FOLDER / "ten_questions.ipynb"

_CELL = re.compile(r"^# %%(?P<kind>| \[markdown\])\n", re.MULTILINE)


def text() -> str:
    """Return the notebook as JSON, format 4.5, without any output."""
    _, *parts = _CELL.split(SCRIPT.read_text(encoding="utf-8"))
    cells = [
        _cell(number, bool(kind), body.strip())
        for number, (kind, body) in enumerate(zip(parts[::2], parts[1::2], strict=True))
    ]
    book = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


def _cell(number: int, is_words: bool, body: str) -> dict[str, object]:
    if is_words:
        body = re.sub(r"^# ?", "", body, flags=re.MULTILINE)
    cell: dict[str, object] = {
        "cell_type": "markdown" if is_words else "code",
        "id": f"cell-{number}",
        "metadata": {},
        "source": body.splitlines(keepends=True),
    }
    return cell if is_words else {**cell, "execution_count": None, "outputs": []}
