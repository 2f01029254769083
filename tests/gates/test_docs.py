"""The pages of a gate: what was recorded, readable without a network."""

from __future__ import annotations

import logging
from pathlib import Path

import duckdb
import pytest

from reachline.quality.checks import (
    Result,
    Severity,
    Suite,
    between,
    never_null,
    no_row,
    unique,
)
from reachline.quality.docs import offline, write_docs
from reachline.quality.results import prune, standing_warnings, write_results
from reachline.quality.validation import validate

ROWS = "select unnest([7002, 7003, 7003, null]) as id"
BAD = Suite(
    "model",
    "core.orders (by day)",
    ROWS,
    ("id",),
    (
        never_null("id", "why"),
        unique(("id",), "why"),
        between("id", "why", low=1),
        no_row("id_is_odd", "id % 2 = 0", "odd ids", "why"),
    ),
)
GOOD = Suite("model", "core.clicks", "select 1 as id", ("id",), (never_null("id", "why"),))


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a night's folder with the results and pages of two suites."""
    folder = tmp_path_factory.mktemp("gates") / "2026-03-01"
    validated = validate(duckdb.connect(), [GOOD, BAD])
    write_results(folder, "model", [*validated[GOOD.table], *validated[BAD.table]])
    (folder / "model").mkdir()
    (folder / "model" / "old.html").touch()
    assert write_docs(folder, "model", [GOOD, BAD]) == folder / "model" / "index.html"
    return folder


def page(night: Path, table: str) -> str:
    (found,) = (night / "model" / "validations").rglob(f"{table}.html")
    return found.read_text(encoding="utf-8")


def test_pages_say_what_failed_by_how_much_and_which_rows(night: Path) -> None:
    text = page(night, BAD.table)
    assert "Failed" in text
    assert text.count("unexpected values found") == 2
    for words in ("75% not null", "50% unexpected", "0% unexpected"):  # 1, 2 and 0 of 4 rows
        assert words in text
    assert "7003" in text  # stands twice
    assert "7002" in text  # is even
    assert "select 1 from {batch} where id % 2 = 0" in text
    good = page(night, GOOD.table)
    assert "100% not null" in good
    assert "Succeeded" in good


def test_the_first_page_links_every_suite_those_that_failed_first(night: Path) -> None:
    text = (night / "model" / "index.html").read_text(encoding="utf-8")
    assert "Gate model, night of 2026-03-01" in text
    assert text.index("core.orders") < text.index("core.clicks")
    assert "<td>4</td><td>3</td>" in text
    links = [part.split('"')[0] for part in text.split('href="')[1:]]
    assert len(links) == 2
    for link in links:
        assert (
            night / "model" / link.replace("%20", " ").replace("%28", "(").replace("%29", ")")
        ).is_file()


def test_pages_refer_to_nothing_outside(night: Path) -> None:
    pages = list((night / "model").rglob("*.html"))
    assert len(pages) == 5  # the first one; of each suite what it expects and what was found
    text = "\n".join(each.read_text(encoding="utf-8") for each in pages)
    assert "https://" not in text
    assert "http://" not in text
    assert "<script" not in text


def test_results_of_a_check_that_is_gone_are_named(
    night: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        write_docs(night, "model", [BAD])
    assert "core.clicks: id_is_never_null is no longer defined" in caplog.text
    assert "core.clicks" not in (night / "model" / "index.html").read_text(encoding="utf-8")


def test_offline_keeps_the_words_of_a_link() -> None:
    page = '<head></head><a href="https://out.example/x">words</a><img src="https://a.example/i">'
    assert "words" in offline(page)
    assert "example" not in offline(page)


def test_a_warning_stands_from_the_last_time_that_its_stage_ran(tmp_path: Path) -> None:
    def result(check: str, severity: Severity, *, success: bool) -> Result:
        return Result("model", "t", check, severity, success, "x", "y", "z")

    passed = result("passed", "warn", success=True)
    blocked = result("blocked", "block", success=False)
    for day, name in (("2026-03-01", "old"), ("2026-03-03", "last"), ("2026-03-09", "later")):
        warned = result(name, "warn", success=False)
        write_results(tmp_path / day, "model", [passed, blocked, warned])
    write_results(tmp_path / "2026-03-04", "staging", [])
    assert standing_warnings(tmp_path / "2026-03-05", "model") == {("t", "last")}
    assert standing_warnings(tmp_path / "2026-03-03", "model") == {("t", "last")}
    assert standing_warnings(tmp_path / "2026-03-05", "staging") == frozenset()
    assert standing_warnings(tmp_path / "2026-02-28", "model") == frozenset()


def test_old_results_are_removed(tmp_path: Path) -> None:
    for day in ("2026-03-01", "2026-03-02", "2026-03-03"):
        (tmp_path / day).mkdir()
    prune(tmp_path / "2026-03-03", keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-03-02", "2026-03-03"]


def test_a_night_that_is_built_late_keeps_its_own_results(tmp_path: Path) -> None:
    for day in ("2026-02-01", "2026-03-02", "2026-03-03"):
        (tmp_path / day).mkdir()
    prune(tmp_path / "2026-02-01", keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-02-01", "2026-03-03"]
