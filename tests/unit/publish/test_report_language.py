"""A report in another language: no text is forgotten, and no figure differs.

In a language made up for the test each text of the catalogue stands in ⟦…⟧. What people see outside
of these is data, or it was forgotten.
"""

from __future__ import annotations

import gettext
import io
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import openpyxl
import pytest
import yaml
from babel import Locale
from babel.messages.pofile import read_po

from reachline.connectors.types import RunState
from reachline.languages import Language, speaking, spoken
from reachline.publish import texts
from reachline.publish.candidate import Candidate, add_pages
from reachline.publish.report import words, write_report
from reachline.publish.sheets import STATES
from reachline.publish.workbook import write_workbook
from tests.end_to_end.homes import PROJECT, Market
from tests.unit.publish.market_release import SCRIPT, Releases, market_releases
from tests.unit.publish.pages import CELLS, VOID, figures

pytestmark = pytest.mark.slow

DATA = {
    **dict.fromkeys(
        ("account", "brand_name", "campaign_name", "creator_name", "handle", "to_whom", "voice"),
        "whom it is about",
    ),
    **dict.fromkeys(("caption", "code", "country", "niches", "tag", "text"), "what people wrote"),
    **dict.fromkeys(("channel", "currency", "kind", "status"), "words of the team's own files"),
    **dict.fromkeys(("order_id", "utm_campaign", "utm_content", "likely_link_id"), "ids"),
    **dict.fromkeys(("likely_utm_campaign", "likely_utm_content"), "ids"),
    **dict.fromkeys(("platform", "source", "stream", "table_name"), "names of the database"),
    **dict.fromkeys(("column_name", "file_name", "raw"), "what a file held"),
    **dict.fromkeys(("owner", "failing_keys"), "configuration, and keys"),
    "what": "a hashtag, or what a post has",
    "tier": "nano to mega are names",
    "expression": "names of checks",
}
"""Columns whose cells are no texts of the report, and why."""

DAYS = re.compile(
    r"(?:(?:Mon|Diens|Donners|Frei|Sams|Sonn)tag, |Mittwoch, )?"
    r"\d{1,2}\. (?:Jan|Feb|März|Apr|Mai|Juni|Juli|Aug|Sept|Okt|Nov|Dez)\.?(?: \d{4})?"
    r"(?:, \d\d:\d\d)?"
)
BLOCKS = frozenset({"p", "li", "dd", "dt", "td", "th", "h1", "h2", "h3", "figcaption"})
AROUND = " ,.;:()[]–·›→/\n"
UNITS = re.compile(r"\b(?:[A-Z]{3}|UTC|est|pp)\b")


