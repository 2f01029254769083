"""The documentation says what is so: drawings, options, commands, links."""

from __future__ import annotations

import re
import shlex
import tomllib
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from pydantic import BaseModel
from ruamel.yaml import YAML

import reachline
from reachline import cli
from reachline.configuration import models, publishing, retention
from reachline.inbox import expressions
from reachline.inbox.check import check_file
from reachline.inbox.exports import (
    Export,
    ExportsFile,
    RowExpression,
    StreamMapping,
    load_exports,
)
from reachline.publish import keys
from reachline.quality.contract import CONTRACT, VIEWS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

# --- the architecture -----------------------------------------------------------------------------


def contract_layers() -> list[set[str]]:
    """The layers that import-linter holds, uppermost first; `dags` stands above the package."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    contracts: dict[str, Any] = {contract["id"]: contract for contract in settings["contracts"]}
    above = contracts["dags"]["layers"]
    assert above[-1] == "reachline"
    layers = [*above[:-1], *contracts["layers"]["layers"]]
    return [{name.strip(" ()") for name in layer.split("|")} for layer in layers]


def drawn_layers(page: str) -> list[set[str]]:
    """The layers of the drawing: the subgraphs, in the order in which the arrows lead."""
    drawing = re.search(r"```mermaid\nflowchart TB\n(.*?)```", page, re.DOTALL)
    assert drawing is not None
    boxes = {
        name: set(body.split())
        for name, body in re.findall(
            r"subgraph (\w+) \[.*?\]\n(.*?)\n    end", drawing[1], re.DOTALL
        )
    }
    following: dict[str, str] = {}
    for line in drawing[1].splitlines():
        names = re.findall(r"\w+", line) if "-->" in line else []
        for name, after in pairwise(names):
            assert name not in following, f"two arrows lead on from {name}"
            following[name] = after
    (first,) = boxes.keys() - set(following.values())
    chain = [first]
    while chain[-1] in following:
        chain.append(following[chain[-1]])
    assert set(chain) == boxes.keys()
    return [boxes[name] for name in chain]


def test_the_drawn_architecture_is_the_one_that_the_linter_holds() -> None:
    layers = drawn_layers((DOCS / "architecture.md").read_text("utf-8"))
    assert layers == contract_layers()
    assert len(layers) > 10


# --- generated pages ------------------------------------------------------------------------------


def test_the_tables_page_holds_the_contract() -> None:
    found = {f"{table.schema}.{table.name}": table.key for table in keys.published()}
    assert found.pop("quality.gate_results")
    assert found == CONTRACT | VIEWS


def test_a_reference_is_one_that_dbt_tests_or_one_of_the_same_name() -> None:
    found = {
        (table.name, reference.column, reference.table, reference.is_tested)
        for table in keys.published()
        for reference in table.references
    }
    assert ("dim_post", "account_id", "dim_account", True) in found
    assert ("fct_refunds", "order_id", "fct_orders", False) in found
    names = {table.name for table in keys.published()}
    assert {target for _, _, target, _ in found} < names  # int_collaborations__live is none of them
    assert ("fct_orders", "order_id", "fct_orders", False) not in found
    # of two tables with the same key, to the dimension
    assert ("fct_paid_post_metrics", "post_id", "dim_post", False) in found


# --- options --------------------------------------------------------------------------------------


def fields_of(*models: type[BaseModel]) -> set[str]:
    return {name for model in models for name in model.model_fields}


def test_every_option_of_the_configuration_is_documented() -> None:
    page = (DOCS / "configuration.md").read_text("utf-8")
    options = fields_of(
        models.Reporting, models.Brand, models.Inbox, models.Freshness, models.Thresholds,
        models.Tier, models.PlatformMetric, models.PlatformFold, models.EmvRate,
        models.DisclosureToken, models.AuthenticityPenalty, models.DiscoveryWeight,
        publishing.PostgresCopy, publishing.Digest, publishing.StorageCopy, publishing.Alarms,
        publishing.MailAlarm, publishing.WebhookAlarm, retention.Retention, retention.Period,
    )  # fmt: skip
    named = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", page))))
    assert options - named == set()
    assert len(options) > 40


def test_every_option_of_a_mapping_is_documented() -> None:
    page = (DOCS / "files-and-mappings.md").read_text("utf-8")
    named = set(re.findall(r"`(\w+)`", page))
    options = fields_of(ExportsFile, Export, StreamMapping, RowExpression)
    assert options - named == set()
    examples = "".join(text for kind, text in fenced(page) if kind == "yaml")
    assert {name for name in options if not re.search(rf"\b{name}:", examples)} == set()


def test_every_function_that_a_mapping_may_call_is_listed() -> None:
    page = (DOCS / "files-and-mappings.md").read_text("utf-8")
    lists = [set(block.split()) for block in re.findall(r"```text\n(.*?)```", page, re.DOTALL)]
    assert expressions.FUNCTIONS in lists
    assert expressions.AGGREGATES in lists


def test_every_shown_configuration_is_sound() -> None:
    shown = [text for kind, text in fenced((DOCS / "platforms.md").read_text("utf-8"))]
    (connectors,) = (YAML(typ="safe").load(text) for text in shown)
    assert len(models.Sources.model_validate(connectors).connectors.enabled()) == 4


# --- mappings of exports --------------------------------------------------------------------------


def fenced(page: str) -> list[tuple[str, str]]:
    """The fenced blocks of a page: what is said to be in them, and the text."""
    return re.findall(r"^```(\w+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def shown_mappings() -> list[tuple[str, str, str, str]]:
    """(tool, mapping, ending, file) of each mapping on the page; without a file two empty texts."""
    blocks = fenced((DOCS / "files-and-mappings.md").read_text("utf-8"))
    found = []
    for (kind, text), (ending, file) in zip(blocks, [*blocks[1:], ("yaml", "")], strict=True):
        if kind == "yaml":
            tool = YAML(typ="safe").load(text)["tool"]
            found.append((tool, text, *((ending, file) if ending != "yaml" else ("", ""))))
    return found


@pytest.mark.parametrize(
    ("tool", "mapping", "ending", "file"), shown_mappings(), ids=[m[0] for m in shown_mappings()]
)
def test_a_shown_mapping_takes_the_file_below_it(
    tool: str, mapping: str, ending: str, file: str, tmp_path: Path
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / f"{tool}.yml").write_text(mapping, "utf-8")
    exports = load_exports(tmp_path)
    if not file:
        assert {export.format for export in exports} == {"xlsx", "parquet"}
        return
    path = tmp_path / f"export.{ending}"
    path.write_text(file, exports[0].encoding)
    found = check_file(path, tool, exports)
    assert found.refusals == ()
    assert found.streams.keys() == exports[0].streams.keys()
    assert all(found.streams.values())


# --- commands -------------------------------------------------------------------------------------

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]


def typed_lines(page: str) -> list[str]:
    """What a reader types: the lines of code blocks, continued ones joined, without comments."""
    blocks = re.findall(r"^(?: {4,}.*\n|```\w*\n(?:.*\n)*?```\n)+", page, re.MULTILINE)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [re.sub(r"(^|\s)#.*", "", line).strip() for line in lines]


def commands(page: Path, program: str) -> list[list[str]]:
    """The arguments of each call of a program, which stands first or behind settings."""
    call = re.compile(rf"(?:[A-Z_]+=\S+ +)*(?:\.venv/bin/)?{program}((?: +\S+)+)")
    found = [call.match(line) for line in typed_lines(page.read_text("utf-8"))]
    return [shlex.split(match[1]) for match in found if match]


def lookup(arguments: list[str]) -> tuple[click.Command, list[str]]:
    """The command that these arguments call, and the rest of them."""
    command: Any = typer.main.get_command(cli.app)
    rest = list(arguments)
    while hasattr(command, "load") or hasattr(command, "commands"):
        if hasattr(command, "load"):
            command = command.load()
        elif rest and rest[0] in command.commands:
            command = command.commands[rest.pop(0)]
        else:
            break
    return command, rest


def test_every_command_that_is_shown_exists_with_its_options() -> None:
    shown = [(page.name, call) for page in PAGES for call in commands(page, "reachline")]
    assert len(shown) > 25
    for page, call in shown:
        command, rest = lookup(call)
        assert not hasattr(command, "commands"), f"{page}: reachline {' '.join(call)}"
        known = {option for param in command.params for option in param.opts} | {"--help"}
        told = {word.split("=")[0] for word in rest if word.startswith("--")}
        assert told <= known, f"{page}: reachline {' '.join(call)}"
        if rest and not rest[0].startswith("-"):
            assert any(param.param_type_name == "argument" for param in command.params), call


def test_every_target_of_make_that_is_shown_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    shown = {call[0] for page in PAGES for call in commands(page, "make")}
    assert {"demo", "test", "docs", "nightly", "bench"} <= shown
    assert shown <= targets


def test_every_module_that_is_shown_exists() -> None:
    shown = {
        name
        for page in PAGES
        for name in re.findall(r"python -m (reachline[\w.]*)", page.read_text("utf-8"))
    }
    assert shown
    assert all(find_spec(name) for name in shown)


# --- files around the pages -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"])
def test_every_file_that_is_linked_is_there(name: str) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", (ROOT / name).read_text("utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (ROOT / link).is_file()] == []
    assert local or name in ("CONTRIBUTING.md", "CHANGELOG.md")


def test_every_test_that_the_threat_model_names_is_there() -> None:
    named = re.findall(r"`(tests/\S+\.py)::(\w+)`", (ROOT / "SECURITY.md").read_text("utf-8"))
    assert len(named) > 15
    for file, name in named:
        assert f"\ndef {name}(" in (ROOT / file).read_text("utf-8"), f"{file}::{name}"


def test_the_readme_is_a_screen_and_a_half() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert text.count("\n") < 80
    assert "\n    make demo " in text
    assert "\n    make test " in text


def test_every_decision_has_a_date_and_its_subject_a_line_in_the_index() -> None:
    folder = DOCS / "decisions"
    subjects = {path.name for path in folder.glob("*.md")} - {"index.md"}
    index = (folder / "index.md").read_text("utf-8")
    assert set(re.findall(r"\]\((\S+\.md)\)", index)) == subjects
    for name in subjects:
        entries = re.split(r"^## ", (folder / name).read_text("utf-8"), flags=re.MULTILINE)[1:]
        assert entries
        for entry in entries:
            assert re.match(
                r"[^\n]+\n\n\*\d{4}-\d\d-\d\d(, changed \d{4}-\d\d-\d\d)?\*\n\n\S", entry
            ), f"{name}: {entry.splitlines()[0]}"


def test_the_version_stands_in_two_places_that_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == reachline.__version__
