"""Keeps secrets out of texts: errors, logs, and whatever else is written down."""

from __future__ import annotations

import logging
from urllib.parse import quote, quote_plus

HIDDEN = "***"
_LOGGERS = ("urllib3.connectionpool", "urllib3.util.retry", "dlt", "reachline.connectors")


class Redactor(logging.Filter):
    """Replaces the secrets it was told of, also as they look in a URL."""

    def __init__(self) -> None:
        super().__init__()
        self._texts: list[str] = []

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
