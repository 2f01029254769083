"""The configuration: what a sound one holds, and that every mistake is named, all at once."""

from __future__ import annotations

import re
import shutil
import unicodedata
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reachline.configuration import EXAMPLE
from reachline.configuration.content_types import SPELLINGS, content_type
from reachline.configuration.fields import lower, normalize
from reachline.configuration.models import STREAMS
from reachline.settings import ConfigError, Paths, Problem, config_tables, load_settings

BRANDS = """\
reporting:
  currency: EUR
  time_zone: Europe/Berlin
brands:
  - brand_id: acme
    name: Acme Coffee
    role: own
    handles:
      instagram: ["@AcmeCoffee", acmecoffee]
      mastodon: [acme@social.example]
    hashtags: ["#BrewBetter"]
    keywords: [ Acme Coffee ]
    domains: [AcmeCoffee.example]
    niches: [coldbrew]
    competitors: [rival]
  - brand_id: rival
    name: Rival
    role: competitor
    handles:
      instagram: [rival]
"""


@pytest.fixture
def folder(tmp_path: Path, project: Path) -> Path:
    config = tmp_path / "config"
    shutil.copytree(EXAMPLE, config)
    (config / "brands.yml").write_text(BRANDS)
    return config


def problems(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        load_settings(home=folder.parent / "data", config=folder)
    return caught.value.problems


def only(folder: Path) -> Problem:
    found = problems(folder)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new))


# ------------------------------------------------------------------ a sound configuration


def test_the_shipped_configuration_is_sound(project: Path) -> None:
    config = load_settings(config=EXAMPLE).config
    assert config.reporting.currency == "USD"
    assert config.thresholds.fx_stale_days == 10
    assert config.thresholds.fx_missing_block_share == 0.01
    assert config.thresholds.keep_releases == 7
    assert config.thresholds.profit_coverage_min == 0.9
    assert config.thresholds.authenticity_min_score == 65
    assert config.thresholds.shortlist_tiers == ("micro",)
    assert config.sources.inbox.settle_seconds == 30


def test_texts_are_normalised_as_they_are_compared(folder: Path) -> None:
    acme = load_settings(config=folder).config.brands[0]
    assert acme.handles["instagram"] == ("acmecoffee",)
    assert acme.hashtags == ("brewbetter",)
    assert acme.keywords == ("acme coffee",)
    assert acme.domains == ("acmecoffee.example",)


def test_a_channel_s_id_keeps_its_case_and_is_compared_without(folder: Path) -> None:
    channel = "UCabcDEF-123_xyzABCDEF45"
    listed = f"YouTube: [' {channel} ', '@Acme']\n      twitch: [{channel}]\n      mastodon"
    edit(folder / "brands.yml", "mastodon", listed)
    config = load_settings(config=folder).config
    acme = config.brands[0]
    assert acme.handles["youtube"] == (channel, "acme")
    assert acme.handles["twitch"] == (channel.lower(),), "an id is YouTube's alone"
    handles = [row["handle"] for row in config_tables(config)["brand_handles"].to_pylist()]
    assert channel.lower() in handles
    assert channel not in handles


@pytest.mark.parametrize("name", ["window_days", "half_life_days"])
@pytest.mark.parametrize("value", ["0", "-1", "366", "1.5", "true", "a week"])
def test_windows_and_half_lives_are_whole_days_of_a_year(
    folder: Path, name: str, value: str
) -> None:
    (folder / "thresholds.yml").write_text(f"attribution: {{{name}: {value}}}\n")
    with pytest.raises(ConfigError, match=rf"thresholds\.yml.*attribution\.{name}"):
        load_settings(config=folder)


def test_a_configuration_cannot_be_changed_in_a_run(folder: Path) -> None:
    config = load_settings(config=folder).config
    with pytest.raises(ValueError, match="frozen"):
        config.reporting.currency = "USD"  # type: ignore[misc]


def test_a_file_is_read_anew_once_its_text_changed_and_tells_the_same_until_then(
    folder: Path,
) -> None:
    edit(folder / "thresholds.yml", "keep_releases: 7", "keep_releases: many")
    first = only(folder)
    assert only(folder) == first
    edit(folder / "thresholds.yml", "keep_releases: many", "keep_releases: 9")
    assert load_settings(config=folder).config.thresholds.keep_releases == 9


def test_paths_come_from_the_argument_then_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REACHLINE_HOME", "/somewhere/else")
    monkeypatch.setenv("REACHLINE_CONFIG", str(folder))
    assert load_settings().paths == Paths(Path("/somewhere/else"))
    assert load_settings().config_dir == folder
    assert load_settings(home=Path("/here")).paths.landing == Path("/here/landing")
    monkeypatch.delenv("REACHLINE_HOME")
    monkeypatch.chdir(folder.parent)
    assert load_settings().paths.home == folder.parent / "data"


def test_the_tables_hold_the_configuration_with_types(folder: Path) -> None:
    tables = config_tables(load_settings(config=folder).config)
    rows = {name: table.to_pylist() for name, table in tables.items()}
    assert rows["reporting"] == [{"currency": "EUR", "time_zone": "Europe/Berlin"}]
    assert rows["brands"][1] == {
        "brand_id": "rival",
        "brand_name": "Rival",
        "role": "competitor",
    }
    assert rows["brand_handles"] == [
        {"brand_id": "acme", "platform": "instagram", "handle": "acmecoffee"},
        {"brand_id": "acme", "platform": "mastodon", "handle": "acme@social.example"},
        {"brand_id": "rival", "platform": "instagram", "handle": "rival"},
    ]
    assert rows["brand_competitors"] == [{"brand_id": "acme", "competitor_brand_id": "rival"}]
    assert rows["tiers"][1] == {
        "platform": "*",
        "tier": "micro",
        "min_followers": 1000,
        "max_followers": 100000,
    }
    assert rows["tiers"][4]["max_followers"] is None
    assert {"name": "fx_stale_days", "value": 10.0} in rows["thresholds"]
    assert {"name": "profit_coverage_min", "value": 0.9} in rows["thresholds"]
    assert rows["attribution"] == [{"window_days": 30, "half_life_days": 7, "renewals": False}]
    rate = rows["emv_rates"][-1]
    assert "MightyScout" in str(rate.pop("source"))
    assert rate == {
        "platform": "youtube",
        "content_type": "*",
        "action": "views",
        "value": Decimal("0.02"),
        "currency": "USD",
    }
    assert rows["freshness"][0] == {
        "source": "*",
        "stream": "posts",
        "warn_after_days": 2,
        "error_after_days": 7,
    }
    assert len(rows["bot_patterns"]) > 500
    assert [tables["tiers"].schema.field(i).type for i in (1, 3)] == ["string", "int64"]


