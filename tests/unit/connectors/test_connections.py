"""What a source's connection holds, and what is said where it lacks something."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reachline.connectors.connections import Connection, connection_of
from reachline.connectors.types import RunState, Stop
from reachline.settings import Paths


def test_a_source_has_the_connection_of_its_name_or_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"conn_type": "generic", "login": "me", "password": "p", "extra": {"a": "b"}}
    monkeypatch.setenv("AIRFLOW_CONN_REACHLINE_SHOPIFY", json.dumps(body))
    assert connection_of("shopify", Paths(tmp_path)) == Connection("me", "p", {"a": "b"})
    assert connection_of("x", Paths(tmp_path)) == Connection()


def test_texts_by_handle_are_read_in_lower_case_without_their_sign() -> None:
    connection = Connection(extra={"accounts": {"@Acme": 17, "brew": "18"}})
    assert connection.by_handle("any", "accounts", "digits", r"\d+") == {"acme": "17", "brew": "18"}
    assert connection.by_handle("any", "tokens", "token") == {}


@pytest.mark.parametrize("found", [["a"], "acme", {"acme": "x1"}, {"acme": ""}])
def test_an_extra_of_another_form_says_which_is_wanted(found: object) -> None:
    connection = Connection(extra={"accounts": found})
    wanted = 'accounts in the extra of reachline_any is not of the form {"<handle>": "<digits>"}'
    with pytest.raises(Stop, match=re.escape(wanted)) as stop:
        connection.by_handle("any", "accounts", "digits", r"\d+")
    assert stop.value.state == RunState.AUTH_EXPIRED


def test_what_is_missing_is_named_with_where_to_set_it() -> None:
    with pytest.raises(Stop, match=r"no password.*AIRFLOW_CONN_REACHLINE_X") as stop:
        Connection().need("x", "password")
    assert stop.value.state == RunState.AUTH_EXPIRED
