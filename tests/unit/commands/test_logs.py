"""What commands log, as JSON lines; no secret stands in them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reachline.commands.logs import LogFormatError, log_to_terminal

LOGS = r"""
import logging
from reachline.commands.logs import log_to_terminal
log_to_terminal()
log = logging.getLogger("reachline.night")
log.info("%s stage: %.1f s", "2026-03-01", 2.5)
log.debug("not this")
logging.getLogger("of.others").info("nor this")
log.warning('the token is %s, as %s, or %s', 'p"ss\\word', "in a link", "long-secret-of-the-extra")
try:
    raise ValueError("Bearer of%20a%20uri, of a uri")
except ValueError:
    log.exception("two\nlines")
"""


def logged(**variables: str) -> str:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "plugins"), **variables}
    done = subprocess.run(
        [sys.executable, "-c", LOGS], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    return done.stderr


def test_each_line_is_an_object_without_secrets() -> None:
    extra = json.dumps({"api_token": "long-secret-of-the-extra"})
    text = logged(
        REACHLINE_LOG_FORMAT="json",
        AIRFLOW_CONN_ONE=json.dumps({"password": 'p"ss\\word', "extra": extra}),
        AIRFLOW_CONN_TWO="http://who:of%20a%20uri@host/",
        AIRFLOW_CONN_THREE="[]",
    )
    info, warning, error = map(json.loads, text.splitlines())
    assert list(info) == ["at", "level", "logger", "message"]
    assert (info["level"], info["logger"]) == ("info", "reachline.night")
    assert info["message"] == "2026-03-01 stage: 2.5 s"
    assert info["at"].endswith("Z")
    assert warning["message"] == "the token is ***, as in a link, or ***"
    assert error["message"] == "two\nlines"
    assert error["error"].splitlines()[0] == "Traceback (most recent call last):"
    assert error["error"].endswith("ValueError: Bearer ***, ***")


def test_else_it_is_text() -> None:
    assert logged().splitlines()[0] == "2026-03-01 stage: 2.5 s"


def test_a_format_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REACHLINE_LOG_FORMAT", "xml")
    with pytest.raises(LogFormatError, match="it is one of text, json"):
        log_to_terminal()
