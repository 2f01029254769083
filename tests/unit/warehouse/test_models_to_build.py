"""Which models a night calls: none that cannot have changed, and all that may have."""

from functools import cache
from pathlib import Path

import pytest

from reachline.warehouse import dbt as ours
from reachline.warehouse.dbt import load_manifest, models_to_build

LAYERS = ("intermediate", "core", "reports", "views", "quality", "meta")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("project")
    return load_manifest(folder / "warehouse", folder / "logs")


def models_of(manifest, *layers: str) -> dict[str, object]:
    return {
        node.name: node
        for unique_id, node in manifest.nodes.items()
        if unique_id.startswith("model.") and node.fqn[1] in layers
    }


def test_where_nothing_stands_every_model_is_built(manifest) -> None:
    everything = models_of(manifest, *LAYERS)
    assert set(models_to_build(manifest, (), ())) == set(everything)


def test_what_is_wanted_is_built_with_all_that_it_is_made_of_and_no_more(manifest) -> None:
    below: set[str] = set()
    waiting = ["model.reachline.dim_fx_rate"]
    while waiting:
        node = manifest.nodes[waiting.pop()]
        if node.fqn[1] != "staging":
            below.add(node.name)
        waiting += [name for name in node.depends_on.nodes if name.startswith("model.")]
    called = models_to_build(manifest, (), (), {"dim_fx_rate"})
    assert set(called) == below
    assert {"dim_fx_rate", "int_costs__list_amounts"} <= below
    assert len(below) < 20


def test_a_view_that_stands_is_not_made_again(manifest) -> None:
    everything = models_of(manifest, *LAYERS)
    fed = models_of(manifest, "staging")
    called = models_to_build(manifest, set(everything), fed)
    assert not set(called) & set(models_of(manifest, "views"))


def test_what_configuration_and_code_alone_decide_is_not_built_again(manifest) -> None:
    everything = models_of(manifest, *LAYERS)
    called = set(models_to_build(manifest, set(everything), ()))
    assert not called & {"metrics", "columns", "thresholds", "dim_brand"}
    # a count of days up to the night, a table that names the run, one that reads what landed
    assert called >= {"dim_date", "run", "data_health", "batches"}


def test_all_that_reads_a_stream_is_built_when_it_took_in_rows(manifest) -> None:
    everything = models_of(manifest, *LAYERS)
    called = set(models_to_build(manifest, set(everything), {"stg_inbox__creators"}))
    tables = {name for name, node in everything.items() if node.config.materialized != "view"}

    @cache
    def reads_creators(unique_id: str) -> bool:
        return unique_id == "model.reachline.stg_inbox__creators" or any(
            reads_creators(parent)
            for parent in manifest.nodes[unique_id].depends_on.nodes
            if parent in manifest.nodes
        )

    below = {name for name in tables if reads_creators(f"model.reachline.{name}")}
    assert "dim_creator" in below
    assert below <= called


def test_a_model_that_does_not_stand_is_built_with_all_below_it(manifest) -> None:
    standing = set(models_of(manifest, *LAYERS)) - {"metrics"}
    assert "metrics" in models_to_build(manifest, standing, ())


def test_the_manifest_that_was_kept_is_the_one_that_was_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REACHLINE_CACHE", str(tmp_path / "cache"))
    parsed = []

    def invoke(directory: Path, log_dir: Path, command: list[str]) -> object:
        parsed.append(really_invoke(directory, log_dir, command))
        return parsed[-1]

    really_invoke = ours._invoke
    monkeypatch.setattr(ours, "_invoke", invoke)
    _, kept = (ours._read_manifest(tmp_path / "warehouse", tmp_path / "logs") for _ in range(2))
    (first,) = parsed
    for part in ("nodes", "sources", "macros", "docs", "disabled", "unit_tests", "selectors"):
        of_first, of_kept = getattr(first, part), getattr(kept, part)
        assert list(of_kept) == list(of_first), part
        assert [each.to_dict() for each in of_kept.values()] == [
            each.to_dict() for each in of_first.values()
        ], part
    assert kept.flat_graph == first.flat_graph
    assert kept.ref_lookup.find("fct_posts", None, None, kept) is None
    assert kept.ref_lookup.find("dim_post", None, None, kept).name == "dim_post"
