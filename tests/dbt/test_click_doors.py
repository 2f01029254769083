"""One tap, one click: what several sources tell of a link on a day, night by night."""

from __future__ import annotations

import itertools
import random
import shutil
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest

from reachline.configuration import EXAMPLE
from reachline.warehouse import runs
from tests.dbt.landed import Home, new_home
from tests.dbt.test_commerce_nights import GOALS, _campaign, _collaboration, _link

pytestmark = pytest.mark.slow

FIRST = date(2026, 3, 1)
TABLES = (
    "core.fct_clicks",
    "reports.click_doors",
    "reports.click_door_hours",
    "reports.data_health",
    "reports.orphan_clicks",
    "work.intermediate.int_collaborations__click_days",
    "work.intermediate.int_orders__touches",
)
TAPS = """
tool: bitly
exports:
  - name: taps
    header: [tap, tapped_at, link, who]
    streams:
      clicks:
        columns: {click_id: tap, clicked_at: tapped_at, link_id: link, visitor_id: who}
"""

Row = Mapping[str, str | None]


def _tap(name: str, at: str, link: str | None = "l1", who: str | None = None) -> Row:
    return {"tap": name, "tapped_at": f"2026-02-{at}Z", "link": link, "who": who}


def _click(name: str, at: str, who: str, *, gone: str | None = None, link: str = "l1") -> Row:
    told = {"click_id": name, "clicked_at": f"2026-02-{at}Z", "link_id": link, "visitor_id": who}
    return {**told, "landing_url": None, "is_deleted": gone}


STRAY = {
    **_click("s1", "20T10:00:00", "v9"),
    "link_id": None,
    "landing_url": "https://acmecoffee.example/?utm_campaign=spring&utm_content=one.",
}
ORDER = {"order_id": "o1", "ordered_at": "2026-02-11T00:00:00Z", "gross_amount": "10",
         "currency": "EUR", "status": "placed", "visitor_id": "b1"}  # fmt: skip
# what lands each night: by source, stream
NIGHTS: list[dict[tuple[str, str], list[Row]]] = [
    {
        ("inbox", "campaigns"): [_campaign()],
        ("inbox", "collaborations"): [_collaboration("k1", "active")],
        ("inbox", "tracking_links"): [_link("l1", "k1", "one"), _link("l2", "k1", "two")],
        ("inbox", "orders"): [ORDER],
        ("inbox", "clicks"): [STRAY],
        ("bitly", "taps"): [
            _tap("t1", "10T10:00:00", who="b1"),
            _tap("t2", "10T23:30:00"),
            _tap("t3", "09T10:00:00"),
            _tap("t4", "10T10:00:00", link="l2"),
        ],
    },
    # files of clicks tell of the 10th, too
    {("inbox", "clicks"): [_click("c1", "10T10:00:02", "v1"), _click("c2", "10T11:00:00", "v1")]},
    # one is of the other link; then none is left of the first
    {("inbox", "clicks"): [_click("c1", "10T10:00:02", "v1", link="l2")]},
    {
        ("inbox", "clicks"): [_click("c2", "10T11:00:00", "v1", gone="true")],
        ("inbox", "tracking_links"): [_link("l9", "k1", "one.")],
    },
]
VALID = [
    {"s1", "t1", "t2", "t3", "t4"},
    {"s1", "c1", "c2", "t3", "t4"},
    {"s1", "c1", "c2", "t3"},
    {"s1", "c1", "t1", "t2", "t3"},
]
# source, clicks, clicks_counted, clicks_in_reports, hours_compared, hours_silent
DOORS: list[list[tuple[object, ...]]] = [
    [],
    [("bitly", 4, 2, 4, 4, 1), ("inbox", 2, 2, 3, 3, 1)],
    [("bitly", 4, 1, 3, 4, 1), ("inbox", 2, 2, 2, 3, 1)],
    # the stray click has its link now
    [("bitly", 4, 3, 5, 4, 1), ("inbox", 2, 2, 4, 3, 1)],
]
# source, clicks_28d, clicks_counted_28d: the one without a link is told of, too
HEALTH: list[list[tuple[object, ...]]] = [
    [("bitly", 4, 4), ("inbox", 1, 1)],
    [("bitly", 4, 2), ("inbox", 3, 3)],
    [("bitly", 4, 1), ("inbox", 3, 3)],
    [("bitly", 4, 3), ("inbox", 2, 2)],
]
STRAYS = [[("one.", "inbox", 1, "l1", "k1")]] * 3 + [[]]


@pytest.fixture(scope="module", autouse=True)
def _these_models_only() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "GOALS", {*GOALS, *(table.rsplit(".", 1)[1] for table in TABLES)})
        yield


def _config(folder: Path, prefer: str = "inbox, ga4, shopify") -> Path:
    config = shutil.copytree(EXAMPLE, folder / "config")
    (config / "exports" / "bitly.yml").write_text(TAPS.lstrip())
    sources = config / "sources.yml"
    text = sources.read_text("utf-8")
    assert "prefer: [inbox, ga4, shopify]" in text
    sources.write_text(text.replace("[inbox, ga4, shopify]", f"[{prefer}]"), "utf-8")
    return config


