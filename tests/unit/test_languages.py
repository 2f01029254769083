"""The languages of the reader: whole catalogues, numbers and dates as each writes them."""

from __future__ import annotations

import ast
import io
import json
import re
from datetime import date, datetime
from decimal import Decimal
from string import Formatter

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from reachline.languages import (
    FOLDER,
    catalogue_of,
    day_text,
    decimal,
    gettext,
    known_languages,
    language_named,
    long_day_text,
    ngettext,
    numeric_day_text,
    percent,
    short_day_text,
    speaking,
    spoken,
    weekday_text,
    whole,
)
from reachline.publish import texts
from reachline.publish.labels import label_of
from reachline.publish.report import words
from reachline.publish.report.scripts import texts_of_script, texts_script

OTHERS = [code for code in known_languages() if code != "en"]
DAY = date(2026, 9, 4)


def catalogue(code: str) -> dict[tuple[object, str | None], Message]:
    with catalogue_of(code).open("rb") as file:
        return {(m.id, m.context): m for m in read_po(file, locale=code) if m.id}


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def test_there_is_a_language_beside_the_source() -> None:
    assert known_languages() == ("en", "de")


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_has_every_text(code: str) -> None:
    wanted = {(m.id, m.context) for m in read_po(io.StringIO(texts.template())) if m.id}
    assert len(wanted) > 1400
    found = catalogue(code)
    assert wanted - found.keys() == set(), "run `make texts`"
    assert found.keys() - wanted == set(), "run `make texts`: nobody says this any more"
    untranslated = [key for key, message in found.items() if not all(forms(message))]
    assert not untranslated, f"without a translation in {catalogue_of(code)}"
    assert not [key for key, message in found.items() if message.fuzzy]


