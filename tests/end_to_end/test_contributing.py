"""CONTRIBUTING's walk-throughs, typed as they are written into a copy of the project, and run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from reachline.configuration import EXAMPLE
from tests.unit.connectors.server import Asked, Given, serving

pytestmark = pytest.mark.slow

_RUN = """
import datetime as dt
import sys
from pathlib import Path

from reachline.connectors.clock import Clock
from reachline.connectors.connections import Connection
from reachline.connectors.ingest import ingest
from reachline.settings import load_settings
from reachline.warehouse import connect, open_run, stage

home, config, url = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
settings = load_settings(home, config)
connection = Connection(password="s3cret", extra={"base_url": url})
for hour in (6, 7, 8):
    now = dt.datetime(2026, 3, 2, hour, tzinfo=dt.UTC)
    clock = Clock(now=lambda now=now: now, sleep=lambda seconds: None)
    report = ingest(settings, "pixelfed", f"r{hour}", clock=clock, connection=connection)
    print(sorted((outcome.query.text, str(outcome.state)) for outcome in report.outcomes))
stage(open_run(settings, dt.date(2026, 3, 2)))
with connect(settings.paths.warehouse, read_only=True) as con:
    for row in con.execute(
        "select platform, native_post_id, native_account_id, text, found_by"
        " from work.staging.stg_inbox__posts order by all"
    ).fetchall():
        print(row)
