"""A release as others read it: older drivers, plain clients, MetricFlow."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import adbc_driver_duckdb
import adbc_driver_manager.dbapi
import duckdb
import pytest
import sqlalchemy

from reachline.night import run_night
from reachline.publish.comments import write_comments
from reachline.quality.contract import CONTRACT, VIEWS
from reachline.warehouse.files import OLDEST_DRIVER
from tests.end_to_end.environments import PROJECT, environment, install
from tests.end_to_end.homes import drop, settings_of, small_world

pytestmark = pytest.mark.long

LOCKED = {"enable_external_access": "false", "lock_configuration": "true"}
RELATIONS = sorted({*CONTRACT, *VIEWS})

# what an older driver does in a process of its own; prints the rows that it counts
READER = """
import duckdb, json, sys
path, config, relations = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
served = duckdb.connect(path, read_only=True, config=config)
rows = {r: served.execute(f"select count(*) from {r}").fetchall()[0][0] for r in relations}
for relation in relations:
    served.execute(f"select * from {relation}").fetchall()
words = served.execute(
    "select comment from duckdb_columns() where schema_name = 'reports'"
    " and table_name = 'campaign_performance' and column_name = 'roas'"
).fetchall()[0][0]
served.close()
own = duckdb.connect()
own.execute(f"attach '{path}' as somebody (read_only)")
has_views = tuple(map(int, duckdb.__version__.split("."))) >= (1, 2, 0)
attached = {r: own.execute(f"select count(*) from somebody.{r}").fetchall()[0][0]
            for r in relations if has_views or not r.startswith("views.")}
print(json.dumps({"version": duckdb.__version__, "rows": rows, "attached": attached,
                  "words": words}))
"""


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a home that has had one night, with its words as comments."""
    folder = tmp_path_factory.mktemp("readers")
    world = small_world(folder / "world", nights=1)
    run_night(settings_of(world, folder / "data"), drop(world, 0, folder / "data"))
    release = folder / "release"
    release.mkdir()
    served = folder / "data" / "published" / "current" / "warehouse.duckdb"
    shutil.copyfile(served, release / served.name)
    with duckdb.connect(str(release / served.name)) as con:
        write_comments(con)
        con.execute("checkpoint")
    return release


@pytest.fixture(scope="module")
def rows(release: Path) -> dict[str, int]:
    """What this environment's own driver counts."""
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as con:
        return {
            relation: con.execute(f"select count(*) from {relation}").fetchall()[0][0]
            for relation in RELATIONS
        }


@pytest.mark.parametrize("wanted", [f">={OLDEST_DRIVER}", "==1.2.0", "==1.5.6"])
def test_an_older_driver_reads_every_table_and_view(
    release: Path, rows: dict[str, int], wanted: str, tmp_path: Path
) -> None:
    """Of the first, the oldest that this Python can install: the registry says which it is."""
    said = read_by(wanted, release, tmp_path)
    assert said.returncode == 0, said.stderr
    found = json.loads(said.stdout)
    assert parsed(found["version"]) >= parsed(OLDEST_DRIVER)
    assert found["rows"] == rows
    # before 1.2.0 a view looks for its tables in the database that is open
    whole = parsed(found["version"]) >= (1, 2, 0)
    assert found["attached"] == {name: n for name, n in rows.items() if whole or name not in VIEWS}
    assert "attributed_revenue / cost_committed" in found["words"].lower()


def test_a_driver_that_is_too_old_says_so_and_reads_nothing_wrong(
    release: Path, tmp_path: Path
) -> None:
    """The oldest of all with a wheel for this Python: 0.6.0 of 3.11; no storage is for it."""
    said = read_by(">=0.6", release, tmp_path, config={})
    if said.returncode == 0:
        assert parsed(json.loads(said.stdout)["version"]) >= parsed(OLDEST_DRIVER)
    else:
        assert said.stdout == ""
        assert "version number" in said.stderr or "Serialization Error" in said.stderr


def read_by(
    wanted: str, release: Path, folder: Path, config: Mapping[str, str] = LOCKED
) -> subprocess.CompletedProcess[str]:
    """Read all of a release by the lowest driver that is wanted, in a process of its own."""
    target = folder / "driver"
    install(
        [
            *("pip", "install", "--quiet", "--python", sys.executable, "--no-deps"),
            *("--only-binary", "duckdb", "--resolution", "lowest"),
            *("--target", str(target), f"duckdb{wanted}"),
        ],
        f"duckdb{wanted}",
    )
    return subprocess.run(
        [
            *(sys.executable, "-c", READER, str(release / "warehouse.duckdb")),
            *(json.dumps(config), json.dumps(RELATIONS)),
        ],
        env={**os.environ, "PYTHONPATH": str(target)},
        check=False,
        capture_output=True,
        text=True,
    )