def test_a_table_without_rows_has_its_columns(folder: Path) -> None:
    (folder / "sources.yml").write_text("")
    freshness = config_tables(load_settings(config=folder).config)["freshness"]
    assert freshness.num_rows == 0
    assert freshness.column_names == ["source", "stream", "warn_after_days", "error_after_days"]


def test_hashtags_may_be_of_any_script(folder: Path) -> None:
    tags = ["ぼっち・ざ・ろっく", "l·lum", "کتاب\u200cخوانی", "कॉफ़ी", "2024_"]
    edit(folder / "brands.yml", '["#BrewBetter"]', "[" + ", ".join(f"'{t}'" for t in tags) + "]")
    rows = config_tables(load_settings(config=folder).config)["brand_hashtags"].to_pylist()
    assert [row["hashtag"] for row in rows if row["brand_id"] == "acme"] == [
        unicodedata.normalize("NFC", tag) for tag in tags
    ]


def test_what_excludes_a_keyword_is_compared_as_keywords_are(folder: Path) -> None:
    edit(
        folder / "brands.yml",
        "    niches:",
        "    exclude: [ACME  Anvils, acme  anvils]\n    niches:",
    )
    rows = config_tables(load_settings(config=folder).config)["brand_exclusions"].to_pylist()
    assert rows == [{"brand_id": "acme", "term": "acme  anvils"}]


def test_what_a_file_says_nothing_of_has_its_default(folder: Path) -> None:
    (folder / "disclosure.csv").write_text("token,strength,language\n#ad,clear,*\n")
    (token,) = load_settings(config=folder).config.disclosure
    assert (token.token, token.place, token.ordinary_in, token.source) == (
        "#ad",
        "anywhere",
        (),
        None,
    )
    (folder / "disclosure.csv").write_text("language,token,strength,place\n*,#ad,clear,\n")
    (token,) = load_settings(config=folder).config.disclosure
    assert token.place == "anywhere"


def test_disclosures_are_compared_in_one_form(folder: Path) -> None:
    (folder / "disclosure.csv").write_text(
        "language,token,strength,place,ordinary_in,source,checked_on\n"
        "*,#Ad,clear,anywhere,,https://guide.example,2026-11-29\nEN, Paid Ad ,clear,anywhere,,,\n"
        "ja,【PR】,clear,anywhere,,,\nja,広告,clear,anywhere,,,\nko,[광고],clear,anywhere,,,\n"
        "fr,#sponsorise\u0301,clear,anywhere,,,\nth,โฆษณา,unclear,beginning,,,\n"
        "fr,#pub,clear,anywhere, EN | de ,,\nen,Isn't,denial,anywhere,,,\n"
    )
    rows = config_tables(load_settings(config=folder).config)["disclosure"].to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("*", "#ad", "clear", "anywhere", [], True),
        ("en", "paid ad", "clear", "anywhere", [], False),
        ("ja", "【pr】", "clear", "anywhere", [], False),
        ("ja", "広告", "clear", "anywhere", [], False),
        ("ko", "[광고]", "clear", "anywhere", [], False),
        ("fr", "#sponsorisé", "clear", "anywhere", [], True),
        ("th", "โฆษณา", "unclear", "beginning", [], False),
        ("fr", "#pub", "clear", "anywhere", ["en", "de"], True),
        ("en", "isn't", "denial", "anywhere", [], False),
    ]


def test_the_weights_and_tiers_of_the_shortlist_are_tables(folder: Path) -> None:
    text = (folder / "thresholds.yml").read_text().replace("[micro]", "[mid, micro, mid]")
    (folder / "thresholds.yml").write_text(text)
    (folder / "discovery.csv").write_text(
        "part,weight\naffinity,0.7\nrelevance,0.2\nauthenticity,0\ner_percentile,0.1\n"
    )
    tables = config_tables(load_settings(config=folder).config)
    # added up as decimals: as floats they would come to 0.9999999999999999
    assert dict(tables["discovery"].to_pandas().itertuples(index=False)) == {
        "affinity": 0.7,
        "relevance": 0.2,
        "authenticity": 0.0,
        "er_percentile": 0.1,
    }
    assert tables["shortlist_tiers"]["tier"].to_pylist() == ["mid", "micro"]
    assert "shortlist_tiers" not in tables["thresholds"]["name"].to_pylist()


def test_penalties_keep_their_order_and_their_bounds_as_written(folder: Path) -> None:
    (folder / "authenticity.csv").write_text(
        "signal,comparison,bound,min_sample,points\n"
        "posts_per_week,below,0.50,0,5\nfollower_jump_z,above,6,7,30\n"
    )
    rows = config_tables(load_settings(config=folder).config)["authenticity"].to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        (1, "posts_per_week", "below", 0.5, "0.50", 0, 5),
        (2, "follower_jump_z", "above", 6.0, "6", 7, 30),
    ]


def test_without_rates_of_earned_media_there_are_none(folder: Path) -> None:
    header = (folder / "emv_rates.csv").read_text().splitlines()[0]
    (folder / "emv_rates.csv").write_text(header + "\n")
    table = config_tables(load_settings(config=folder).config)["emv_rates"]
    assert (table.num_rows, ",".join(table.column_names)) == (0, header)


