"""Whether paid posts kept to their briefs: by hand, and night by night as a rebuild has it.

Each post is named by a deliverable of the collaboration that its case is about, so that nothing but
the brief, the codes, the links and the days decide.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

from reachline.warehouse import runs
from tests.dbt.landed import Home, new_home

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)

Row = Mapping[str, str | None]
GONE = {"is_deleted": "true"}


def _campaign(name: str, **brief: str) -> Row:
    ids = {"campaign_id": name, "brand_id": "acme", "campaign_name": name}
    return {**ids, "starts_on": "2026-01-01", "ends_on": "2026-02-20", **brief}


def _collaboration(name: str, campaign: str, status: str = "active") -> Row:
    ids = {"collaboration_id": name, "campaign_id": campaign, "creator_id": "ann"}
    return {**ids, "status": status}


def _post(name: str, text: str | None = "hello", platform: str = "x", **more: str | None) -> Row:
    moment = "2026-02-10T12:00:00Z"
    ids = {"platform": platform, "native_post_id": name, "observed_at": moment}
    place = {"published_at": moment, "permalink": f"https://x.com/ann/{name}"}
    return {**ids, **place, "native_account_id": "1", "text": text, **more}


def _due(name: str, collaboration: str, day: str = "2026-02-10", number: str = "1") -> Row:
    ids = {"deliverable_id": f"{name}-{number}", "collaboration_id": collaboration}
    url = f"http://www.X.com/ann/{name}/?s=20"
    return {**ids, "platform": "x", "due_on": day, "post_url": url}


def _code(code: str, collaboration: str) -> Row:
    return {"code": code, "valid_from": "2020-01-01", "collaboration_id": collaboration}


def _link(name: str, collaboration: str, url: str) -> Row:
    return {"link_id": name, "collaboration_id": collaboration, "url": url}


BRIEFS = [
    _campaign("open"),
    _campaign("tagged", required_hashtags="#AcmeCoffee|Brew", required_mentions="@AcmeCoffee"),
    _campaign("fediverse", required_mentions="acme@social.example"),
    _campaign("bare", required_mentions="acme"),
    _campaign("clean", forbidden_terms="Cheap|奇跡|ถูกมาก|half-price"),
]
COLLABORATIONS = {
    **{each["campaign_id"]: each["campaign_id"] for each in BRIEFS},
    **dict.fromkeys(("coded", "linked", "both"), "open"),
}
CODES = [_code("SAVE10", "coded"), _code("ANN", "both")]
LINKS = [
    _link("l1", "linked", "https://www.acmecoffee.example/s?utm_campaign=spring&utm_content=ann-1"),
    _link("l2", "linked", "https://sho.rt/abc"),
    _link("l3", "both", "https://sho.rt/both"),
]

# post: collaboration, rule, result, evidence; the post itself
CASES: dict[str, tuple[str, str, str | None, str, Row]] = {
    "nothing_asked": (
        *("open", "required_hashtags", None, "the brief asks for none"),
        {"text": "#acmecoffee"},
    ),
    "no_mentions_asked": ("open", "required_mentions", None, "the brief asks for none", {}),
    "nothing_forbidden": ("open", "forbidden_terms", None, "the brief forbids none", {}),
    "no_code_given": ("open", "tracking", None, "neither a code nor a link was given", {}),
    "labelled": (
        *("open", "disclosure", "pass", "paid label of the platform"),
        {"text": "so good #ad", "is_paid_label": "true"},
    ),
    "disclosed": ("open", "disclosure", "pass", '"#ad" at character 3', {"text": "☕ #ad"}),
    "unclear": ("open", "disclosure", "weak", '"#sp" at character 1', {"text": "#sp"}),
    "behind_one": (
        *("open", "disclosure", "pass", '"#ad" at character 8, behind 1 hashtag'),
        {"text": "#latte #ad"},
    ),
    "behind_many": (
        *("open", "disclosure", "weak", '"#ad" at character 13, behind 4 hashtags'),
        {"text": "#a #b #c #d #ad"},
    ),
    "denied": (
        *("open", "disclosure", "fail", "neither a paid label nor a known token"),
        {"text": "Not sponsored by anybody", "language": "en"},
    ),
    "by_the_brand": (
        *("open", "disclosure", "pass", '"#acmecoffee_partner" at character 1'),
        {"text": "#AcmeCoffee_Partner"},
    ),
    "silent": ("open", "disclosure", "fail", "neither a paid label nor a known token", {}),
    "both_tags": (
        *("tagged", "required_hashtags", "pass", "found: #acmecoffee, #brew"),
        {"text": "#ACMECOFFEE", "hashtags": "brew"},
    ),
    "one_tag": (
        *("tagged", "required_hashtags", "fail", "missing: #brew; found: #acmecoffee"),
        {"text": "#acmecoffee #brewing"},
    ),
    "no_text": (
        *("tagged", "required_hashtags", "fail", "missing: #acmecoffee, #brew"),
        {"text": None},
    ),
    "mentions": (
        *("tagged", "required_mentions", "pass", "found: @acmecoffee"),
        {"text": "with @AcmeCoffee."},
    ),
    "other_mention": (
        *("tagged", "required_mentions", "fail", "missing: @acmecoffee"),
        {"text": "@acmecoffee2, mail@acmecoffee.example"},
    ),
    # bare on its own server, in full from another, bare on another
    "at_home": (
        *("fediverse", "required_mentions", "pass", "found: @acme@social.example"),
        {
            "text": "by @acme",
            "platform": "mastodon",
            "native_account_id": "https://social.example/users/ann",
        },
    ),
    "from_afar": (
        *("fediverse", "required_mentions", "pass", "found: @acme@social.example"),
        {
            "text": "by @Acme@social.example",
            "platform": "mastodon",
            "native_account_id": "https://far.example/users/ann",
        },
    ),
    "another_acme": (
        *("fediverse", "required_mentions", "fail", "missing: @acme@social.example"),
        {
            "text": "by @acme",
            "platform": "mastodon",
            "native_account_id": "https://far.example/users/ann",
        },
    ),
    # who asks for the bare user means the one of the post's server
    "bare_at_home": (
        *("bare", "required_mentions", "pass", "found: @acme"),
        {
            "text": "by @acme@social.example",
            "platform": "mastodon",
            "native_account_id": "https://social.example/users/ann",
        },
    ),
    "bare_from_afar": (
        *("bare", "required_mentions", "fail", "missing: @acme"),
        {
            "text": "by @acme@social.example",
            "platform": "mastodon",
            "native_account_id": "https://far.example/users/ann",
        },
    ),
    "not_mastodon": (
        *("fediverse", "required_mentions", "fail", "missing: @acme@social.example"),
        {"text": "by @acme"},
    ),
    "clean_text": (
        *("clean", "forbidden_terms", "pass", "none of: Cheap, 奇跡, ถูกมาก, half-price"),
        {"text": "cheaper than the cheapskate's, at half-prices"},
    ),
    "cheap": (
        *("clean", "forbidden_terms", "fail", '"cheap" in "So CHEAP!"'),
        {"text": "So CHEAP!"},
    ),
    "japanese": (
        *("clean", "forbidden_terms", "fail", '"奇跡" in "これは奇跡の豆です"'),
        {"text": "これは奇跡の豆です"},
    ),
    "thai": (
        *("clean", "forbidden_terms", "fail", '"ถูกมาก" in "กาแฟถูกมากจริงๆ"'),
        {"text": "กาแฟถูกมากจริงๆ"},
    ),
    "two_terms": (
        *("clean", "forbidden_terms", "fail"),
        '"half-price" in "Half-Price, so cheap"; "cheap" in "Half-Price, so cheap"',
        {"text": "Half-Price, so cheap"},
    ),
    "no_words": (
        *("clean", "forbidden_terms", "pass", "none of: Cheap, 奇跡, ถูกมาก, half-price"),
        {"text": None},
    ),
    "has_code": (
        *("coded", "tracking", "pass", 'code "save10" in "use Save10!"'),
        {"text": "use Save10!"},
    ),
    "longer_code": (
        *("coded", "tracking", "fail", "no code of: save10"),
        {"text": "SAVE100 or SAVE10off"},
    ),
    "code_in_link": (
        *("coded", "tracking", "pass", 'code "save10" in a link'),
        {"urls": "https://other.example/discount/SAVE10?mail=ann"},
    ),
    "tracked": (
        *("linked", "tracking", "pass", "its link to acmecoffee.example/new"),
        {"text": "https://acmecoffee.example/new?UTM=1&utm_content=ANN-1&utm_campaign=%20spring"},
    ),
    "half_tracked": (
        *("linked", "tracking", "weak", "only an untracked link to acmecoffee.example/new"),
        {"text": "https://acmecoffee.example/new?utm_content=ann-1"},
    ),
    "page_alone": (
        *("linked", "tracking", "weak", "only an untracked link to acmecoffee.example/s"),
        {"urls": "https://acmecoffee.example/s"},
    ),
    "short_link": (
        *("linked", "tracking", "pass", "its link to sho.rt/abc"),
        {"urls": "http://www.sho.rt/abc/?x=1|https://acmecoffee.example"},
    ),
    "only_the_shop": (
        *("linked", "tracking", "weak", "only an untracked link to shop.acmecoffee.example/p/7"),
        {"urls": "https://shop.acmecoffee.example/p/7?ref=ann"},
    ),
    "another_shop": (
        *("linked", "tracking", "fail", "no tracking link"),
        {"urls": "https://notacmecoffee.example/s2"},
    ),
    "neither": ("both", "tracking", "fail", "no code of: ann; no tracking link", {}),
    # a link of one's own is none of another's
    "anothers_link": (
        *("both", "tracking", "fail", "no code of: ann; no tracking link"),
        {"urls": "https://sho.rt/abc"},
    ),
    "on_its_day": ("open", "on_time", "pass", "due 2026-02-10, published 2026-02-10", {}),
    "late": ("open", "on_time", "fail", "due 2026-02-09, published 2026-02-10", {}),
    "promised_twice": ("open", "on_time", "fail", "due 2026-02-09, published 2026-02-10", {}),
    "stays_up": ("open", "kept_up", "pass", "published 2026-02-10, not known to be gone", {}),
    "taken_down": (
        *("open", "kept_up", "fail", "published 2026-02-10, gone 2026-02-28, after 18 days"),
        {"deleted_on": "2026-02-28"},
    ),
    "up_for_29_days": (
        *("open", "kept_up", "fail", "published 2026-01-20, gone 2026-02-18, after 29 days"),
        {"published_at": "2026-01-20T23:00:00Z", "deleted_on": "2026-02-18"},
    ),
    "up_for_30_days": (
        *("open", "kept_up", "pass", "published 2026-01-20, gone 2026-02-19, after 30 days"),
        {"published_at": "2026-01-20T23:00:00Z", "deleted_on": "2026-02-19"},
    ),
    # it was live, whatever became of it
    "taken_down_in_time": (
        *("open", "on_time", "pass", "due 2026-02-10, published 2026-02-10"),
        {"deleted_on": "2026-02-11"},
    ),
}
DAYS = {"late": ("2026-02-09",), "promised_twice": ("2026-02-09", "2026-02-12")}

# what the second night changes: the post's collaboration, rule, and result before and after
CHANGES: dict[str, tuple[str, str, str | None, str | None]] = {
    "brief_changed": ("edited", "forbidden_terms", "pass", "fail"),
    "brief_gone": ("edited", "required_hashtags", "fail", None),
    "code_given": ("gets_code", "tracking", None, "pass"),
    "code_moved": ("loses_code", "tracking", "pass", "fail"),
    "link_given": ("gets_link", "tracking", "fail", "pass"),
    "due_earlier": ("stays", "on_time", "pass", "fail"),
    "text_edited": ("stays", "disclosure", "fail", "pass"),
    "left_alone": ("stays", "disclosure", "fail", "fail"),
    "moved": ("moves", "required_hashtags", "fail", "pass"),
    "goes": ("stays", "kept_up", "pass", "fail"),
    "to_go": ("stays", "kept_up", "pass", "fail"),
    "comes_back": ("stays", "kept_up", "fail", "pass"),
}
GOES = {"to_go": "2026-03-02", "comes_back": "2026-02-20"}
SAYS = {"code_given": "use NEW5", "code_moved": "use OLD5", "moved": "#second"}
CHANGING = ("edited", "gets_code", "loses_code", "gets_link", "stays", "moves", "stops", "keeps")

FIRST_NIGHT: dict[str, list[Row]] = {
    "creators": [{"creator_id": "ann", "creator_name": "Ann"}],
    "creator_accounts": [
        {"platform": "x", "handle": "ann", "creator_id": "ann", "native_account_id": "2"}
    ],
    "campaigns": [
        *BRIEFS,
        _campaign("edits", forbidden_terms="other", required_hashtags="first"),
        _campaign("first", required_hashtags="first"),
        _campaign("second", required_hashtags="second"),
    ],
    "collaborations": [
        *(_collaboration(str(name), str(campaign)) for name, campaign in COLLABORATIONS.items()),
        _collaboration("edited", "edits"),
        _collaboration("moves", "first"),
        *(_collaboration(name, "open") for name in CHANGING if name not in ("edited", "moves")),
    ],
    "deliverables": [
        *(
            _due(name, case[0], day, str(number))
            for name, case in CASES.items()
            for number, day in enumerate(DAYS.get(name, ("2026-02-10",)), 1)
        ),
        *(_due(name, change[0]) for name, change in CHANGES.items()),
        _due("cancelled", "stops"),
    ],
    "promo_codes": [*CODES, _code("OLD5", "loses_code"), _code("KEPT", "loses_code")],
    "tracking_links": [*LINKS, _link("l9", "gets_link", "https://sho.rt/elsewhere")],
    "posts": [
        *(_post(name, **{"text": "hello", **case[4]}) for name, case in CASES.items()),
        *(
            _post(name, SAYS.get(name, "cheap https://sho.rt/mine"), deleted_on=GOES.get(name))
            for name in CHANGES
        ),
        _post("cancelled"),
        # paid by its author's collaborations, and named by no deliverable
        _post("by_author", "@acmecoffee", native_account_id="2", permalink=None),
    ],
}
SECOND_NIGHT: dict[str, list[Row]] = {
    "campaigns": [_campaign("edits", forbidden_terms="cheap", required_hashtags="")],
    "collaborations": [
        _collaboration("moves", "second"),
        _collaboration("stops", "open", "cancelled"),
    ],
    "deliverables": [_due("due_earlier", "stays", "2026-02-09")],
    "promo_codes": [_code("NEW5", "gets_code"), _code("OLD5", "keeps")],
    "tracking_links": [_link("l9", "gets_link", "https://sho.rt/mine")],
    "posts": [
        {**_post(name, text, deleted_on=gone), "observed_at": "2026-03-02T12:00:00Z"}
        for name, text, gone in (
            ("text_edited", "#ad", None),
            ("goes", "hello", "2026-03-01"),
            ("comes_back", "hello", None),
        )
    ],
}


@pytest.fixture(scope="module", autouse=True)
def _these_models_only() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        # what the report is made of, so that three nights take no longer than they must
        patch.setattr(runs, "GOALS", ("compliance",))
        yield


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = new_home(tmp_path_factory.mktemp("nightly"))
    _land(home, FIRST_NIGHT, FIRST)
    home.night(FIRST)
    return home


@pytest.fixture(scope="module")
def results_before(first_night: Home) -> Mapping[tuple[object, object], tuple[object, object]]:
    return _results(first_night)


@pytest.fixture(scope="module")
def second_night(
    first_night: Home, results_before: Mapping[tuple[object, object], tuple[object, object]]
) -> Home:
    _land(first_night, SECOND_NIGHT, SECOND)
    first_night.night(SECOND)
    return first_night


def _land(home: Home, night: Mapping[str, list[Row]], day: date) -> None:
    for stream, rows in night.items():
        columns = tuple(dict.fromkeys(name for row in rows for name in row))
        home.land(stream, rows, day=day, columns=columns)


def _results(home: Home) -> dict[tuple[object, object], tuple[object, object]]:
    rows = home.rows(
        "select split_part(post_id, ':', 2), rule, result, evidence from reports.compliance"
    )
    return {(name, rule): (result, evidence) for name, rule, result, evidence in rows}


@pytest.mark.parametrize("name", CASES)
def test_a_post_is_held_to_its_brief(
    results_before: Mapping[tuple[object, object], tuple[object, object]], name: str
) -> None:
    _, rule, result, evidence, _ = CASES[name]
    assert results_before[name, rule] == (result, evidence)


def test_every_paid_post_has_all_rules(first_night: Home, results_before: object) -> None:
    whole = first_night.rows(
        "select post_id from reports.compliance group by post_id having count(*) = 7"
    )
    assert len(whole) == len(FIRST_NIGHT["posts"])
    assert _results(first_night)["by_author", "on_time"][0] is None


@pytest.mark.parametrize("name", CHANGES)
def test_what_changed_reached_its_posts(
    results_before: Mapping[tuple[object, object], tuple[object, object]],
    second_night: Home,
    name: str,
) -> None:
    _, rule, before, after = CHANGES[name]
    assert (results_before[name, rule][0], _results(second_night)[name, rule][0]) == (before, after)


def test_a_post_of_a_cancelled_collaboration_is_not_held_to_anything(second_night: Home) -> None:
    assert {post for post, _ in _results(second_night)} == {
        *CASES,
        *CHANGES,
        "by_author",
    }


@pytest.mark.slow
def test_two_nights_equal_one_rebuild_and_a_night_with_nothing_new_touches_nothing(
    second_night: Home, tmp_path: Path
) -> None:
    rebuilt = new_home(tmp_path)
    shutil.copytree(second_night.settings.paths.landing, rebuilt.settings.paths.landing)
    rebuilt.night(SECOND)
    everything = "select * from reports.compliance order by all"
    assert second_night.rows(everything) == rebuilt.rows(everything)
    second_night.night(SECOND)
    assert second_night.rows(everything) == rebuilt.rows(everything)
    assert second_night.rows("select * from work.intermediate.int_touched__compliance") == []
