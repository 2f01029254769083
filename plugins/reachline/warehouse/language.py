"""The language of a text, by py3langid: its model comes with the package, nothing is fetched.

The models call it as the SQL function `detect_language` (macros/compat/detected_language.sql).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier


def detect_language(text: str, min_confidence: float) -> str:
    """Return the language of a text as a code of ISO 639, or "" where it is not sure.

    `min_confidence` is a share from 0 to 1: of the probability over all the languages that the
    model knows. The same text has the same answer.
    """
    language, confidence = _identifier().classify(text)
    return language if confidence >= min_confidence else ""


@cache
def _identifier() -> LanguageIdentifier:
    # costs a second: only for a process that meets a text without a language
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