def test_a_team_may_say_from_which_day_landing_tells(folder: Path) -> None:
    (folder / "sources.yml").write_text(
        "coverage: {orders: 2026-01-01, mentions: {acme: 2026-02-01, rival: 2025-12-01}}\n"
    )
    table = config_tables(load_settings(config=folder).config)["coverage"]
    assert table.to_pylist() == [
        {"stream": "orders", "brand_id": None, "covered_from": date(2026, 1, 1)},
        {"stream": "mentions", "brand_id": "acme", "covered_from": date(2026, 2, 1)},
        {"stream": "mentions", "brand_id": "rival", "covered_from": date(2025, 12, 1)},
    ]


@pytest.mark.parametrize(
    ("spelled", "kind"),
    [
        ("CAROUSEL_ALBUM", "carousel"),
        ("Sidecar", "carousel"),
        ("GraphSidecar", "carousel"),
        ("IG carousel", "carousel"),
        ("REELS", "reel"),
        ("Reel", "reel"),
        ("clips", "reel"),
        ("Photo", "image"),
        ("photos", "image"),
        ("IMAGE", "image"),
        ("YouTube Shorts", "short"),
        ("IGTV", "video"),
        ("TEXT_POST", "text"),
        ("Stories", "story"),
        ("*", "*"),
        # what nobody knows stays apart from all others, and is one however it is spelled
        ("Live_Audio Room", "liveaudioroom"),
    ],
)
def test_a_content_type_is_what_it_is_whoever_spelled_it(spelled: str, kind: str) -> None:
    assert content_type(spelled) == kind


def test_the_macro_reads_content_types_as_the_configuration_does(project: Path) -> None:
    text = (project / "dbt_project/macros/social/content_type_of.sql").read_text("utf-8")
    folding = re.search(r'set folded = "(.*)" -%}', text)
    body = re.search(r"-%}\n    case\n(.*?)\{%- endmacro", text, re.DOTALL)
    assert folding is not None
    assert body is not None
    sql = "case\n" + body[1].replace("{{ folded }}", folding[1].replace('" ~ name ~ "', "name"))
    names = [*SPELLINGS, *(name for others in SPELLINGS.values() for name in others)]
    spelled = [f(name) for name in names for f in (str, str.upper, "IG {}".format, "x_{} ".format)]
    with duckdb.connect() as con:
        found = con.execute(
            f"select name, {sql} from (select unnest(?) as name)", [spelled]
        ).fetchall()
    assert len(found) > 100
    assert [(name, kind) for name, kind in found if kind != content_type(name)] == []


def test_freshness_of_one_source_names_it(folder: Path) -> None:
    (folder / "sources.yml").write_text("freshness:\n  mastodon.posts: {warn_after_days: 1}\n")
    rows = config_tables(load_settings(config=folder).config)["freshness"].to_pylist()
    assert rows == [
        {"source": "mastodon", "stream": "posts", "warn_after_days": 1, "error_after_days": None}
    ]


def test_a_platform_that_is_asked_is_awaited_as_a_whole(folder: Path) -> None:
    (folder / "sources.yml").write_text(
        "freshness: {bluesky.*: {warn_after_days: 9}}\n"
        "connectors:\n"
        "  youtube: {}\n"
        "  bluesky: {}\n"
        "  tiktok: {enabled: false}\n"
    )
    rows = config_tables(load_settings(config=folder).config)["freshness"].to_pylist()
    assert sorted(tuple(row.values()) for row in rows) == [
        ("bluesky", "*", 9, None),
        ("youtube", "*", 2, 7),
    ]


@pytest.mark.parametrize(
    ("connectors", "withheld"),
    [
        ("{}", ["youtube"]),
        ("{youtube: {}}", ["youtube"]),
        ("{youtube: {derived_metrics_accepted: true}}", []),
    ],
)
def test_youtube_s_figures_are_withheld_unless_google_has_accepted(
    folder: Path, connectors: str, withheld: list[str]
) -> None:
    (folder / "sources.yml").write_text(f"connectors: {connectors}\n")
    table = config_tables(load_settings(config=folder).config)["derived_metrics_withheld"]
    assert table["source"].to_pylist() == withheld


def test_the_streams_are_those_that_staging_describes(project: Path) -> None:
    from ruamel.yaml import YAML

    path = project / "dbt_project/models/staging/inbox/_inbox__models.yml"
    models = YAML(typ="safe", pure=True).load(path)["models"]
    assert {model["config"]["meta"]["stream"] for model in models} == set(STREAMS)


# ------------------------------------------------------------------ one mistake of each kind

