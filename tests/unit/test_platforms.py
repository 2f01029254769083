"""What the modules of platforms say holds for what else knows platforms."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reachline.configuration import EXAMPLE
from reachline.configuration.platforms import ConnectorOptions, platforms, refusal, sources
from reachline.connectors import connector
from reachline.settings import load_settings
from reachline.warehouse.dbt import PROJECT

STAGING = PROJECT / "models" / "staging"
OF_NO_SOURCE = {"inbox", "retention", "unread"}


@pytest.mark.parametrize("source", sources())
def test_a_source_has_a_connector_and_a_mapping(source: str) -> None:
    assert connector(source).source == source
    assert list((STAGING / source).glob("*.sql"))


def test_there_is_no_other_source() -> None:
    mapped = {path.name for path in STAGING.iterdir() if path.is_dir()} - OF_NO_SOURCE
    modules = {
        path.stem
        for path in (Path(connector("x").__module__.replace(".", "/")).parent).glob("*.py")
        if re.search(r"^    source = ", path.read_text("utf-8"), re.MULTILINE)
    }
    assert mapped == sources().keys()
    assert modules <= sources().keys()


@pytest.mark.parametrize("model", sorted(STAGING.glob("*/stg_*.sql")), ids=lambda path: path.stem)
def test_a_mapping_is_of_a_known_platform_and_reads_nothing_that_it_never_reports(
    model: Path,
) -> None:
    text = model.read_text("utf-8")
    named = set(re.findall(r"'(\w+)' as platform\b", text))
    assert named <= platforms().keys()
    for name in named:
        # the last select, whose columns are those of the stream
        columns = set(
            re.findall(r"(?:\bas |\.)(\w+),?$", text.rpartition("\nselect")[2], re.MULTILINE)
        )
        assert columns & {*platforms()[name].never_reports} == set()


HANDLES = {
    "bluesky": (["anna.bsky.social", "xn--ls8h.example"], ["anna", "an_na.bsky.social", ".a.b"]),
    "instagram": (["a", "anna.brews_1", "a" * 30], ["a" * 31, "anna-b", "anna b", "ünna"]),
    "mastodon": (
        ["anna", "anna@m.social", "a.n-n_a@sub.m.example", "a@münchen.social"],
        ["anna@", "@m.social", "anna.@m.social", "anna@m@m.social", "anna@server"],
    ),
    "tiktok": (["an", "anna.brews_1", "a" * 24], ["a", "a" * 25, "anna.", "anna-b"]),
    "x": (["a", "anna_1", "a" * 15], ["a" * 16, "anna.b", "anna-b", "ünna"]),
    "youtube": (
        ["abc", "anna.b-r_w·s", "a" * 30, "珈琲", "हिन्दी"],
        ["ab", "a" * 31, "anna b", "anna!", "珈" * 31],
    ),
}
"""What each platform gives as a handle, and what it does not."""


def test_each_platform_s_handles_are_known() -> None:
    assert HANDLES.keys() == {name for name, facts in platforms().items() if facts.handle}


@pytest.mark.parametrize("name", HANDLES)
def test_handles_are_those_that_the_platform_gives(name: str) -> None:
    given, refused = HANDLES[name]
    assert [refusal(name, handle) for handle in given] == [""] * len(given)
    for handle in refused:
        assert refusal(name, handle).startswith(f"a handle of {name} is "), handle
    assert refusal("pinterest", "any thing") == "", "of others nothing is known"


@pytest.mark.parametrize("name", platforms())
def test_facts_fit_each_other(name: str) -> None:
    facts = platforms()[name]
    assert not {*facts.public_counts} & {*facts.never_reports}
    for link in facts.post_links:
        named = {int(group) for group in re.findall(r"\\(\d)", link.native_id)}
        assert named == {*range(1, re.compile(link.form).groups + 1)}
    for form in (*facts.short_links, *(link.form for link in facts.post_links)):
        assert re.compile(form)
        assert "'" not in form
    if facts.derivation_needs_consent:
        assert "derived_metrics_accepted" in sources()[name].options.model_fields


def test_every_option_says_what_it_means() -> None:
    for options in (ConnectorOptions, *(source.options for source in sources().values())):
        own = {name: options.model_fields[name] for name in options.__annotations__}
        assert [name for name, field in own.items() if not field.description] == []


def test_the_example_knows_no_other_platforms() -> None:
    config = load_settings(None, EXAMPLE).config
    named = {row.platform for row in (*config.tiers, *config.platform_metrics)} - {"*"}
    named |= {platform for brand in config.brands for platform in brand.handles}
    assert named <= platforms().keys()
