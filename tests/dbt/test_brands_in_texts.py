"""Which posts name a brand, by keyword and hashtag: one night over posts written by hand."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

import pytest

from reachline.configuration import EXAMPLE
from reachline.warehouse import runs
from tests.dbt.landed import Home, new_home

MOMENT = "2026-02-10T12:00:00Z"
BRANDS = """
reporting: {currency: USD}
brands:
  - brand_id: acme
    name: Acme
    role: own
    keywords: [acme, acme coffee]
    exclude: [Acme Anvils, 'acme & co', 漫画]
    hashtags: ['ぼっち・ざ・ろっく', bocchi]
  - brand_id: rival
    name: Rival
    role: competitor
    keywords: [acme, roast]
    hashtags: [ぼっち]
"""

# post: its text and hashtags, and who is named how
CASES: dict[str, tuple[Mapping[str, str], set[tuple[str, str]]]] = {
    "plain": ({"text": "My ACME mug"}, {("acme", "keyword"), ("rival", "keyword")}),
    "in_a_link": ({"text": "see https://shop.example/acme and www.acme.example/roast"}, set()),
    "in_a_query": ({"text": "https://x.example/?q=acme&b=roast#acme"}, set()),
    "beside_a_link": ({"text": "roast https://shop.example/acme"}, {("rival", "keyword")}),
    "in_a_word": ({"text": "acmeology, roasts"}, set()),
    "excluded": ({"text": "ACME anvils fall down"}, {("rival", "keyword")}),
    "excluded_elsewhere": ({"text": "acme coffee, by Acme Anvils"}, {("rival", "keyword")}),
    "excluded_by_signs": ({"text": "Acme & Co: roast"}, {("rival", "keyword")}),
    "excluded_without_spaces": ({"text": "acme漫画だ"}, {("rival", "keyword")}),
    "not_quite_excluded": (
        {"text": "acme anvilsmith"},
        {("acme", "keyword"), ("rival", "keyword")},
    ),
    "excluded_in_a_link": (
        {"text": "acme https://x.example/acme anvil"},
        {("acme", "keyword"), ("rival", "keyword")},
    ),
    # what excludes a keyword says nothing of hashtags
    "excluded_with_a_hashtag": (
        {"text": "漫画 #bocchi acme"},
        {("acme", "hashtag"), ("rival", "keyword")},
    ),
    "listed": (
        {"text": "#ぼっち・ざ・ろっく", "hashtags": "ぼっち・ざ・ろっく"},
        {("acme", "hashtag")},
    ),
    "listed_twice": (
        {"text": "#ぼっち・ざ・ろっく #ぼっち", "hashtags": "ぼっち・ざ・ろっく|ぼっち"},
        {("acme", "hashtag"), ("rival", "hashtag")},
    ),
    "not_listed": ({"text": "#ぼっち・ざ・ろっく"}, {("rival", "hashtag")}),
}


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("named")
    shutil.copytree(EXAMPLE, folder / "config")
    (folder / "config" / "brands.yml").write_text(BRANDS, encoding="utf-8")
    home = new_home(folder, folder / "config")
    home.land(
        "posts",
        [
            {
                "platform": "x",
                "native_post_id": name,
                "observed_at": MOMENT,
                "published_at": MOMENT,
                "text": post.get("text"),
                "hashtags": post.get("hashtags"),
            }
            for name, (post, _) in CASES.items()
        ],
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "GOALS", ("int_posts__match_brands",))
        home.night()
    return home


@pytest.mark.parametrize("name", CASES)
def test_a_post_names_brands(night: Home, name: str) -> None:
    found = night.rows(
        "select brand_id, kind from work.intermediate.int_posts__match_brands"
        f" where post_id = 'x:{name}'"
    )
    assert set(found) == CASES[name][1]


def test_hashtags_are_those_of_the_list_and_of_the_text(night: Home) -> None:
    rows = night.rows(
        "select split_part(post_id, ':', 2), hashtags"
        " from work.intermediate.int_posts__fold_versions"
    )
    hashtags = {str(name): listed for name, listed in rows}
    assert hashtags["listed"] == ["ぼっち・ざ・ろっく"]
    assert hashtags["listed_twice"] == ["ぼっち", "ぼっち・ざ・ろっく"]
    assert hashtags["not_listed"] == ["ぼっち"]
