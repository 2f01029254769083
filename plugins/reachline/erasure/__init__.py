"""Erasing people, and what has been kept long enough, from everything that a home holds."""

from __future__ import annotations

from reachline.erasure.certificate import Certificate
from reachline.erasure.forgetting import finish_pending, forget
from reachline.erasure.person import Asked, PersonError, asked
from reachline.erasure.retention import Applied, apply_retention

__all__ = [
    "Applied",
    "Asked",
    "Certificate",
    "PersonError",
    "apply_retention",
    "asked",
    "finish_pending",
    "forget",
]