class Marked(gettext.NullTranslations):
    """Every text of the catalogue, between marks; what is asked for and not there has none."""

    def __init__(self) -> None:
        super().__init__()
        template = read_po(io.StringIO(texts.template()))
        self.known = {(message.context, message.id) for message in template if message.id}

    def marked(self, text: str, context: str | None, key: str | tuple[str, str]) -> str:
        return f"⟦{text}⟧" if (context, key) in self.known else text

    def gettext(self, message: str) -> str:
        return self.marked(message, None, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.marked(msgid1 if n == 1 else msgid2, None, (msgid1, msgid2))

    def pgettext(self, context: str, message: str) -> str:
        return self.marked(message, context, message)


class Unmarked(HTMLParser):
    """Collects what stands outside of marks, with where that is."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None], int]] = []
        self.columns: list[str] = []
        self.cell = -1
        self.depth = 0
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag in CELLS:
            self.end_cell()
        if tag == "table":
            self.columns = []
        if tag == "tr":
            self.cell = -1
        if tag in ("td", "th"):
            self.cell += 1
            if any(each == "thead" for each, *_ in self.open):
                self.columns.append(attributes.get("data-column") or "")
        if tag == "a" and self.columns and not self.columns[-1]:
            self.columns[-1] = (attributes["href"] or "").rpartition("-")[2]
        for name in ("aria-label", "title", "alt"):
            if name in attributes:
                outside, _ = self.outside(attributes[name] or "", 0)
                self.keep(f"@{name}", outside)
        if tag not in VOID:
            self.open.append((tag, attributes, self.depth))

    def end_cell(self) -> None:
        """End a cell that has no end of its own."""
        if self.open and self.open[-1][0] == "td":
            self.depth = self.open.pop()[-1]

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr":
            self.end_cell()
        *_, before = self.open.pop()
        if tag in BLOCKS:
            self.depth = before  # a text that was clipped has lost its mark

    def handle_data(self, data: str) -> None:
        outside, self.depth = self.outside(data, self.depth)
        if any(tag == "code" or (tag != "html" and "lang" in a) for tag, a, _ in self.open):
            return  # names of the database, and texts that say that they are English
        tags = [tag for tag, *_ in self.open]
        within = "tbody" in tags or "tfoot" in tags
        self.keep(self.columns[self.cell] if within else tags[-1] if tags else "", outside)

    @staticmethod
    def outside(text: str, depth: int) -> tuple[str, int]:
        kept = []
        for sign in text:
            depth += (sign == "⟦") - (sign == "⟧")
            kept.append(sign if not depth and sign != "⟧" else " ")
        return "".join(kept), depth

    def keep(self, where: str, text: str) -> None:
        left = UNITS.sub(" ", DAYS.sub(" ", text)).strip(AROUND)
        if re.search(r"[^\W\d_]{2}", left) and where not in DATA:
            self.found.append((where, left))


def names_in(database: Path) -> set[str]:
    """Return what campaigns, creators, accounts and brands are called, and what they are of."""
    asked = (
        "campaign_name from core.dim_campaign",
        "campaign_id from core.dim_campaign",
        "objective from core.dim_campaign",
        "shown_name from core.dim_creator",
        "creator_id from core.dim_creator",
        "creator_id from reports.collaboration_performance",
        "country from core.dim_creator",
        "language from core.dim_creator",
        "tier from core.dim_creator",
        "unnest(niches) from core.dim_creator",
        "handle from core.dim_account",
        "brand_name from core.dim_brand",
        "brand_id from core.dim_brand",
        "hashtag from reports.hashtag_trends",
        "time_zone from meta.run",
    )
    with duckdb.connect(str(database), read_only=True) as con:
        rows = [row for one in asked for row in con.execute(f"select distinct {one}").fetchall()]
    return {" ".join(str(name).split()).strip(AROUND) for (name,) in rows if name is not None}


def is_data(text: str, names: set[str]) -> bool:
    """Whether a text is a name, or several, or the beginning of a long one."""
    plain = " ".join(text.split()).removesuffix("Reachline").strip(AROUND)
    if plain in names or not plain:
        return True
    if plain.endswith("…") and any(name.startswith(plain[:-1].strip()) for name in names):
        return True
    parts = [part.strip(AROUND + "#") for part in plain.split(", ")]
    return len(parts) > 1 and all(part in names for part in parts)


@pytest.fixture(scope="module")
def releases(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Releases:
    return market_releases(market, tmp_path_factory.mktemp("releases"))


@pytest.fixture(scope="module")
def marked() -> Language:
    return Language("de", Marked(), Locale.parse("de"))


def test_no_text_is_forgotten(releases: Releases, marked: Language, tmp_path: Path) -> None:
    with speaking(marked):
        write_report(releases.database, tmp_path / "report", releases.previous)
    names = names_in(releases.database)
    forgotten: dict[tuple[str, str], str] = {}
    pages = sorted((tmp_path / "report").rglob("*.html"))
    assert len(pages) > 60
    for page in pages:
        reader = Unmarked()
        reader.feed(page.read_text("utf-8"))
        for where, text in reader.found:
            if not is_data(text, names):
                forgotten.setdefault((where, text), page.name)
    assert not forgotten, "\n".join(
        f"{page}: {said}" for said, page in list(forgotten.items())[:40]
    )


def test_the_figures_are_the_same_in_every_language(releases: Releases, tmp_path: Path) -> None:
    for code in ("en", "de"):
        with speaking(code):
            write_report(releases.database, tmp_path / code, releases.previous)
    compared = 0
    for page in sorted((tmp_path / "en").rglob("*.html")):
        english = page.read_text("utf-8")
        german = (tmp_path / "de" / page.relative_to(tmp_path / "en")).read_text("utf-8")
        assert '<html lang="en"' in english
        assert '<html lang="de"' in german
        of_english, of_german = (
            [replace(figure, shown="") for figure in figures(text)] for text in (english, german)
        )
        assert of_english == of_german
        compared += len(of_german)
    assert compared > 20_000


def test_every_reason_of_a_shortlist_has_a_form_in_other_languages(
    releases: Releases, marked: Language
) -> None:
    with duckdb.connect(str(releases.database), read_only=True) as con:
        rows = con.execute("select distinct reasons from reports.discovery_shortlist").fetchall()
    said = [reason for (text,) in rows if text for reason in text.split("; ")]
    assert len(said) > 10
    with speaking(marked):
        unknown = {each for each in said if not words.reasons(each).startswith("⟦")}
    assert unknown <= {SCRIPT}, "macros/discovery/reasons.sql writes a form that words.py lacks"
    with speaking("de"):
        said = words.reasons("is a customer; tagged Rival in 3 posts, last in March 2026; new form")
    assert said == "ist Kunde; markierte Rival in 3 Beiträgen, zuletzt im März 2026; new form"


def test_a_candidate_gets_its_pages_in_the_language(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def write(_: Path, target: Path, *before: Path | None) -> None:
        page = target / "index.html" if before else target
        page.parent.mkdir(exist_ok=True)
        page.write_text(spoken().code)

    monkeypatch.setattr("reachline.publish.report.write_report", write)
    monkeypatch.setattr("reachline.publish.workbook.write_workbook", write)
    candidate = Candidate("2026-03-10-0001", date(2026, 3, 10), tmp_path, {}, {})
    for language in ("de", "en"):
        add_pages(candidate, None, language)
        assert (tmp_path / "report" / "index.html").read_text() == language
        assert (tmp_path / "reachline.xlsx").read_text() == language
    assert spoken().code == "en"


def test_the_workbook_forgets_no_text(releases: Releases, marked: Language, tmp_path: Path) -> None:
    with speaking(marked):
        write_workbook(releases.database, tmp_path / "marked.xlsx")
    book = openpyxl.load_workbook(tmp_path / "marked.xlsx", read_only=True)
    forgotten = []
    for sheet in book.worksheets:
        assert sheet.title.startswith("⟦"), sheet.title
        title, note, headers = (
            [cell for cell in row if cell is not None]
            for row in sheet.iter_rows(max_row=3, values_only=True)
        )
        is_a_list = sheet.title not in ("⟦Summary⟧", "⟦Read me first⟧", "⟦Definitions⟧")
        for text in (*title, *note, *headers) if is_a_list else title:
            if not str(text).startswith("⟦") and text != "Reachline":
                forgotten.append((sheet.title, text))
    assert not forgotten


def test_a_state_is_said_in_cells_and_has_its_colour_there(
    releases: Releases, tmp_path: Path
) -> None:
    books = {}
    for code in ("en", "de"):
        with speaking(code):
            write_workbook(releases.database, tmp_path / f"{code}.xlsx")
        books[code] = openpyxl.load_workbook(tmp_path / f"{code}.xlsx")
    english, german = books["en"]["Next bookings"], books["de"]["Nächste Buchungen"]
    place = [cell.value for cell in english[3]].index("Verdict") + 1
    pairs = {
        (english.cell(row, place).value, german.cell(row, place).value)
        for row in range(4, english.max_row + 1)
    }
    assert {"rebook", "too_early"} <= {word for word, _ in pairs}
    with speaking("de"):
        assert pairs == {(word, words.state(word)) for word, _ in pairs}
    assert ("too_early", "zu früh") in pairs
    rules = {
        formula
        for area in german.conditional_formatting
        for rule in area.rules
        for formula in rule.formula
    }
    column = english.cell(4, place).column_letter
    assert {f'${column}4="{said}"' for word, said in pairs if word != "try_again"} <= rules


def test_every_state_that_a_report_may_have_is_in_the_catalogue() -> None:
    """The words that models promise in their contracts, and those of connectors."""
    states = {str(state) for state in RunState}
    for path in (PROJECT / "dbt_project/models/reports").glob("*.yml"):
        (model,) = yaml.safe_load(path.read_text("utf-8"))["models"]
        for test in model["data_tests"]:
            told = test.get("accepted_values") if isinstance(test, dict) else None
            if told and told["arguments"]["column_name"] in STATES:
                states |= set(told["arguments"]["values"])
    assert len(states) > 30
    assert {state.replace("_", " ") for state in states} <= set(words.STATES)
