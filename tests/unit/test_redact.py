"""What is a secret of a connection, and that no text shows one."""

from __future__ import annotations

import logging

import pytest

from reachline.redact import Redactor, secret_texts


def test_texts_are_secrets_by_their_length_or_by_a_name_above_them() -> None:
    extra = {
        "base_url": "https://platform.example/v1",
        "tokens": {"social.example": "sh0rt"},
        "accounts": {"acme": "178"},
        "nested": [{"api_key": "k1"}, "a-long-text-of-no-name"],
        "sslmode": "require",
        "port": 5432,
    }
    assert sorted(secret_texts(extra)) == ["a-long-text-of-no-name", "k1", "sh0rt"]


def test_a_secret_is_hidden_as_it_is_and_as_it_looks_in_an_address() -> None:
    redactor = Redactor("p@ss word", None, "")
    redactor.learn("p@ss")
    assert redactor("p@ss word p%40ss%20word p%40ss+word p@ss") == "*** *** *** ***"


def test_a_watched_logger_writes_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    redactor = Redactor("s3cret")
    redactor.watch()
    try:
        logging.getLogger("reachline.connectors").warning("%s is %s", "it", "s3cret")
    finally:
        redactor.unwatch()
    logging.getLogger("reachline.connectors").warning("not watched any more: s3cret")
    assert [record.getMessage() for record in caplog.records] == [
        "it is ***",
        "not watched any more: s3cret",
    ]
