"""A whole night whose report is in another language: what people get of it forgets no text.

The night is run as any other, with `report.language: de`; what German says is that each text of the
catalogue stands in marks (see test_report_language.py). What stands outside of these is data, is
what the docs say stays English, or it was forgotten.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from babel import Locale

from reachline.languages import Language, language_named
from reachline.night import run_night
from reachline.publish import mail
from reachline.publish.report import words
from reachline.settings import Digest, load_settings
from tests.end_to_end.homes import Market, drop
from tests.unit.publish.test_mail import Seen, bodies
from tests.unit.publish.test_report_language import (
    DAYS,
    UNITS,
    Marked,
    Unmarked,
    is_data,
    names_in,
)

pytestmark = pytest.mark.slow

NAMES_IN_SHEETS = frozenset({"stream", "channel", "tier", "objective", "platform", "value"})
"""Columns of the workbook whose words are names: of streams, tiers, a team's own, and hashtags."""
STATES = {each for word in words.STATES for each in (word, word.replace(" ", "_"))}


def test_what_people_get_of_a_german_night_forgets_no_text(
    market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked = Language("de", Marked(), Locale.parse("de"))
    monkeypatch.setattr(
        "reachline.languages.language_named",
        lambda code: marked if code == "de" else language_named(code),
    )
    config = tmp_path / "config"
    shutil.copytree(market.world.config, config)
    (config / "publish.yml").write_text("report: {language: de}\n", encoding="utf-8")
    home = tmp_path / "data"
    shutil.copytree(market.after(1), home, symlinks=True)
    settings = load_settings(home, config)
    release = run_night(settings, drop(market.world, 1, home)).release
    names = names_in(release.path / "warehouse.duckdb")

    forgotten = {
        (page.name, where, text)
        for page in sorted((release.path / "report").rglob("*.html"))
        for where, text in _outside(page.read_text("utf-8"))
        if not is_data(text, names)
    }
    forgotten |= _in_the_workbook(release.path / "reachline.xlsx")
    forgotten |= _in_the_mail(_sent(settings, release, monkeypatch), names)
    assert not forgotten, "\n".join(map(str, sorted(forgotten)[:40]))


def _outside(page: str) -> list[tuple[str, str]]:
    assert '<html lang="de"' in page
    reader = Unmarked()
    reader.feed(page)
    return reader.found


def _in_the_workbook(path: Path) -> set[tuple[str, str, str]]:
    """Return states, kinds and answers that stand in cells as the database has them."""
    book = openpyxl.load_workbook(path, read_only=True)
    last = book.worksheets[-1]
    names = {row[1]: str(row[3]).split(".")[-1] for row in last.iter_rows(values_only=True)}
    found, marked = set(), 0
    for sheet in book.worksheets[2:-1]:
        sheet.reset_dimensions()  # the file has them of what stands above the rows
        headers, *rows = sheet.iter_rows(min_row=3, values_only=True)
        for row in rows:
            for header, cell in zip(headers, row, strict=False):
                column = names.get(header, "")
                marked += isinstance(cell, str) and cell.startswith("⟦")
                if cell in STATES and column not in NAMES_IN_SHEETS:
                    found.add((sheet.title, column, str(cell)))
    assert marked > 100, "no state was said in the language"
    return found


def _sent(settings: Any, release: Any, monkeypatch: pytest.MonkeyPatch) -> EmailMessage:
    sent: list[EmailMessage] = []

    def keep(_paths: Any, _id: str, make: Callable[[str], EmailMessage], *_: str) -> list[str]:
        sent.append(make("reachline@acme.example"))
        return []

    monkeypatch.setattr(mail, "send_message", keep)
    mail.send_digest(settings, Digest(connection="mail_here", to=("a@acme.example",)), release)
    (message,) = sent
    return message


def _in_the_mail(message: EmailMessage, names: set[str]) -> set[tuple[str, str, str]]:
    """Return what the mail says outside of marks: in sentences, over columns, and of states."""
    plain, html = bodies(message)
    told = [("subject", message["Subject"].removeprefix("Reachline, "))]
    for line in plain.splitlines():
        label, _, value = line.strip().partition(": ")
        if line.startswith("    "):
            told += [("label", label), ("state", f"⟦{value}⟧" if value not in STATES else value)]
        elif not line.startswith("* "):
            told.append(("line", line))
    for row in Seen(html).rows:
        told += [("cell", cell) for cell in row if cell in STATES]
    found = set()
    for where, text in told:
        outside, _ = Unmarked.outside(text, 0)
        left = UNITS.sub(" ", DAYS.sub(" ", outside)).strip(" ,.;:()*-")
        if re.search(r"[^\W\d_]{2}", left) and not is_data(left, names):
            found.add(("mail", where, text))
    assert len(told) > 30
    return found
