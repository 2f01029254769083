"""One figure of one post is one value, wherever it is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from ruamel.yaml import YAML

from reachline.night import run_night
from reachline.publish import superset
from reachline.publish.report import write_report
from reachline.publish.workbook import write_workbook
from tests.end_to_end.homes import Market
from tests.unit.publish.pages import figures
from tests.unit.publish.test_workbook import HEAD, places, sheet_of

pytestmark = pytest.mark.slow

COUNTS = ("likes", "comments", "shares", "saves", "views", "reach", "impressions")
FIGURES = (*COUNTS, "engagements")
Shown = Iterator[tuple[str, str, str, Any]]
"""Where, of which post, which figure, what."""


@dataclass(frozen=True)
class Told:
    """A release in which the newest snapshot of a paid post hides its likes."""

    database: Path
    post_id: str
    before: Mapping[str, int | None]


@pytest.fixture(scope="module")
def told(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Told:
    home = tmp_path_factory.mktemp("figures") / "data"
    settings, day = market.copy(2, home), market.world.nights[-1].logical_date
    database = home / "published" / "current" / "warehouse.duckdb"
    with duckdb.connect(str(database), read_only=True) as con:
        cursor = con.execute(
            f"select post_id, {', '.join(COUNTS)} from core.fct_post_latest"
            " where likes > 100 and comments > 0 and post_id in ("
            "     select posts.post_id from core.dim_post as posts"
            "     inner join core.dim_account as accounts on posts.account_id = accounts.account_id"
            "     where posts.collaboration_id is not null and accounts.creator_id is not null"
            " ) order by post_id limit 1"
        )
        names = [column[0] for column in cursor.description or ()]
        (row,) = cursor.fetchall()
    before = dict(zip(names, row, strict=True))
    platform, _, native_id = before.pop("post_id").partition(":")
    (home / "inbox" / "post_metrics").mkdir(parents=True, exist_ok=True)
    (home / "inbox" / "post_metrics" / "hidden.csv").write_text(
        "platform,native_post_id,observed_at,comments\n"
        f"{platform},{native_id},{day}T23:59:59Z,{before['comments'] + 7}\n"
    )
    run_night(settings, day)
    return Told(database, f"{platform}:{native_id}", before)


def _in_tables(con: duckdb.DuckDBPyConnection) -> Shown:
    for table, columns in {
        "views.posts": FIGURES,
        "views.brand_mentions": ("engagements",),
        "core.fct_mentions": ("engagements",),
        "reports.post_performance": ("engagements", "views", "reach", "impressions"),
    }.items():
        for row in con.execute(f"select post_id, {', '.join(columns)} from {table}").fetchall():
            for name, value in zip(columns, row[1:], strict=True):
                yield table, row[0], name, value
    rows = con.execute("select post_id, metric, number from core.fct_paid_post_metrics").fetchall()
    yield from (("core.fct_paid_post_metrics", *row) for row in rows)


def _in_superset(con: duckdb.DuckDBPyConnection) -> Shown:
    (path,) = [path for path in superset.files() if str(path).endswith("Reachline/posts.yaml")]
    dataset = YAML(typ="safe").load((superset.TARGET / path).read_text("utf-8"))
    metrics = {each["metric_name"]: each["expression"] for each in dataset["metrics"]}
    assert metrics.keys() >= {*FIGURES}
    place = f"{dataset['schema']}.{dataset['table_name']}"
    asked = ", ".join(metrics[name] for name in FIGURES)
    for row in con.execute(f"select post_id, {asked} from {place} group by post_id").fetchall():
        for name, value in zip(FIGURES, row[1:], strict=True):
            yield "Superset", row[0], name, value


def _in_workbook(database: Path, folder: Path) -> Shown:
    write_workbook(database, folder / "a.xlsx")
    book = openpyxl.load_workbook(folder / "a.xlsx")
    page = sheet_of(book, "post_performance")
    columns = {place.rpartition(".")[2]: n for n, place in enumerate(places(book)[page.title])}
    for row in page.iter_rows(min_row=HEAD + 1, values_only=True):
        for name in ("engagements", "views", "reach", "impressions"):
            yield "workbook", str(row[columns["post_id"]]), name, row[columns[name]]


def _in_report(database: Path, folder: Path) -> Shown:
    write_report(database, folder / "report")
    for path in sorted((folder / "report").rglob("*.html")):
        for figure in figures(path.read_text("utf-8")):
            if figure.keys == ("post_id",) and figure.column in FIGURES:
                value = None if figure.value is None else int(figure.value)
                yield f"report/{path.name} {figure.table}", figure.key[0], figure.column, value


def test_each_figure_of_a_post_is_the_same_wherever_it_is_shown(told: Told, tmp_path: Path) -> None:
    with duckdb.connect(str(told.database), read_only=True) as con:
        latest = {
            row[0]: dict(zip(FIGURES, row[1:], strict=True))
            for row in con.execute(
                f"select post_id, {', '.join(FIGURES)} from core.fct_post_latest"
            ).fetchall()
        }
        shown = [*_in_tables(con), *_in_superset(con)]
    shown += [*_in_workbook(told.database, tmp_path), *_in_report(told.database, tmp_path)]
    differ = [
        (place, post_id, name, value, latest.get(post_id, {}).get(name))
        for place, post_id, name, value in shown
        if value != latest.get(post_id, {}).get(name)
    ]
    assert differ == []
    seen = {place.partition("/")[0] for place, post_id, *_ in shown if post_id == told.post_id}
    assert seen >= {"views.posts", "reports.post_performance", "Superset", "workbook", "report"}
    assert len(shown) > 10_000


def test_likes_that_are_hidden_are_those_that_were_known(told: Told) -> None:
    with duckdb.connect(str(told.database), read_only=True) as con:
        (found,) = con.execute(
            f"select {', '.join(FIGURES)} from views.posts where post_id = ?", [told.post_id]
        ).fetchall()
    expected = {**told.before, "comments": (told.before["comments"] or 0) + 7}
    parts = (expected[name] or 0 for name in ("likes", "comments", "shares", "saves"))
    assert dict(zip(FIGURES, found, strict=True)) == {**expected, "engagements": sum(parts)}
