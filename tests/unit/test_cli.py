"""The command line: quick help, clear errors, exit codes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reachline import cli
from reachline.configuration import EXAMPLE

HEAVY = ("airflow", "dbt", "duckdb", "great_expectations", "pandas", "pyarrow", "pydantic", "rich")


def call(
    project: Path, *arguments: str, code: str = "from reachline.cli import main; main()", **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": str(project / "plugins"), **env},
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_names_every_command_and_where_the_data_lives(project: Path) -> None:
    answer = call(project, "--help")
    assert answer.returncode == 0
    assert answer.stderr == ""
    for name in cli._COMMANDS:
        assert f"\n  {name} " in answer.stdout
    for words in ("micro-influencer", "REACHLINE_HOME", "published/current", "make demo"):
        assert words in answer.stdout


def test_help_imports_nothing_heavy(project: Path) -> None:
    code = (
        "import sys, reachline.cli as cli\n"
        "try: cli.main()\n"
        f"finally: print(*(m for m in {HEAVY!r} if m in sys.modules), file=sys.stderr)"
    )
    assert call(project, "--help", code=code).stderr.strip() == ""


@pytest.mark.parametrize("name", cli._COMMANDS)
def test_each_command_is_where_the_table_says(project: Path, name: str) -> None:
    answer = call(project, name, "--help", COLUMNS="200")
    assert answer.returncode == 0, answer.stderr
    assert f"Usage: reachline {name} " in answer.stdout


def test_the_version_is_that_of_the_project(project: Path) -> None:
    import tomllib

    version = tomllib.loads((project / "pyproject.toml").read_text())["project"]["version"]
    assert call(project, "--version").stdout == f"reachline {version}\n"


def test_an_unknown_command_is_exit_2_and_names_the_nearest(project: Path) -> None:
    answer = call(project, "relaese")
    assert answer.returncode == 2
    assert "No such command 'relaese'" in answer.stderr
    assert "release" in answer.stderr


def test_a_sound_configuration_is_exit_0(project: Path) -> None:
    answer = call(project, "config", "check")
    assert answer.returncode == 0, answer.stderr
    assert "is sound: Acme Coffee beside 2 competitors, in USD, in days of UTC; " in answer.stdout
    assert re.search(r"[1-9]\d* exports of other tools", answer.stdout)


def test_every_mistake_is_told_and_exit_is_2(project: Path, tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(EXAMPLE, config)
    (config / "tiers.csv").unlink()
    (config / "thresholds.yml").write_text("fx_stale_days: soon\n")
    (config / "exports").mkdir(exist_ok=True)
    (config / "exports" / "broken.yml").write_text("format: [\n")
    by_option = call(project, "config", "check", "--config", str(config))
    by_variable = call(project, "config", "check", REACHLINE_CONFIG=str(config))
    for answer in (by_option, by_variable):
        assert answer.returncode == 2
        assert answer.stdout == ""
        assert answer.stderr.startswith("error: 3 mistakes in the configuration:\n")
        assert f'{config}/thresholds.yml:1: fx_stale_days = "soon": is not' in answer.stderr
        assert f"{config}/tiers.csv: the file is missing" in answer.stderr
        assert f"{config}/exports/broken.yml:" in answer.stderr
        assert "Traceback" not in answer.stderr


FAILING = """
import sys, types, typer
from reachline import cli
from reachline.errors import ReachlineError

app = typer.Typer()
class StageFailed(ReachlineError): pass

@app.command()
def ours():
    raise StageFailed("gate 2 blocked")

@app.command()
def theirs():
    {}["lost"]

for name in ("ours", "theirs"):
    sys.modules[f"reachline.commands.{name}"] = types.SimpleNamespace(app=app)
    cli._COMMANDS[name] = ("x", "x")
cli.main()
"""


def test_a_failed_run_is_one_paragraph_and_exit_1(project: Path) -> None:
    answer = call(project, "ours", code=FAILING)
    assert (answer.returncode, answer.stderr) == (1, "error: gate 2 blocked\n")


def test_an_error_that_is_none_of_ours_says_what_it_is(project: Path) -> None:
    answer = call(project, "theirs", code=FAILING)
    assert answer.returncode == 1
    assert answer.stderr.startswith("error: KeyError: 'lost'\n")
    assert "REACHLINE_DEBUG=1" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_debug_shows_where(project: Path) -> None:
    answer = call(project, "theirs", code=FAILING, REACHLINE_DEBUG="1")
    assert answer.returncode == 1
    assert "Traceback" in answer.stderr


def test_init_writes_a_sound_configuration_and_never_over_one(
    tmp_path: Path, project: Path
) -> None:
    config, home = tmp_path / "config", tmp_path / "data"
    folders = {"REACHLINE_CONFIG": str(config), "REACHLINE_HOME": str(home)}
    made = call(project, "init", **folders)
    assert made.returncode == 0, made.stderr
    assert (home / "inbox").is_dir()
    assert str(config / "brands.yml") in made.stdout
    assert call(project, "config", "check", **folders).returncode == 0

    (config / "brands.yml").write_text("brands: mine", encoding="utf-8")
    refused = call(project, "init", **folders)
    assert refused.returncode == 2
    assert f"{config} is there already" in refused.stderr
    assert (config / "brands.yml").read_text(encoding="utf-8") == "brands: mine"


def test_without_a_configuration_the_way_to_one_is_told(tmp_path: Path, project: Path) -> None:
    told = call(project, "config", "check", "--config", str(tmp_path / "none"))
    assert told.returncode == 2
    assert "reachline init" in told.stderr


# never shown by the command line: raised and caught within a module or two
INNER = {
    "MalformedRowError",
    "OtherEncodingError",
    "QueryError",
    "QuotaSpentError",
    "Refusal",
    "_NeedMoreError",
}


def test_the_errors_of_the_project_have_one_base(project: Path) -> None:
    builtin = re.compile(r"^class (\w+)\((?:Exception|ValueError|RuntimeError|OSError)\):", re.M)
    found = {
        name
        for path in (project / "plugins" / "reachline").rglob("*.py")
        for name in builtin.findall(path.read_text(encoding="utf-8"))
    }
    assert "ReachlineError" in found
    assert found - INNER == {"ReachlineError"}