"""
_POSTS = [
    {
        "id": str(number),
        "account": "anna",
        "published_at": "2026-03-01T08:00:00Z",
        "caption": f"Brew {number}",
    }
    for number in range(1, 6)
]


# where a block goes in a file that is there already: the line that it stands before, and how deep
_BEFORE = {
    "metric_catalogue.sql": ("{% endset %}", ""),
    "campaign_performance.yml": ("      - name: emv\n", " " * 6),
    "collaboration_performance.yml": ("      - name: emv\n", " " * 6),
    "returns.py": ('            "emv": money(', " " * 12),
}
_NOT_COPIED = shutil.ignore_patterns(
    *(".git", ".venv*", ".tools", "data", "site", "target", "logs"),
    *("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"),
)


def walk_through(project: Path, title: str) -> list[tuple[list[str], str]]:
    """Return (the files that are named before, what is to be typed) of each block of a section."""
    text = (project / "CONTRIBUTING.md").read_text(encoding="utf-8")
    _, _, text = text.partition(f"\n## {title}\n")
    blocks, told, block = [], "", list[str]()
    for line in [*text.partition("\n## ")[0].splitlines(), "end"]:
        if line.startswith("       ") or (block and not line.strip()):
            block.append(line)
            continue
        if block:
            # named as what the step is about, or right before the block
            about = re.search(r"\*\*[^*]+\*\*, (`[^`]+`)", told) or re.search(
                r"((?:`[^`]+`(?:, )?)+):\s*$", told
            )
            files = re.findall(r"`([^`]+)`", about[1]) if about else []
            blocks.append((files, textwrap.dedent("\n".join(block)).strip("\n") + "\n"))
            told, block = "", []
        told = f"{told} {line.strip()}"
    return blocks


def type_in(copy: Path, blocks: list[tuple[list[str], str]]) -> list[str]:
    """Type the blocks into the files that are named; return these."""
    for files, block in blocks:
        for path in (copy / name for name in files):
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block, encoding="utf-8")
                continue
            text = path.read_text(encoding="utf-8")
            if path.name in _BEFORE:
                place, depth = _BEFORE[path.name]
                assert text.count(place) == 1
                text = text.replace(place, textwrap.indent(block, depth) + place)
            else:
                # a line that begins as one that is there replaces it
                (line,) = (old for old in text.splitlines() if old.strip()[:24] == block[:24])
                text = text.replace(line, "    " + block.rstrip("\n"))
            path.write_text(text, encoding="utf-8")
    return [name for files, _ in blocks for name in files]


def run(copy: Path, *arguments: str, **environment: str) -> str:
    """Run Python in a copy, with the code of the copy; return what it printed."""
    ran = subprocess.run(
        [sys.executable, *arguments],
        env={
            **os.environ,
            "PYTHONPATH": str(copy / "plugins"),
            "REACHLINE_CONFIG": str(copy / "plugins/reachline/configuration/example"),
            **environment,
        },
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"{' '.join(arguments)}: {ran.stdout[-5000:]}{ran.stderr[-2000:]}"
    return ran.stdout


@pytest.fixture(scope="module")
def typed_in(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Path:
    """Return a copy of the project with both walk-throughs typed in, and what is made of them."""
    copy = tmp_path_factory.mktemp("typed") / "copy"
    shutil.copytree(project, copy, ignore=_NOT_COPIED)
    for title, files in (("Add a platform", 4), ("Add a metric", 5)):
        typed = type_in(copy, walk_through(project, title))
        assert len(typed) == files, typed
    run(copy, "-m", "reachline.generated")
    return copy


def answer(asked: Asked, broken: list[int]) -> Given:
    """Pages of two posts, the oldest first; the cursor is a place. Fails where `broken` says."""
    if asked.headers.get("Authorization") != "Bearer s3cret":
        return Given({}, 401)
    if asked.path != "/api/tags/brewbetter":
        return Given({"posts": [], "next": None})
    at = int(asked.params.get("cursor", 0))
    if at in broken:
        broken.remove(at)
        return Given({}, 400)
    following = str(at + 2) if at + 2 < len(_POSTS) else None
    return Given({"posts": _POSTS[at : at + 2], "next": following})


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def test_the_linters_pass_what_is_written(typed_in: Path, project: Path) -> None:
    cache = project / ".mypy_cache"
    if cache.is_dir():
        # what mypy knows of the libraries; it replaces files, it never writes into them
        shutil.copytree(cache, typed_in / ".mypy_cache", copy_function=_link)
    run(typed_in, "-m", "ruff", "check", ".")
    run(typed_in, "-m", "ruff", "format", "--check", ".")
    run(typed_in, "-m", "mypy")
    run(typed_in, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")


def test_the_linter_of_sql_passes_what_is_written(typed_in: Path, tmp_path: Path) -> None:
    models = ("staging/pixelfed", "reports/campaign_performance.sql")
    run(
        typed_in,
        *("-m", "sqlfluff", "lint", *(f"dbt_project/models/{each}" for each in models)),
        REACHLINE_WAREHOUSE_FILE=str(tmp_path / "warehouse.duckdb"),
        REACHLINE_STAGING_FILE=str(tmp_path / "staging.duckdb"),
    )


_KNOW_PLATFORMS_OR_METRICS = (
    "tests/unit/test_generated.py",
    "tests/unit/test_settings.py",
    "tests/unit/test_docs.py",
    "tests/dags/test_ingest.py",
    "tests/unit/warehouse/test_metrics.py",
    "tests/unit/publish/test_workbook.py",
    "tests/unit/publish/test_semantic_layer.py",
    "tests/unit/publish/test_superset_bundle.py",
)


# of one platform, whatever others there are, and through Airflow
_KNOWS_NONE = "tests/dags/test_ingest.py::test_what_a_source_says_lands_through_its_dag"


def test_what_is_written_passes_the_tests_of_platforms_and_metrics(typed_in: Path) -> None:
    run(
        typed_in,
        *("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--deselect", _KNOWS_NONE),
        *_KNOW_PLATFORMS_OR_METRICS,
    )


@pytest.mark.long
def test_a_copy_passes_all_tests_of_the_project(typed_in: Path) -> None:
    but = "tests/end_to_end/test_contributing.py"
    run(typed_in, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", f"--ignore={but}")


def test_a_platform_is_added_by_what_is_written(tmp_path: Path, typed_in: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(EXAMPLE, config)
    sources = config / "sources.yml"
    sources.write_text('connectors: {"pixelfed": {}}\n', encoding="utf-8")
    brand = {"brand_id": "acme", "name": "Acme", "role": "own", "hashtags": ["brewbetter", "acme"]}
    brands = {"reporting": {"currency": "USD", "time_zone": "UTC"}, "brands": [brand]}
    (config / "brands.yml").write_text(json.dumps(brands), encoding="utf-8")
    script = tmp_path / "run.py"
    script.write_text(_RUN, encoding="utf-8")
    broken = [2]
    with serving(lambda asked: answer(asked, broken)) as server:
        ran = subprocess.run(
            [sys.executable, str(script), str(tmp_path / "data"), str(config), server.url],
            env={**os.environ, "PYTHONPATH": str(typed_in / "plugins")},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr
    cut_short, whole, again, *rows = ran.stdout.splitlines()
    assert cut_short == "[('hashtag:acme', 'no_data'), ('hashtag:brewbetter', 'partial')]"
    assert whole == "[('hashtag:acme', 'no_data'), ('hashtag:brewbetter', 'ok')]"
    assert again == "[('hashtag:acme', 'no_data'), ('hashtag:brewbetter', 'no_data')]"
    assert rows == [
        f"('pixelfed', '{n}', 'anna', 'Brew {n}', 'hashtag:brewbetter')" for n in range(1, 6)
    ]


@pytest.mark.parametrize("line", ['source = "pixelfed"', "{{ found_by('parsed.query') }}"])
def test_the_walk_through_is_read_whole(project: Path, line: str) -> None:
    assert any(line in block for _, block in walk_through(project, "Add a platform"))
