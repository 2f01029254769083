"""Keeps secrets out of texts: errors, logs, and whatever else is written down."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

HIDDEN = "***"
ADDRESS = "base_url"
"""The extra of a connection that names the address of a platform."""
_LOGGERS = ("urllib3.connectionpool", "urllib3.util.retry", "dlt", "reachline.connectors")
_LONG = 12
_SECRET_NAME = re.compile(r"pass|secret|token|key|credential", re.IGNORECASE)


class Redactor(logging.Filter):
    """Replaces the secrets it was told of, also as they look in a URL."""

    def __init__(self, *secrets: str | None) -> None:
        super().__init__()
        self._texts: list[str] = []
        self.learn(*secrets)

    def learn(self, *secrets: str | None) -> None:
        """Hide these from now on; a token that was fetched during a run, too."""
        for secret in filter(None, secrets):
            self._texts += {secret, quote(secret, safe=""), quote_plus(secret)}
        # the longest first: a secret may be part of another
        self._texts.sort(key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return `text` without secrets."""
        for secret in self._texts:
            text = text.replace(secret, HIDDEN)
        return text

    def filter(self, record: logging.LogRecord) -> bool:
        """Let each record pass, its text redacted."""
        record.msg, record.args = self(record.getMessage()), None
        return True

    def watch(self) -> None:
        """Look through what the HTTP libraries log."""
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self)

    def unwatch(self) -> None:
        """Leave the loggers as they were."""
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self)


def secret_texts(extra: Any, name: str = "") -> Iterator[str]:
    """Yield the texts in the extra of a connection that may be secrets.

    Those are the texts that are long, and those that stand under a name such as `api_key`, at any
    depth; the address of a platform is none.
    """
    if isinstance(extra, dict):
        for inner_name, inner in extra.items():
            if inner_name != ADDRESS:
                yield from secret_texts(inner, f"{name}.{inner_name}")
    elif isinstance(extra, list):
        for inner in extra:
            yield from secret_texts(inner, name)
    elif isinstance(extra, str) and extra and (len(extra) >= _LONG or _SECRET_NAME.search(name)):
        yield extra
