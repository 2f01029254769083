"""Rules of this project for the SQL linter.

sqlfluff finds them by the entry point in pyproject.toml, so `make lint-sql` and editors apply them.
"""

from __future__ import annotations

from sqlfluff.core.plugin import hookimpl
from sqlfluff.core.rules import BaseRule


@hookimpl
def get_rules() -> list[type[BaseRule]]:
    """Return the rules; they may be imported only once sqlfluff has loaded all plugins."""
    from reachline.sqlfluff_rules.additivity import Rule_Reachline_ME01

    return [Rule_Reachline_ME01]