# file, what stands there, what is written instead, then line, field, value, problem, remedy
_CONNECTORS = 1 + (EXAMPLE / "sources.yml").read_text("utf-8").split("\n").index("connectors: {}")
MISTAKES = {
    "unknown key": (
        ("brands.yml", "    hashtags:", "    hashtag:"),
        (11, "brands[0].hashtag", '["#BrewBetter"]', "nothing of this name", "hashtags"),
    ),
    "missing value": (
        ("brands.yml", "    name: Rival\n", ""),
        (16, "brands[1].name", None, "missing", "add name"),
    ),
    "null": (
        ("brands.yml", "name: Rival", "name:"),
        (17, "brands[1].name", "null", "missing", "add name"),
    ),
    "number for a text": (
        ("brands.yml", "[coldbrew]", "[coldbrew, 2024]"),
        (14, "brands[0].niches[1]", "2024", "not a text", "quotes"),
    ),
    "text for a list": (
        ("brands.yml", "[coldbrew]", "coldbrew"),
        (14, "brands[0].niches", '"coldbrew"', "not a list", "write a list"),
    ),
    "list for a mapping": (
        ("brands.yml", "    handles:\n      instagram: [rival]\n", "    handles: [rival]\n"),
        (19, "brands[1].handles", '["rival"]', "not a mapping", "key: value"),
    ),
    "empty text": (
        ("brands.yml", "name: Rival", 'name: " "'),
        (17, "brands[1].name", '" "', "is empty", "write a text"),
    ),
    "unknown role": (
        ("brands.yml", "role: competitor", "role: rival"),
        (18, "brands[1].role", '"rival"', "known words", "own or competitor"),
    ),
    "handle that X gives nobody": (
        ("brands.yml", "      instagram: [rival]", "      x: [rival, rival_coffee_house]"),
        (20, "brands[1].handles.x[1]", '"rival_coffee_house"', "no account of x", "1 to 15"),
    ),
    "no brand of one's own": (
        ("brands.yml", "role: own", "role: competitor"),
        (7, "brands[0].role", '"competitor"', "no brand has the role own", "role: own"),
    ),
    "no brands": (
        ("brands.yml", BRANDS[BRANDS.index("brands:") :], "brands: []\n"),
        (4, "brands", "[]", "no brand", "at least one"),
    ),
    "duplicate brand_id": (
        ("brands.yml", "instagram: [rival]\n", "x: []\n  - {brand_id: acme, name: A, role: own}\n"),
        (21, "brands[2].brand_id", '"acme"', "brands[0] has this", "of its own"),
    ),
    "unknown competitor": (
        ("brands.yml", "competitors: [rival]", "competitors: [rivall]"),
        (15, "brands[0].competitors[0]", '"rivall"', "no brand has", "did you mean rival"),
    ),
    "its own competitor": (
        ("brands.yml", "competitors: [rival]", "competitors: [acme]"),
        (15, "brands[0].competitors[0]", '"acme"', "its own competitor", "remove"),
    ),
    "an address in a brand's name": (
        ("brands.yml", "name: Rival", "name: Rival (info@rival.example)"),
        (17, "brands[1].name", '"Rival (info@rival.example)"', "e-mail address", "take it out"),
    ),
    "an address as a keyword": (
        ("brands.yml", "[ Acme Coffee ]", "[acme coffee, joe@acme.example]"),
        (12, "brands[0].keywords[1]", '"joe@acme.example"', "e-mail address", "take it out"),
    ),
    "a number as a keyword": (
        ("brands.yml", "[ Acme Coffee ]", "['+49 171 1234567']"),
        (12, "brands[0].keywords[0]", '"+49 171 1234567"', "phone number", "take it out"),
    ),
    "an address as a handle of a platform without servers": (
        ("brands.yml", "instagram: [rival]", "pinboard: [rival@mail.example]"),
        (
            20,
            "brands[1].handles.pinboard[0]",
            '"rival@mail.example"',
            "e-mail address",
            "take it out",
        ),
    ),
    "handle of two brands": (
        ("brands.yml", "instagram: [rival]", "instagram: [rival, '@ACMEcoffee']"),
        (
            20,
            "brands[1].handles.instagram[1]",
            '"@ACMEcoffee"',
            "belongs to acme on instagram",
            "under acme or rival",
        ),
    ),
    "handle that is a URL": (
        ("brands.yml", "instagram: [rival]", "instagram: [https://instagram.com/rival]"),
        (
            20,
            "brands[1].handles.instagram[0]",
            '"https://instagram.com/rival"',
            "not a handle",
            "bare name",
        ),
    ),
    "hashtag of two words": (
        ("brands.yml", "[coldbrew]", "[cold brew]"),
        (14, "brands[0].niches[0]", '"cold brew"', "not a hashtag", "letters, digits and _"),
    ),
    "hashtag of dots": (
        ("brands.yml", "[coldbrew]", "['·・']"),
        (14, "brands[0].niches[0]", '"·・"', "not a hashtag", "letters, digits and _"),
    ),
    "hashtag of digits": (
        ("brands.yml", "[coldbrew]", "['2024']"),
        (14, "brands[0].niches[0]", '"2024"', "not a hashtag", "not a digit"),
    ),
    "domain that is a URL": (
        ("brands.yml", "[AcmeCoffee.example]", "['https://acme.example/shop']"),
        (13, "brands[0].domains[0]", '"https://acme.example/shop"', "not a domain", "host alone"),
    ),
    "unknown currency": (
        ("brands.yml", "currency: EUR", "currency: EURO"),
        (2, "reporting.currency", '"EURO"', "ISO 4217", "did you mean EUR"),
    ),
    "currency in lower case": (
        ("brands.yml", "currency: EUR", "currency: eur"),
        (2, "reporting.currency", '"eur"', "ISO 4217", "did you mean EUR"),
    ),
    "unknown time zone": (
        ("brands.yml", "Europe/Berlin", "Europe/Berlim"),
        (3, "reporting.time_zone", '"Europe/Berlim"', "IANA", "did you mean Europe/Berlin"),
    ),
    "key twice": (
        ("brands.yml", "    name: Rival\n", "    name: Rival\n    name: Other\n"),
        (18, "brands[1].name", None, "stands twice; first on line 17", "keep one"),
    ),
    "handle with a bare @": (
        ("brands.yml", "instagram: [rival]", "instagram: [@rival]"),
        (20, "", None, "not YAML", "in quotes"),
    ),
    "bracket left open": (
        ("brands.yml", "instagram: [rival]", "instagram: [rival"),
        (21, "", None, "not YAML", "close brackets"),
    ),
    "alias inside itself": (
        ("sources.yml", "connectors: {}", "connectors: &c {x: *c}"),
        (_CONNECTORS, "", None, "an alias stands inside", "mend the syntax"),
    ),
    "key that is a list": (
        ("sources.yml", "connectors: {}", "? [connectors]\n: {}"),
        (_CONNECTORS, "", None, "a key is a list", "mend the syntax"),
    ),
    "source without a stream": (
        ("sources.yml", "  orders: {", "  shop.: {"),
        (22, "freshness.shop.", '"shop."', "not a stream", "<source>.<stream>"),
    ),
    "unknown connector": (
        ("sources.yml", "connectors: {}", "connectors: {mastadon: {}}"),
        (_CONNECTORS, "connectors.mastadon", "{}", "nothing of this name", "remove it"),
    ),
    "text for a number": (
        ("sources.yml", "settle_seconds: 30", "settle_seconds: '30'"),
        (5, "inbox.settle_seconds", '"30"', "not a number", "write a number"),
    ),
    "true for a number": (
        ("thresholds.yml", "fx_stale_days: 10", "fx_stale_days: true"),
        (3, "fx_stale_days", "true", "not a whole number", "write a whole number"),
    ),
    "negative": (
        ("sources.yml", "settle_seconds: 30", "settle_seconds: -1"),
        (5, "inbox.settle_seconds", "-1", "out of bounds", "at least 0"),
    ),
    "coverage from no day": (
        ("sources.yml", "connectors: {}", "coverage: {orders: 2026}\nconnectors: {}"),
        (_CONNECTORS, "coverage.orders", "2026", "is not a day", "write it as 2026-01-31"),
    ),
    "coverage from a text": (
        ("sources.yml", "connectors: {}", "coverage: {clicks: '2026-01-01'}\nconnectors: {}"),
        (_CONNECTORS, "coverage.clicks", '"2026-01-01"', "is not a day", "without quotes"),
    ),
    "coverage from a time": (
        (
            "sources.yml",
            "connectors: {}",
            "coverage: {clicks: 2026-01-01 10:00:00}\nconnectors: {}",
        ),
        (_CONNECTORS, "coverage.clicks", '"2026-01-01 10:00:00"', "is not a day", "without quotes"),
    ),
    "coverage of a brand that is not there": (
        (
            "sources.yml",
            "connectors: {}",
            "coverage: {mentions: {acmee: 2026-01-01}}\nconnectors: {}",
        ),
        (
            _CONNECTORS,
            "coverage.mentions.acmee",
            '"2026-01-01"',
            "no brand has this",
            "did you mean acme",
        ),
    ),
    "coverage of a stream that has none": (
        ("sources.yml", "connectors: {}", "coverage: {posts: 2026-01-01}\nconnectors: {}"),
        (_CONNECTORS, "coverage.posts", '"2026-01-01"', "nothing of this name", "remove it"),
    ),
    "two rates for one content type": (
        ("emv_rates.csv", "instagram,carousel,shares,", "instagram,CAROUSEL_ALBUM,likes,"),
        (9, "", "instagram,carousel,likes", "stands on line 7 already", "keep one"),
    ),
    "unknown stream": (
        ("sources.yml", "  orders: {", "  order: {"),
        (22, "freshness.order", '"order"', "not a stream of the inbox", "did you mean orders"),
    ),
    "error before warning": (
        ("sources.yml", "fx_rates: {warn_after_days: 4", "fx_rates: {warn_after_days: 40"),
        (24, "freshness.fx_rates", None, "before warn_after_days", "40 or more"),
    ),
    "share above 1": (
        ("thresholds.yml", "fx_missing_block_share: 0.01", "fx_missing_block_share: 1.5"),
        (4, "fx_missing_block_share", "1.5", "out of bounds", "at most 1"),
    ),
    "not a number at all": (
        ("thresholds.yml", "fx_missing_block_share: 0.01", "fx_missing_block_share: .nan"),
        (4, "fx_missing_block_share", "NaN", "not a finite number", "write a finite"),
    ),
    "shares the wrong way round": (
        ("thresholds.yml", "quarantine_block_share: 0.2", "quarantine_block_share: 0.001"),
        (3, "", None, "below quarantine_warn_share", "at least quarantine_warn_share"),
    ),
    "unknown threshold": (
        ("thresholds.yml", "keep_releases: 7", "keep_release: 7"),
        (7, "keep_release", "7", "nothing of this name", "did you mean keep_releases"),
    ),
    "gap between tiers": (
        ("tiers.csv", "*,micro,1000,", "*,micro,1001,"),
        (3, "", "*,micro", "no tier on * holds 1000 to 1000", "min_followers of 1000"),
    ),
    "overlap of tiers": (
        ("tiers.csv", "*,micro,1000,", "*,micro,999,"),
        (3, "", "*,micro", "overlaps the one below", "min_followers of 1000"),
    ),
    "two tiers without an end": (
        ("tiers.csv", "*,macro,500001,1000000", "*,macro,500001,"),
        (6, "", "*,mega", "overlaps the one below", "end the tier below"),
    ),
    "no first tier": (
        ("tiers.csv", "*,nano,0,", "*,nano,10,"),
        (2, "", "*,nano", "holds 0 to 9", "min_followers of 0"),
    ),
    "no last tier": (
        ("tiers.csv", "*,mega,1000001,", "*,mega,1000001,2000000"),
        (6, "", "*,mega", "holds 2000001 and more", "max_followers empty"),
    ),
    "bounds the wrong way round": (
        ("tiers.csv", "*,nano,0,999", "*,nano,1000,999"),
        (2, "", "*,nano", "max_followers is below", "1000 or more"),
    ),
    "tier twice": (
        ("tiers.csv", "*,mid,100001,", "*,micro,100001,"),
        (4, "", "*,micro", "stands on line 3", "keep one"),
    ),
    "no tier for every platform": (
        (
            "tiers.csv",
            (tiers := "*,nano,0,999\n*,micro,1000,100000\n*,mid,100001,500000\n")
            + (more := "*,macro,500001,1000000\n*,mega,1000001,\n"),
            (tiers + more).replace("*", "x"),
        ),
        (None, "", "*", "holds for every platform", "rows of platform *"),
    ),
    "unknown tier": (
        ("tiers.csv", "*,nano,", "*,tiny,"),
        (2, "tier", '"tiny"', "known words", "nano, micro, mid, macro or mega"),
    ),
    "bound that is no number": (
        ("tiers.csv", "*,micro,1000,", "*,micro,1k,"),
        (3, "min_followers", '"1k"', "not a whole number", "whole number"),
    ),
    "empty cell": (
        ("tiers.csv", "*,micro,1000,", "*,micro,,"),
        (3, "min_followers", "null", "missing", "add min_followers"),
    ),
    "row with too many cells": (
        ("tiers.csv", "*,micro,1000,100000", "*,micro,1000,100,000"),
        (3, "", '"*,micro,1000,100,000"', "5 cells, the header 4", "double quotes"),
    ),
    "row with too few cells": (
        ("tiers.csv", "*,micro,1000,100000", "*,micro,1000"),
        (3, "", '"*,micro,1000"', "3 cells, the header 4", "add or remove"),
    ),
    "wrong header": (
        ("tiers.csv", "min_followers", "from"),
        (1, "", '"platform,tier,from,max_followers"', "header", "platform,tier,min_followers"),
    ),
    "quote left open": (
        ("tiers.csv", "*,mega,1000001,", '*,"mega,1000001,'),
        (6, "", None, "not CSV", "close the quotes"),
    ),
    "metric twice": (
        ("platform_metrics.csv", "platform,metric\n", "platform,metric\nY,likes\ny,likes\n"),
        (3, "", "y,likes", "stands on line 2", "keep one"),
    ),
    "unknown metric": (
        ("platform_metrics.csv", "platform,metric\n", "platform,metric\ny,views\n"),
        (2, "metric", '"views"', "known words", "likes, comments, shares or saves"),
    ),
    "no metric for the other platforms": (
        ("platform_metrics.csv", "*,likes\n*,comments\n", ""),
        (None, "", "*", "holds for every platform", "rows of platform *"),
    ),
    "rate twice": (
        ("emv_rates.csv", "facebook,video,views", "Instagram,REEL,views"),
        (10, "", "instagram,reel,views", "rate of this action stands on line 2", "keep one"),
    ),
    "rate of every platform": (
        ("emv_rates.csv", "facebook,video,views", "*,video,views"),
        (10, "", "*,video,views", "not for all", "a row for each platform"),
    ),
    "rate of an unknown action": (
        ("emv_rates.csv", "facebook,video,views", "facebook,video,plays"),
        (10, "action", '"plays"', "known words", "likes, comments, shares, saves, views"),
    ),
    "rate below nothing": (
        ("emv_rates.csv", "facebook,video,views,0.010", "facebook,video,views,-0.010"),
        (10, "value", '"-0.010"', "out of bounds", "at least 0"),
    ),
    "rate with a decimal comma": (
        ("emv_rates.csv", "facebook,video,views,0.010", 'facebook,video,views,"0,010"'),
        (10, "value", '"0,010"', "not a number", "write a number"),
    ),
    "rate that is not a number": (
        ("emv_rates.csv", "facebook,video,views,0.010", "facebook,video,views,NaN"),
        (10, "value", '"NaN"', "not a finite number", "write a finite"),
    ),
    "rate too fine": (
        ("emv_rates.csv", "facebook,video,views,0.010", "facebook,video,views,0.0100001"),
        (10, "value", '"0.0100001"', "more than 6 decimals", "round it"),
    ),
    "rate without a source": (
        ("emv_rates.csv", "as above: TikTok 5 USD per 1,000 views", 'x"\ntiktok,*,likes,1,USD,"'),
        (12, "source", None, "missing", "add source"),
    ),
    "rate in an unknown currency": (
        ("emv_rates.csv", "facebook,video,views,0.010,USD", "facebook,video,views,0.010,USDD"),
        (10, "currency", '"USDD"', "not a currency", "did you mean USD"),
    ),
    "token twice": (
        ("disclosure.csv", "de,#koop,unclear", "DE,#Werbung,unclear"),
        (103, "", "de,#werbung,anywhere", "stands on line 81", "keep one"),
    ),
    "token of a language and of all": (
        ("disclosure.csv", "de,#koop,unclear", "de,#Ad,unclear"),
        (103, "", "de,#ad", "every language on line 2", "keep it there"),
    ),
    "token of a strange language": (
        ("disclosure.csv", "de,#koop,unclear", "german,#koop,unclear"),
        (103, "language", '"german"', "not a language", "such as en"),
    ),
    "token of a strange strength": (
        ("disclosure.csv", "de,#koop,unclear", "de,#koop,vague"),
        (103, "strength", '"vague"', "known words", "clear, unclear or denial"),
    ),
    "hashtag with a space": (
        ("disclosure.csv", "de,#koop,unclear", "de,#ko op,unclear"),
        (103, "token", '"#ko op"', "not a hashtag", "write # and letters"),
    ),
    "token of digits": (
        ("disclosure.csv", "de,#koop,unclear", "de,#24,unclear"),
        (103, "token", '"#24"', "not a hashtag", "not a digit"),
    ),
    "token of signs": (
        ("disclosure.csv", "de,#koop,unclear", "de,!!,unclear"),
        (103, "token", '"!!"', "no letter", "hashtag such as #ad"),
    ),
    "denial that is a hashtag": (
        ("disclosure.csv", "de,#koop,unclear,anywhere", "de,#kein,denial,anywhere"),
        (103, "", None, "a denial is a word", "write the word alone"),
    ),
    "denial at the beginning": (
        ("disclosure.csv", "de,#koop,unclear,anywhere", "de,kaum,denial,beginning"),
        (103, "", None, "a denial is a word", "the place anywhere"),
    ),
    "token at a strange place": (
        ("disclosure.csv", "de,#koop,unclear,anywhere", "de,#koop,unclear,end"),
        (103, "place", '"end"', "known words", "anywhere or beginning"),
    ),
    "ordinary in every language": (
        ("disclosure.csv", "de,#koop,unclear,anywhere,", "de,#koop,unclear,anywhere,en|*"),
        (103, "ordinary_in[1]", '"*"', "not a language", "en|de"),
    ),
    "looked up on no day": (
        (
            "disclosure.csv",
            "*,#ad,clear,anywhere,,",
            "*,#ad,clear,anywhere,,x,lately\n*,#a,clear,anywhere,,",
        ),
        (2, "checked_on", '"lately"', "not a date", "YYYY-MM-DD"),
    ),
    "disclosures without a strength": (
        ("disclosure.csv", "language,token,strength,place", "language,token,place"),
        (1, "", None, "does not hold the columns", "language,token,strength,place,ordinary_in"),
    ),
    "disclosures with a column twice": (
        ("disclosure.csv", "language,token,strength,place", "language,token,strength,token"),
        (1, "", None, "does not hold the columns", "language,token,strength,place,ordinary_in"),
    ),
    "fold twice": (
        ("platform_folds.csv", "x,280,\n", "x,280,\nX,140,\n"),
        (11, "", "x", "stands on line 10", "keep one"),
    ),
    "fold of nothing": (
        ("platform_folds.csv", "x,280,\n", "x,0,\n"),
        (10, "characters", '"0"', "out of bounds", "at least 1"),
    ),
    "no fold of all others": (
        ("platform_folds.csv", "*,125,3\n", ""),
        (None, "", "*", "no row says what holds", "add the rows of platform *"),
    ),
    "coverage above 1": (
        ("thresholds.yml", "profit_coverage_min: 0.9", "profit_coverage_min: 90.0"),
        (8, "profit_coverage_min", "90.0", "out of bounds", "at most 1"),
    ),
    "score above 100": (
        ("thresholds.yml", "authenticity_min_score: 65", "authenticity_min_score: 101"),
        (9, "authenticity_min_score", "101", "out of bounds", "at most 100"),
    ),
    "shortlist of an unknown tier": (
        ("thresholds.yml", "shortlist_tiers: [micro]", "shortlist_tiers: [micro, tiny]"),
        (10, "shortlist_tiers[1]", '"tiny"', "known words", "nano, micro, mid"),
    ),
    "shortlist of no tier": (
        ("thresholds.yml", "shortlist_tiers: [micro]", "shortlist_tiers: []"),
        (10, "shortlist_tiers", "[]", "no tier is left", "at least one"),
    ),
    "weight of an unknown part": (
        ("discovery.csv", "relevance,0.35", "relevancy,0.35"),
        (2, "part", '"relevancy"', "known words", "relevance, er_percentile"),
    ),
    "weight above 1": (
        ("discovery.csv", "relevance,0.35", "relevance,35"),
        (2, "weight", '"35"', "out of bounds", "at most 1"),
    ),
    "weight below 0": (
        ("discovery.csv", "relevance,0.35", "relevance,-0.35"),
        (2, "weight", '"-0.35"', "out of bounds", "at least 0"),
    ),
    "weight that is no number": (
        ("discovery.csv", "relevance,0.35", "relevance,35 %"),
        (2, "weight", '"35 %"', "not a number", "write a number"),
    ),
    "weight twice": (
        ("discovery.csv", "affinity,0.15", "affinity,0.15\naffinity,0"),
        (6, "", "affinity", "stands on line 5", "keep one"),
    ),
    "weight missing": (
        ("discovery.csv", "affinity,0.15\n", ""),
        (None, "", "affinity", "the part has no row", "add affinity"),
    ),
    "weights that do not add up": (
        ("discovery.csv", "affinity,0.15", "affinity,0.16"),
        (5, "", "0.35,0.30,0.20,0.16", "add up to 1.01", "add up to 1"),
    ),
    "penalty for an unknown signal": (
        ("authenticity.csv", "follower_jump_z,above", "follower_jump,above"),
        (2, "signal", '"follower_jump"', "known words", "follower_jump_z, er_percentile"),
    ),
    "penalty on no side": (
        ("authenticity.csv", "follower_jump_z,above", "follower_jump_z,over"),
        (2, "comparison", '"over"', "known words", "above or below"),
    ),
    "penalty beyond a bound that is no number": (
        ("authenticity.csv", "above,6,7,30", "above,six,7,30"),
        (2, "bound", '"six"', "not a number", "write a number"),
    ),
    "penalty beyond a negative bound": (
        ("authenticity.csv", "above,6,7,30", "above,-6,7,30"),
        (2, "bound", '"-6"', "out of bounds", "at least 0"),
    ),
    "penalty on part of a post": (
        ("authenticity.csv", "above,6,7,30", "above,6,7.5,30"),
        (2, "min_sample", '"7.5"', "not a whole number", "whole number"),
    ),
    "penalty of no points": (
        ("authenticity.csv", "above,6,7,30", "above,6,7,0"),
        (2, "points", '"0"', "out of bounds", "at least 1"),
    ),
    "penalty of more points than there are": (
        ("authenticity.csv", "above,6,7,30", "above,6,7,101"),
        (2, "points", '"101"', "out of bounds", "at most 100"),
    ),
    "penalty twice": (
        ("authenticity.csv", "er_percentile,below,0.02,", "follower_jump_z,above,6.0,"),
        (3, "", "follower_jump_z,above,6.0", "stands on line 2", "keep one"),
    ),
    "penalty below nothing": (
        ("authenticity.csv", "likes_per_comment,below,2,", "likes_per_comment,below,0,"),
        (5, "", "likes_per_comment,below,0", "no signal is below 0", "bound above 0"),
    ),
    "penalty above the whole": (
        ("authenticity.csv", "er_percentile,above,0.995,", "er_percentile,above,99.5,"),
        (4, "", "er_percentile,above,99.5", "never above 1", "bound below 1"),
    ),
}


