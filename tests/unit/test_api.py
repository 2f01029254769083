"""A release as a notebook sees it: the same values, with types that lose nothing."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import polars
import pytest

import reachline
from reachline.api import OpenRelease, UnknownTableError
from reachline.explain import UnknownError
from reachline.publish.releases import DATABASE, ReleaseError
from reachline.warehouse.metrics import load_metrics

from .explain.book import write_release
from .publish.small_release import DAY, publish_release


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenRelease]:
    publish_release(tmp_path)
    monkeypatch.setenv("REACHLINE_HOME", str(tmp_path))
    with reachline.open_release() as opened:
        yield opened


def test_a_table_has_every_row_and_value_of_the_release(release: OpenRelease) -> None:
    with duckdb.connect(str(release._release.path / DATABASE), read_only=True) as con:
        plain = con.execute("select * from core.fct_facts").fetchall()
    assert len(plain) == 1000
    assert list(release.table("fct_facts").itertuples(index=False, name=None)) == plain
    assert [tuple(row.values()) for row in release.arrow("fct_facts").to_pylist()] == plain


def test_types_lose_nothing(release: OpenRelease) -> None:
    kinds = release.table("dim_kinds")
    known, missing = kinds.iloc[0], kinds.iloc[1]
    # to the last digit, where a float would have 123456789012345680
    assert known["money"] == Decimal("123456789012345678.0123456789")
    assert known["large"] == -9223372036854775808
    assert known["day"] == date(1969, 12, 31)
    assert known["yes"] is True
    # a count that is not known is missing, and does not make the others floats
    assert missing["large"] is pd.NA
    assert str(kinds["large"].dtype) == "int64[pyarrow]"
    assert str(kinds["money"].dtype) == "decimal128(28, 10)[pyarrow]"


def test_columns_are_given_as_asked(release: OpenRelease) -> None:
    assert list(release.table("core.fct_facts", ["amount", "fact_id"]).columns) == [
        "amount",
        "fact_id",
    ]


def test_a_view_is_read_by_its_plain_name(release: OpenRelease) -> None:
    assert list(release.table("late")["campaign_id"]) == ["c1"]
    assert "reports.late" in release.tables()


@pytest.mark.parametrize(
    ("name", "columns", "told"),
    [
        ("fct_fact", None, "has no table fct_fact. Did you mean fct_facts"),
        ("reports.nothing_like_it_at_all", None, "It has core.dim_account"),
        ("fct_facts", ["amonut"], "fct_facts has no column amonut. Did you mean amount?"),
        ('fct_facts"; drop table x; --', None, "has no table"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(
    release: OpenRelease, name: str, columns: list[str] | None, told: str
) -> None:
    with pytest.raises(UnknownTableError) as error:
        release.table(name, columns)
    assert told in str(error.value)


def test_a_query_is_asked_of_this_release_alone(release: OpenRelease, tmp_path: Path) -> None:
    found = release.query("select count(*) as facts from core.fct_facts where build = ?", [1])
    assert found["facts"].tolist() == [1000]
    other = tmp_path / "other.csv"
    other.write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(duckdb.PermissionException):
        release.query(f"select * from '{other}'")
    with pytest.raises(duckdb.InvalidInputException):
        release.query("create table core.mine (a integer)")


def test_an_open_release_stays_what_it_was(release: OpenRelease, tmp_path: Path) -> None:
    publish_release(tmp_path, build=2)
    assert set(release.table("fct_facts")["build"]) == {1}
    with reachline.open_release() as newer:
        assert set(newer.table("fct_facts")["build"]) == {2}


def test_a_release_is_found_by_name_id_and_folder(release: OpenRelease, tmp_path: Path) -> None:
    for name in (release.release_id, tmp_path / "published" / "current"):
        with reachline.open_release(name) as found:
            assert found.release_id == release.release_id
            assert found.logical_date == DAY
            assert found.about["run_id"] == "r"
    with pytest.raises(ReleaseError, match="no such release"):
        reachline.open_release("2020-01-01-0001")


def test_a_figure_is_explained_as_objects(tmp_path: Path) -> None:
    catalogue: list[dict[str, object]] = [
        {"metric": metric.name, "formula": metric.formula, "unit": metric.unit}
        for metric in load_metrics().values()
    ]
    write_release(tmp_path / "published", catalogue)
    with reachline.open_release(tmp_path / "published" / "current") as release:
        answer = release.explain("campaign_performance", campaign_id="c1", metric="cost_committed")
        (cost,) = (figure for figure in answer.figures if figure.name == "cost_committed")
        row = release.table("campaign_performance").query("campaign_id == 'c1'")
    assert cost.is_same
    assert {cost.published} == set(row["cost_committed"])
    with (
        reachline.open_release(tmp_path / "published" / "current") as release,
        pytest.raises(UnknownError),
    ):
        release.explain("campaign_performance", campaign_id="nobody")


def test_polars_has_the_same_rows(release: OpenRelease) -> None:
    frame = release.polars("fct_facts")
    assert isinstance(frame, polars.DataFrame)
    assert frame.to_dicts() == release.arrow("fct_facts").to_pylist()


def test_importing_reachline_imports_no_library() -> None:
    code = "import sys, reachline; print({'duckdb', 'pandas', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
