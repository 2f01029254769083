"""The base of what this project raises."""

from __future__ import annotations


class ReachlineError(Exception):
    """Something that a person or a caller must hear of; the text says what and what to do."""