def parsed(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def test_adbc_reads_every_table_and_view(release: Path, rows: dict[str, int]) -> None:
    options = {"path": str(release / "warehouse.duckdb"), "access_mode": "read_only", **LOCKED}
    found = {}
    with (
        adbc_driver_manager.dbapi.connect(
            driver=adbc_driver_duckdb.driver_path(),
            entrypoint="duckdb_adbc_init",
            db_kwargs=options,
        ) as con,
        con.cursor() as cursor,
    ):
        for relation in RELATIONS:
            cursor.execute(f"select count(*) from {relation}")
            ((found[relation],),) = cursor.fetchall()
            cursor.execute(f"select * from {relation} limit 5")
            assert cursor.fetch_arrow_table().num_columns > 1
    assert found == rows


def test_sqlalchemy_reads_and_lists_tables_views_and_comments(
    release: Path, rows: dict[str, int]
) -> None:
    engine = sqlalchemy.create_engine(
        f"duckdb:///{release / 'warehouse.duckdb'}",
        connect_args={"read_only": True, "config": LOCKED},
    )
    with engine.connect() as con:
        found = {
            relation: con.execute(sqlalchemy.text(f"select count(*) from {relation}")).scalar_one()
            for relation in RELATIONS
        }
        words = con.execute(
            sqlalchemy.text("select comment from duckdb_views() where view_name = 'posts'")
        ).scalar_one()
        with pytest.raises(sqlalchemy.exc.DBAPIError):
            con.execute(sqlalchemy.text("select * from read_text('/etc/hostname')"))
    listed = set(sqlalchemy.inspect(engine).get_view_names(schema="views"))
    engine.dispose()
    assert found == rows
    assert {view.split(".")[1] for view in VIEWS} <= {name.split(".")[-1] for name in listed}
    assert words.startswith("One row per post_id")


def test_metricflow_finds_nothing_wrong_and_says_what_the_reports_say(
    release: Path, tmp_path: Path
) -> None:
    programs = environment("metricflow")
    project = tmp_path / "dbt_project"
    shutil.copytree(PROJECT / "dbt_project", project, ignore=shutil.ignore_patterns("target"))
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "PYTHONPATH"))}
    variables = {
        **clean,
        "PATH": f"{programs}:{clean['PATH']}",
        "DBT_PROFILES_DIR": str(PROJECT / "bi" / "metricflow"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "REACHLINE_RELEASE": str(release / "warehouse.duckdb"),
    }

    def call(*arguments: str) -> str:
        done = subprocess.run(
            arguments, env=variables, cwd=project, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    call(str(programs / "dbt"), "--quiet", "parse")
    said = call(str(programs / "mf"), "validate-configs")
    assert said.count("ERRORS: 0, FUTURE_ERRORS: 0, WARNINGS: 0") == 6
    metrics = ["cost_committed", "attributed_revenue", "roas", "roi", "cpm", "ctr", "emv"]
    call(
        *(str(programs / "mf"), "query", "--metrics", ",".join(metrics)),
        *("--group-by", "campaign", "--csv", "asked.csv", "--decimals", "9"),
    )
    with (project / "asked.csv").open(encoding="utf-8", newline="") as file:
        asked = {row["campaign"]: row for row in csv.DictReader(file)}
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as con:
        reported = con.execute(
            f"select campaign_id, {', '.join(metrics)} from reports.campaign_performance"
            " where is_default_method"
        ).fetchall()
    assert len(reported) > 5
    assert len(asked) == len(reported)
    for campaign, *figures in reported:
        for metric, figure in zip(metrics, figures, strict=True):
            text = asked[campaign][metric]
            expected = None if figure is None else pytest.approx(float(figure), abs=1e-6)
            assert (None if text in {"", "nan", "None"} else float(text)) == expected, metric
    metrics = ["booking_collaborations", "booking_last_fee"]
    call(
        *(str(programs / "mf"), "query", "--metrics", ",".join(metrics)),
        *("--group-by", "brand__brand_name,booking__verdict", "--csv", "booked.csv"),
        *("--decimals", "9"),
    )
    with (project / "booked.csv").open(encoding="utf-8", newline="") as file:
        booked = {
            (row["brand__brand_name"], row["booking__verdict"]): [
                None if row[metric] in {"", "nan", "None"} else pytest.approx(float(row[metric]))
                for metric in metrics
            ]
            for row in csv.DictReader(file)
        }
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as con:
        sums = con.execute(
            "select brand_name, verdict, sum(collaborations), cast(sum(last_fee) as double)"
            " from reports.next_bookings inner join core.dim_brand using (brand_id)"
            " group by brand_name, verdict"
        ).fetchall()
    assert sums
    assert booked == {(brand, verdict): figures for brand, verdict, *figures in sums}
