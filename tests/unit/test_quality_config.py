"""config/quality.yml: may be left out, every mistake named, and each rule reaches its check."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from reachline.configuration import EXAMPLE
from reachline.configuration.quality import FIRM, checks_in_force, known_checks
from reachline.quality.suites import ruled, suites_of
from reachline.settings import ConfigError, Quality, load_settings
from tests.gates.small_night import NIGHT


@pytest.fixture
def folder(tmp_path: Path, project: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "config"))


def written(folder: Path, text: str) -> Quality:
    (folder / "quality.yml").write_text(text)
    return load_settings(folder.parent / "data", folder).quality


def mistake(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        written(folder, text)
    (problem,) = caught.value.problems
    return str(problem)


def test_what_the_file_shows_is_what_holds_without_it(folder: Path, tmp_path: Path) -> None:
    shown = load_settings(tmp_path, folder).quality
    (folder / "quality.yml").unlink()
    assert load_settings(tmp_path, folder).quality == shown == Quality()


def test_the_sections_that_the_file_shows_are_sound(folder: Path) -> None:
    text = (EXAMPLE / "quality.yml").read_text()
    shown = [line.removeprefix("# ") for line in text.splitlines()]
    keys = ("checks:", "volume:", "drift:", "refused_files:", "known_anomalies:", "  ")
    quality = written(folder, "\n".join(line for line in shown if line.startswith(keys)))
    assert quality.refused_files == {"orders": "block"}
    (rule,) = quality.checks
    assert (rule.severity, rule.owner) == ("block", "the data team")
    (sale,) = quality.known_anomalies
    assert (sale.first, sale.last) == (date(2026, 11, 27), date(2026, 11, 30))
    assert sale.holds(date(2026, 11, 30), "landing.volume", "rows_are_usual")
    assert not sale.holds(date(2026, 12, 1), "landing.volume", "rows_are_usual")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("checks: [{table: core.fct_order, severity: warn}]\n", "did you mean core.fct_orders?"),
        ("checks: [{table: zzzz, severity: warn}]\n", "`reachline gates checks` lists"),
        (
            "checks: [{table: core.fct_orders, check: grain_is_uniq, severity: warn}]\n",
            "did you mean grain_is_unique?",
        ),
        ("checks: [{table: core.fct_orders}]\n", "write severity, owner or why"),
        ("checks: [{table: core.fct_orders, owner: ann@example.com}]\n", "and is published"),
        ("checks: [{table: core.fct_orders, severity: stop}]\n", "write block or warn"),
        ("checks: [{table: release.texts, severity: warn}]\n", "always block"),
        (
            "checks: [{table: core.fct_orders, owner: a}, {table: core.fct_orders, owner: b}]\n",
            "the first is checks[0]",
        ),
        ("volume: {block_spreads: 3.0}\n", "write block_spreads of 3.5 or more"),
        ("volume: {least_days: 9}\n", "fewer weeks than least_days"),
        ("drift: {collapse_share: 0.95}\n", "write a warn_share of 0.95 or more"),
        ("drift: {surge_ratio: 1.2}\n", "write a warn_ratio of 1.2 or less"),
        ("drift: {null_share: 0.05}\n", "write a null_warn_share of 0.05 or less"),
        ("drift: {surge: 2}\n", "did you mean surge_ratio?"),
        ("refused_files: {order: block}\n", "did you mean orders?"),
        ("refused_files: {orders: stop}\n", "write block or warn"),
        (
            "known_anomalies: [{name: a, reason: b, from: 2026-01-02, to: 2026-01-01}]\n",
            "write a day from 2026-01-02 on as `to`",
        ),
        (
            "known_anomalies: [{name: a, reason: b, from: 2026-01-02}]\n",
            "known_anomalies[0].to: a value is missing",
        ),
        (
            "known_anomalies: [{name: a, reason: b, till: 2026-01-02, from: 2026-01-02, "
            "to: 2026-01-02}]\n",
            "known here: checks, from, name, reason, tables, to",
        ),
        (
            "known_anomalies: [{name: a, reason: b, from: 2026-01-02, to: 2026-01-02, "
            "tables: [core.fct_order]}]\n",
            "did you mean core.fct_orders?",
        ),
        (
            "known_anomalies: [{name: a, reason: b, from: 2026-01-02, to: 2026-01-02, "
            "tables: [order]}]\n",
            "did you mean orders?",
        ),
        (
            "known_anomalies: [{name: a, reason: b, from: 2026-01-02, to: 2026-01-02, "
            "checks: [landing.volumes]}]\n",
            "did you mean landing.volume?",
        ),
    ],
)
def test_a_mistake_says_field_value_and_remedy(folder: Path, text: str, said: str) -> None:
    problem = mistake(folder, text)
    assert f"{folder}/quality.yml:1: " in problem
    assert said in problem


def test_a_rule_for_a_check_goes_before_one_for_its_table(folder: Path) -> None:
    quality = written(
        folder,
        """
        checks:
          - {table: core.fct_orders, check: grain_is_unique, severity: warn, why: Ours.}
          - {table: core.fct_orders, severity: block, owner: the data team}
        """,
    )
    suites = {s.table: s for found in suites_of(NIGHT).values() for s in ruled(found, quality)}
    by_name = {check.name: check for check in suites["core.fct_orders"].checks}
    one = by_name.pop("grain_is_unique")
    assert (one.severity, one.owner, one.why) == ("warn", "the data team", "Ours.")
    assert {(c.severity, c.owner) for c in by_name.values()} == {("block", "the data team")}
    assert all(c.why != "Ours." for c in by_name.values())
    others = [c for table, s in suites.items() if table != "core.fct_orders" for c in s.checks]
    assert all(check.owner == "" for check in others)
    in_force = checks_in_force(quality)
    assert ("grain_is_unique", "warn", "the data team") in in_force["core.fct_orders"]


def test_the_checks_that_can_be_named_are_those_that_gates_make() -> None:
    made = {s.table: s for found in suites_of(NIGHT).values() for s in found}
    assert set(known_checks()) == set(made)
    for table, checks in known_checks().items():
        assert checks == {check.name: check.severity for check in made[table].checks}
    assert set(FIRM) <= set(made)


def test_the_docs_say_every_field_and_its_default(project: Path) -> None:
    text = (project / "docs" / "configuration.md").read_text(encoding="utf-8")
    for section in ("volume", "drift"):
        bounds = getattr(Quality(), section)
        for name, value in bounds:
            assert f"| `{section}.{name}` | {value} |" in text
    said = YAML(typ="safe").load(EXAMPLE / "quality.yml")
    assert said == {section: dict(getattr(Quality(), section)) for section in ("volume", "drift")}
