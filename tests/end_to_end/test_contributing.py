"""CONTRIBUTING's "Add a platform", typed as it is written into a copy of the project, and run."""

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


_PYTHON = (
    "plugins/reachline/configuration/models.py",
    "plugins/reachline/connectors/pixelfed.py",
    "plugins/reachline/connectors/__init__.py",
)
"""What of the walk-through is Python."""


def walk_through(project: Path) -> list[tuple[str, str]]:
    """Return (the sentence before, what is to be typed) of each block of the walk-through."""
    text = (project / "CONTRIBUTING.md").read_text(encoding="utf-8")
    text = text[text.index("## Add a platform") : text.index("## Dependencies")]
    blocks, told, block = [], "", list[str]()
    for line in [*text.splitlines(), "end"]:
        if line.startswith("       ") or (block and not line.strip()):
            block.append(line)
            continue
        if block:
            blocks.append((told, textwrap.dedent("\n".join(block)).strip("\n") + "\n"))
            told, block = "", []
        told = f"{told} {line.strip()}"
    return blocks


def type_in(copy: Path, blocks: list[tuple[str, str]]) -> list[str]:
    """Type the blocks into the files that the sentences name; return those files."""
    named: list[str] = []
    for told, block in blocks:
        paths = re.findall(r"`([\w/]+/\w+\.(?:py|sql|yml))`", told)
        named += paths[-1:] or named[-1:]
        path = copy / named[-1]
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block, encoding="utf-8")
            continue
        text = path.read_text(encoding="utf-8")
        if block.startswith("class "):
            before = "class Connectors(Strict):"
            text = text.replace(before, f"{block}\n\n{before}")
        elif path.suffix == ".sql":
            # below the files' own rows
            first = "    select * from {{ source('inbox', 'posts') }}\n"
            assert text.count(first) == 1
            text = text.replace(first, first + textwrap.indent(block, "    "))
        else:
            # after the last line of its kind
            last = (
                "    ga4: GA4Options | None = None\n"
                if "Options" in block
                else '    "ga4": "GA4",\n'
            )
            assert text.count(last) == 1
            text = text.replace(last, last + textwrap.indent(block, "    "))
        path.write_text(text, encoding="utf-8")
    return named


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


@pytest.fixture
def copy(tmp_path: Path, project: Path) -> Path:
    """Return a copy of the project with the walk-through typed in."""
    copy = tmp_path / "copy"
    for part in ("plugins", "dbt_project"):
        ignored = shutil.ignore_patterns("target", "logs", "__pycache__")
        shutil.copytree(project / part, copy / part, ignore=ignored)
    shutil.copytree(EXAMPLE, copy / "config")
    shutil.copy(project / "pyproject.toml", copy)
    named = type_in(copy, walk_through(project))
    assert len(named) == 7, named
    assert set(_PYTHON) == {name for name in named if name.endswith(".py")}
    return copy


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def test_what_is_written_passes_what_the_project_is_checked_by(copy: Path, project: Path) -> None:
    cache = project / ".mypy_cache"
    if cache.is_dir():
        # what mypy knows of the libraries; it replaces files, it never writes into them
        shutil.copytree(cache, copy / ".mypy_cache", copy_function=_link)
    python = [str(copy / name) for name in _PYTHON]
    for tool in (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]):
        ran = subprocess.run(
            [sys.executable, "-m", *tool, *python],
            cwd=copy,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, f"{' '.join(tool)}: {ran.stdout}{ran.stderr}"


def test_a_platform_is_added_by_what_is_written(tmp_path: Path, copy: Path) -> None:
    sources = copy / "config/sources.yml"
    sources.write_text('connectors: {"pixelfed": {}}\n', encoding="utf-8")
    brand = {"brand_id": "acme", "name": "Acme", "role": "own", "hashtags": ["brewbetter", "acme"]}
    brands = {"reporting": {"currency": "USD", "time_zone": "UTC"}, "brands": [brand]}
    (copy / "config/brands.yml").write_text(json.dumps(brands), encoding="utf-8")
    script = tmp_path / "run.py"
    script.write_text(_RUN, encoding="utf-8")
    broken = [2]
    with serving(lambda asked: answer(asked, broken)) as server:
        ran = subprocess.run(
            [sys.executable, str(script), str(tmp_path / "data"), str(copy / "config"), server.url],
            env={**os.environ, "PYTHONPATH": str(copy / "plugins")},
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
    assert any(line in block for _, block in walk_through(project))