@pytest.mark.parametrize("kind", MISTAKES)
def test_a_mistake_is_named_with_its_place_and_remedy(folder: Path, kind: str) -> None:
    (name, old, new), (line, field, value, problem, remedy) = MISTAKES[kind]
    edit(folder / name, old, new)
    found = only(folder)
    assert found.file == folder / name
    assert (found.line, found.field) == (line, field)
    if value is not None:
        assert found.value == value
    assert problem in found.problem
    assert remedy in found.remedy


@pytest.mark.parametrize(
    "name",
    [
        "brands.yml",
        "sources.yml",
        "thresholds.yml",
        "tiers.csv",
        "platform_metrics.csv",
        "platform_folds.csv",
        "emv_rates.csv",
        "disclosure.csv",
        "authenticity.csv",
        "discovery.csv",
    ],
)
def test_each_file_must_be_there_and_be_utf_8(folder: Path, name: str) -> None:
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole + b"# caf\xe9\n")
    found = only(folder)
    assert (found.file, found.value) == (folder / name, "byte 0xe9")
    assert found.line == whole.count(b"\n") + 1
    assert "UTF-8" in found.remedy

    (folder / name).unlink()
    found = only(folder)
    assert (found.file, found.line) == (folder / name, None)
    assert "missing" in found.problem
    assert "REACHLINE_CONFIG" in found.remedy