def names(text: str) -> set[str]:
    return {f"{name}:{kind}" for _, name, kind, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_puts_in_what_the_text_does(code: str) -> None:
    for (text, _), message in catalogue(code).items():
        one, many = (text, text) if isinstance(text, str) else text
        for form in forms(message):
            # the form for one may say `one` in a word
            assert names(form) <= names(many), text
            assert names(form) >= names(one) - {"count:"}, text
            assert not set('<>&"') & set(form) - set(many), text
        assert names(forms(message)[-1]) == names(many), text
        last = forms(message)[-1]
        assert many.startswith(" ") == last.startswith(" "), text
        assert many.endswith(" ") == last.endswith(" "), text


def said_in_python() -> set[object]:
    """Return the texts of all calls, as Python's own parser reads them."""
    found: set[object] = set()
    for path in (FOLDER.parent / "publish").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            given = [each.value for each in call.args if isinstance(each, ast.Constant)]
            if call.func.id in ("gettext", "N_") and given:
                found.add(given[0])
            if call.func.id == "ngettext":
                found.add((given[0], given[1]))
            if call.func.id == "pgettext" and len(given) == 2:
                found.add(given[1])
    return found


def test_no_text_stands_where_the_extraction_does_not_see_it() -> None:
    # which takes no call within an f-string for one, and a key in a call for a text
    in_template = {
        message.id
        for message in read_po(io.StringIO(texts.template()))
        if any(place.endswith(".py") for place, _ in message.locations)
    }
    assert said_in_python() == in_template


def test_the_catalogue_is_as_make_texts_writes_it() -> None:
    before = {code: catalogue_of(code).read_text("utf-8") for code in OTHERS}
    try:
        texts.update()
        assert {code: catalogue_of(code).read_text("utf-8") for code in OTHERS} == before
    finally:
        for code, text in before.items():
            catalogue_of(code).write_text(text, encoding="utf-8", newline="\n")


def test_a_new_text_has_no_translation_until_somebody_writes_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    copy = tmp_path_factory.mktemp("languages") / "reachline.po"
    copy.write_bytes(catalogue_of("de").read_bytes())
    monkeypatch.setattr(texts, "catalogue_of", lambda _: copy)
    template = texts.template() + 'msgid "A text that is new"\nmsgstr ""\n'
    monkeypatch.setattr(texts, "template", lambda: template)
    texts.update()
    assert 'msgid "A text that is new"\nmsgstr ""\n' in copy.read_text("utf-8")
    assert 'msgid "Revenue"\nmsgstr "Umsatz"\n' in copy.read_text("utf-8")


def test_a_language_is_spoken_within_its_block_alone() -> None:
    assert gettext("Revenue") == "Revenue"
    with speaking("de"):
        assert (spoken().tag, gettext("Revenue")) == ("de", "Umsatz")
        assert label_of("attributed_revenue").text == "Zugeordneter Umsatz"
        with speaking("en"):
            assert gettext("Revenue") == "Revenue"
        with pytest.raises(ZeroDivisionError), speaking("en"):
            raise ZeroDivisionError
        assert gettext("Revenue") == "Umsatz"
    assert label_of("attributed_revenue").text == "Attributed revenue"


def test_a_text_that_no_catalogue_has_is_said_in_the_source() -> None:
    with speaking("de"):
        assert gettext("Never written") == "Never written"
        assert gettext("") == ""  # not the head of the file


def test_a_number_chooses_the_form() -> None:
    said = [ngettext("{count} post", "{count} posts", number) for number in (0, 1, 1200)]
    assert said == ["0 posts", "1 post", "1,200 posts"]
    with speaking("de"):
        said = [ngettext("{count} post", "{count} posts", number) for number in (0, 1, 1200)]
    assert said == ["0 Beiträge", "1 Beitrag", "1.200 Beiträge"]


NUMBERS = (
    (lambda: whole(1234567), "1,234,567", "1.234.567"),
    (lambda: decimal(Decimal("-1234.505"), 2), "−1,234.50", "−1.234,50"),
    (lambda: decimal(0.125, 2, sign="+"), "+0.12", "+0,12"),
    (lambda: decimal(-12_345, 0, sign="+"), "−12,345", "−12.345"),
    (lambda: decimal(2**53 + 1, 0), "9,007,199,254,740,993", "9.007.199.254.740.993"),
    (lambda: decimal(float("inf"), 2), "inf", "inf"),
    (lambda: percent(12.34, 1), "12.3%", "12,3\N{NO-BREAK SPACE}%"),
    (lambda: words.number(0.001234, "percent"), "0.12%", "0,12\N{NO-BREAK SPACE}%"),
    (lambda: words.number(-0.5, "signed percent"), "−50.0%", "−50,0\N{NO-BREAK SPACE}%"),
    (lambda: words.number(0.00004, "percent"), "0.0040%", "0,0040\N{NO-BREAK SPACE}%"),
    (lambda: words.number(2.5, "times"), "2.50×", "2,50×"),
    (lambda: words.number(1234.5, "money"), "1,234.50", "1.234,50"),
    (lambda: day_text(DAY), "4 Sep 2026", "4. Sept. 2026"),
    (lambda: day_text(datetime(2026, 9, 4, 7, 5)), "4 Sep 2026, 07:05", "4. Sept. 2026, 07:05"),  # noqa: DTZ001 - as the database has them
    (lambda: long_day_text(DAY), "4 September 2026", "4. September 2026"),
    (lambda: short_day_text(DAY, date(2026, 1, 1)), "4 Sep", "4. Sept."),
    (lambda: short_day_text(DAY, date(2027, 1, 1)), "4 Sep 2026", "4. Sept. 2026"),
    (lambda: numeric_day_text(DAY), "2026-09-04", "04.09.2026"),
    (lambda: weekday_text(DAY), "Friday", "Freitag"),
)


@pytest.mark.parametrize("place", range(len(NUMBERS)))
def test_numbers_and_days_are_written_as_the_language_does(place: int) -> None:
    write, english, german = NUMBERS[place]
    assert write() == english
    with speaking("de"):
        assert write() == german


def test_words_of_the_database_are_said_only_where_they_are_known() -> None:
    assert words.state("on_track") == "on_track"
    with speaking("de"):
        assert words.state("on_track") == "auf Kurs"
        assert words.state("of_a_team") == "of a team"


def test_the_script_has_its_texts_in_the_language() -> None:
    with pytest.raises(ValueError, match="source"):
        texts_script()
    with speaking("de"):
        script = texts_script()
    made = json.loads(script.removeprefix("window.reachlineTexts=").removesuffix(";\n"))
    assert made["said"]["Copy"] == "Kopieren"
    assert made["said"]["{some} of {all} known"] == "{some} von {all} bekannt"
    assert made["said"]["{count} row"] == {"one": "{count} Zeile", "other": "{count} Zeilen"}
    assert made["numbers"]["decimal"] == ","
    assert made["times"]["days"][0] == "Sonntag"
    assert made["times"]["months"][0] == "Januar"


def test_the_script_says_nothing_that_is_no_text_of_the_catalogue() -> None:
    script = (FOLDER.parent / "publish/report/assets/report.js").read_text("utf-8")
    assert len(list(texts_of_script())) == len(re.findall(r"\bn?gettext\(\"", script)) > 25


def test_a_catalogue_is_read_once() -> None:
    assert language_named("de") is language_named("de")
