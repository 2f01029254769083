"""What an error may say of the connection that it was made with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reachline.publish.connections import needed_connection, redacted
from reachline.settings import Paths


def test_secrets_are_left_out_wherever_a_connection_holds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = {
        "sslmode": "require",
        "secret": "short",
        "client_kwargs": {"headers": ["Bearer of-a-nested-one"], "api_key": "k1"},
    }
    body = {"conn_type": "generic", "login": "me", "password": "p@ss", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SOME", json.dumps(body))
    connection = needed_connection(Paths(tmp_path), "some")
    said = "me: p@ss p%40ss\nshort, k1, Bearer of-a-nested-one: TLS is required"
    assert redacted(OSError(said), connection) == "me: *** *** ***, ***, ***: TLS is required"
    assert redacted(OSError(), connection) == "OSError"