def _land(home: Home, night: Mapping[tuple[str, str], list[Row]], day: date) -> None:
    for (source, stream), rows in night.items():
        home.land(stream, rows, source=source, day=day)


def _valid(home: Home) -> set[object]:
    return {name for (name,) in home.rows("select click_id from core.fct_clicks where is_valid")}


def _health(home: Home) -> list[tuple[object, ...]]:
    return home.rows(
        "select source, clicks_28d, clicks_counted_28d from reports.data_health "
        "where clicks_28d is not null order by source"
    )


def test_each_night_counts_one_source_of_a_link_and_day_as_a_rebuild_does(tmp_path: Path) -> None:
    config = _config(tmp_path)
    nightly = new_home(tmp_path / "nightly", config)
    said = zip(NIGHTS, VALID, DOORS, HEALTH, STRAYS, strict=True)
    for number, (night, valid, doors, health, strays) in enumerate(said):
        day = FIRST + timedelta(days=number)
        _land(nightly, night, day)
        nightly.night(day)
        assert _valid(nightly) == valid
        assert (
            nightly.rows(
                "select source, clicks, clicks_counted, clicks_in_reports, hours_compared, "
                "hours_silent from reports.click_doors where collaboration_id = 'k1' order by 1"
            )
            == doors
        )
        assert _health(nightly) == health
        assert (
            nightly.rows(
                "select utm_content, source, clicks, likely_link_id, collaboration_id "
                "from reports.orphan_clicks"
            )
            == strays
        )
        # the visitor that only the other source knows still leads to the order
        touches = nightly.rows("select touch_key from work.intermediate.int_orders__touches")
        assert touches == [("t1",)]
        if number % 2 == 0:  # a rebuild takes longer than a night
            continue
        rebuilt = new_home(tmp_path / f"rebuilt-{number}", config)
        shutil.copytree(nightly.settings.paths.landing, rebuilt.settings.paths.landing)
        rebuilt.night(day)
        for table in TABLES:
            # when a batch was landed is the clock's
            found, anew = (
                h.rows(f"select columns(lambda c: c <> 'last_landed_at') from {table} order by all")
                for h in (nightly, rebuilt)
            )
            assert found == anew
            assert found or (table, strays) == ("reports.orphan_clicks", [])


def test_an_export_counts_before_files_where_it_is_named_before_them(tmp_path: Path) -> None:
    home = new_home(tmp_path, _config(tmp_path, "bitly, inbox"))
    for night in NIGHTS[:2]:
        _land(home, night, FIRST)
    home.night(FIRST)
    assert _valid(home) == {"s1", "t1", "t2", "t3", "t4"}


def test_of_three_thousand_days_of_links_one_source_counts_each(tmp_path: Path) -> None:
    """Three sources tell of 60 links on 50 days, each of some; the clicks of one of them count."""
    config = _config(tmp_path, "scan, inbox, bitly")
    (config / "exports" / "scan.yml").write_text(TAPS.lstrip().replace("bitly", "scan"))
    home = new_home(tmp_path, config)
    chance = random.Random(3_000)
    links = [f"m{number}" for number in range(60)]
    days = [FIRST - timedelta(days=number) for number in range(1, 51)]
    told: dict[str, list[Row]] = {"scan": [], "inbox": [], "bitly": []}
    counted, other = set(), set()
    for link, day in itertools.product(links, days):
        of_day = {
            source: [
                (
                    f"{source}-{link}-{day:%j}-{number}",
                    f"{day}T{chance.randrange(24):02}:{chance.randrange(60):02}:00Z",
                )
                for number in range(chance.choice((0, 0, 1, 3)))
            ]
            for source in told
        }
        first = next((source for source, clicks in of_day.items() if clicks), None)
        for source, clicks in of_day.items():
            for name, at in clicks:
                (counted if source == first else other).add(name)
                told[source].append(
                    {"click_id": name, "clicked_at": at, "link_id": link, "visitor_id": name}
                    if source == "inbox"
                    else {"tap": name, "tapped_at": at, "link": link, "who": name}
                )
    home.land("campaigns", [_campaign()])
    home.land("collaborations", [_collaboration("k1", "active")])
    home.land("tracking_links", [_link(link, "k1", link) for link in links])
    home.land("orders", [ORDER])
    for source, rows in told.items():
        home.land("clicks" if source == "inbox" else "taps", rows, source=source)
    home.night(FIRST)
    assert _valid(home) == counted
    recent = {f"{day:%j}" for day in days if day > FIRST - timedelta(days=28)}
    names = {name for name in counted | other if name.split("-")[2] in recent}
    assert _health(home) == [
        (source, len(of_source), len(of_source & counted))
        for source in sorted(told)
        if (of_source := {name for name in names if name.startswith(f"{source}-")})
    ]
    others = home.rows("select click_id from core.fct_clicks where is_other_door")
    assert {name for (name,) in others} == other
    assert len(counted) + len(other) == sum(map(len, told.values())) > 3_000
