"""What commands log: a line of text for people, or a JSON object a line for programs."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from reachline.errors import ReachlineError
from reachline.redact import Redactor, secret_texts

FORMAT = "REACHLINE_LOG_FORMAT"
_FORMATS = ("text", "json")
_KEYS = ("at", "level", "logger", "message", "error")
_CONNECTION = "AIRFLOW_CONN_"


class LogFormatError(ReachlineError):
    """The environment names a format of logs that there is not."""


def log_to_terminal() -> None:
    """Show the night's own words on stderr, and nothing of the libraries below warnings.

    $REACHLINE_LOG_FORMAT says how: `text`, or `json`. Raises LogFormatError for any other.
    """
    wanted = os.environ.get(FORMAT) or "text"
    if wanted not in _FORMATS:
        raise LogFormatError(f"{FORMAT}={wanted}: it is one of {', '.join(_FORMATS)}.")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_json_lines() if wanted == "json" else logging.Formatter("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("reachline").setLevel(logging.INFO)


def _json_lines() -> logging.Formatter:
    """Return the formatter of JSON lines: at, level, logger, message, and error with its trace."""
    from structlog.processors import EventRenamer, TimeStamper, format_exc_info
    from structlog.stdlib import ProcessorFormatter, add_log_level, add_logger_name

    hide = Redactor(*_secrets_of_environment())

    def render(_: object, __: str, event: MutableMapping[str, Any]) -> str:
        event["error"] = event.pop("exception", None)
        # hidden before it is escaped
        line = {key: hide(str(event[key])) for key in _KEYS if event.get(key)}
        return json.dumps(line, ensure_ascii=False)

    return ProcessorFormatter(
        foreign_pre_chain=[add_log_level, add_logger_name, TimeStamper("iso", utc=True, key="at")],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            format_exc_info,
            EventRenamer("message"),
            render,
        ],
    )


def _secrets_of_environment() -> Iterator[str]:
    """Yield what must not be written of the connections in the environment: JSON, or a URI."""
    for name, value in os.environ.items():
        if name.startswith(_CONNECTION):
            try:
                told = json.loads(value)
            except ValueError:
                parts = urlsplit(value)
                told = {
                    "password": unquote(parts.password or ""),
                    "extra": dict(parse_qsl(parts.query)),
                }
            if isinstance(told, dict):
                yield str(told.get("password") or "")
                yield from secret_texts(_extra(told.get("extra")))


def _extra(told: Any) -> Any:
    """Return the extra of a connection, which may be JSON in a text; a text that is none, whole."""
    if not isinstance(told, str):
        return told
    try:
        return json.loads(told)
    except ValueError:
        return {"secret": told}
