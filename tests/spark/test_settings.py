"""What results on Spark depend on is set alike by all that open a session."""

from __future__ import annotations

import ast
from pathlib import Path

from ruamel.yaml import YAML

from tests.end_to_end.environments import PROJECT

PREFIX = "set:hiveconf:"


def meanings(file: Path) -> dict[str, str]:
    """Return MEANINGS of a module that needs pyspark, without it."""
    (found,) = (
        node.value
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MEANINGS"
    )
    read: dict[str, str] = ast.literal_eval(found)
    return read


def test_server_tests_and_both_forms_of_the_profile_have_the_same_settings() -> None:
    profiles = YAML(typ="safe").load(PROJECT / "dbt_project" / "profiles.yml")
    told = profiles["reachline"]["outputs"]["spark"]["server_side_parameters"]
    over_thrift = {
        name.removeprefix(PREFIX): value for name, value in told.items() if name.startswith(PREFIX)
    }
    in_a_session = {name: value for name, value in told.items() if not name.startswith(PREFIX)}
    served = meanings(PROJECT / "deploy" / "spark" / "thrift_server.py")
    assert served["spark.sql.ansi.enabled"] == "true"
    assert served == meanings(Path(__file__).with_name("session.py")) == over_thrift == in_a_session