@pytest.mark.parametrize("name", ["tiers.csv", "platform_metrics.csv", "platform_folds.csv"])
def test_an_empty_table_is_a_mistake(folder: Path, name: str) -> None:
    header = (folder / name).read_text().splitlines()[0]
    (folder / name).write_text("")
    assert "is empty" in only(folder).problem
    (folder / name).write_text(header + "\n")
    assert "holds for every platform" in only(folder).problem


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(folder: Path) -> None:
    for path in folder.glob("*.*"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_settings(config=folder).config.tiers[1].max_followers == 100000


def test_a_file_that_nothing_reads_is_a_mistake(folder: Path) -> None:
    (folder / "threshold.yml").write_text("keep_releases: 1\n")
    found = only(folder)
    assert found.file == folder / "threshold.yml"
    assert "nothing reads" in found.problem
    assert "rename it to thresholds.yml" in found.remedy


def test_a_folder_that_is_not_there_is_one_mistake(tmp_path: Path) -> None:
    found = only(tmp_path / "nowhere")
    assert found.file == tmp_path / "nowhere"
    assert "REACHLINE_CONFIG" in found.remedy


def test_a_home_that_is_a_file_is_a_mistake(folder: Path) -> None:
    (folder.parent / "data").write_text("")
    assert len(problems(folder.parent / "nowhere")) == 2
    found = only(folder)
    assert found.file == folder.parent / "data"
    assert "REACHLINE_HOME" in found.remedy


# ------------------------------------------------------------------ all at once


def test_every_mistake_of_every_file_comes_at_once(folder: Path) -> None:
    brands = folder / "brands.yml"
    edit(brands, "currency: EUR", "currency: EURO")
    edit(brands, "    hashtags:", "    hashtag:")
    edit(brands, "competitors: [rival]", "competitors: [nobody]")
    edit(brands, "instagram: [rival]", "instagram: [acmecoffee]")
    edit(brands, "    name: Rival\n", "    name: 5\n    name: Rival\n")
    edit(folder / "sources.yml", "settle_seconds: 30", "settle_seconds: soon")
    (folder / "thresholds.yml").write_text("keep_releases: [\n")
    edit(folder / "tiers.csv", "*,mid,100001,500000", "*,mid,100001,500000,x")
    (folder / "platform_metrics.csv").unlink()
    places = [(p.file.name, p.line, p.field) for p in problems(folder)]
    assert places == [
        ("brands.yml", 2, "reporting.currency"),
        ("brands.yml", 11, "brands[0].hashtag"),
        ("brands.yml", 15, "brands[0].competitors[0]"),
        ("brands.yml", 17, "brands[1].name"),
        ("brands.yml", 18, "brands[1].name"),
        ("brands.yml", 21, "brands[1].handles.instagram[0]"),
        ("platform_metrics.csv", None, ""),
        ("sources.yml", 5, "inbox.settle_seconds"),
        ("thresholds.yml", 2, ""),
        ("tiers.csv", 4, ""),
    ]


def test_a_broken_row_does_not_hide_a_gap_on_another_platform(folder: Path) -> None:
    edit(folder / "tiers.csv", "*,mid,100001,500000", "*,mid,many,500000")
    with (folder / "tiers.csv").open("a") as file:
        file.write("youtube,nano,1,\n")
    assert [(p.line, p.value) for p in problems(folder)] == [(4, '"many"'), (7, "youtube,nano")]


def test_a_broken_row_is_not_a_missing_one_too(folder: Path) -> None:
    (folder / "tiers.csv").write_text("platform,tier,min_followers,max_followers\n*,nano,x,\n")
    assert only(folder).value == '"x"'


def test_the_message_holds_file_line_field_value_problem_and_remedy(folder: Path) -> None:
    edit(folder / "brands.yml", "currency: EUR", "currency: EURO")
    with pytest.raises(ConfigError) as caught:
        load_settings(config=folder)
    assert str(caught.value) == (
        "1 mistake in the configuration:\n"
        f'{folder}/brands.yml:2: reporting.currency = "EURO": is not a currency of ISO 4217\n'
        "    remedy: did you mean EUR? Or write a code such as EUR, GBP or USD"
    )


# ------------------------------------------------------------------ laws


def test_lower_case_is_that_of_the_engine() -> None:
    import duckdb
    import pyarrow as pa

    points = [chr(c) for c in range(1, 0x110000) if not 0xD800 <= c <= 0xDFFF]
    given = pa.table({"point": points})
    answers = duckdb.from_arrow(given).query("t", "select point, lower(point) from t").fetchall()
    assert [point for point, answer in answers if lower(point) != answer] == []


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        (" @AcmeCoffee ", "acmecoffee"),
        ("#BrewBetter", "brewbetter"),
        ("Cafe\u0301", "caf\u00e9"),  # e and an accent, composed
        ("ΚΑΦΈΣ", "καφέσ"),  # no final sigma
        ("İstanbul", "istanbul"),
        ("acme@Social.example", "acme@social.example"),
    ],
)
def test_a_handle_is_compared_trimmed_bare_composed_and_in_lower_case(
    written: str, compared: str
) -> None:
    assert normalize(written) == compared


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)


@given(st.lists(st.integers(1, 5_000_000), min_size=4, max_size=4, unique=True), st.randoms())
def test_tiers_that_meet_are_sound_and_any_shifted_bound_is_not(
    project: Path, cuts: list[int], random: object
) -> None:
    from reachline.configuration.documents import Row
    from reachline.configuration.models import Tier, check_tiers

    low = [0, *sorted(cuts)]
    high = [*(bound - 1 for bound in low[1:]), None]
    names = ["nano", "micro", "mid", "macro", "mega"]
    tiers = [
        Tier(platform="*", tier=name, min_followers=a, max_followers=b)
        for name, a, b in zip(names, low, high, strict=True)
    ]
    rows = [Row(line, {}, tier) for line, tier in enumerate(tiers, 2)]
    random.shuffle(rows)  # type: ignore[attr-defined]
    assert list(check_tiers(rows)) == []
    for index in range(len(rows)):
        tier = rows[index].model
        assert tier is not None
        moved = tier.model_copy(update={"min_followers": tier.min_followers + 1})
        shifted = [*rows[:index], Row(rows[index].line, {}, moved), *rows[index + 1 :]]
        assert len(list(check_tiers(shifted))) == 1
