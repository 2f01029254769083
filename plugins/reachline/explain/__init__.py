"""From a figure of a performance report back to the facts and the batches that it is made of."""

from reachline.explain.answers import Answer, Figure, explain, explain_in, open_release
from reachline.explain.scope import TABLES, ExplainError, Question, UnknownError

__all__ = [
    "TABLES",
    "Answer",
    "ExplainError",
    "Figure",
    "Question",
    "UnknownError",
    "explain",
    "explain_in",
    "open_release",
]
