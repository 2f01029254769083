"""Runs and nights as a team has them: by the command line, on a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from reachline.settings import Settings

PROJECT = Path(__file__).parents[2]


def reachline(settings: Settings, *arguments: str, **connections: dict[str, Any]) -> str:
    """Run `reachline …` with the connections of sources; return what it says.

    Fails, with what it says, where it ends with an error.
    """
    environment = {
        **os.environ,
        "REACHLINE_HOME": str(settings.paths.home),
        "REACHLINE_CONFIG": str(settings.config_dir),
        "PYTHONPATH": str(PROJECT / "plugins"),
    }
    for source, connection in connections.items():
        name = f"AIRFLOW_CONN_REACHLINE_{source.upper()}"
        environment[name] = json.dumps({"conn_type": "http", **connection})
    ended = subprocess.run(
        [sys.executable, "-m", "reachline.cli", *arguments],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, f"reachline {' '.join(arguments)}:\n{said}"
    return said


def published(settings: Settings, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Return the rows that a query gives of the release."""
    file = settings.paths.published / "current" / "warehouse.duckdb"
    with duckdb.connect(str(file), read_only=True) as con:
        return con.execute(query, list(values)).fetchall()


@dataclass
class Told:
    """What the release of a night says."""

    posts: dict[str, dict[str, Any]]
    """By their own ids."""
    mentions: Counter[tuple[str, str]]
    """By post and kind."""
    metrics: dict[str, tuple[Any, ...]]
    """By post: likes, comments, shares and saves of the last night that tells of it."""
    handles: dict[str, str]
    """By account."""
    history: list[tuple[str, str, bool]]
    """Account, handle, and whether it has it still."""


def told(settings: Settings, platform: str) -> Told:
    """Return what the release says of a platform; posts and accounts by their own ids."""
    posts = published(
        settings,
        """
        select post_id, account_id, published_at, content_type, text, language, hashtags, mentions
        from core.dim_post where platform = ?
        """,
        platform,
    )
    columns = ("by", "published_at", "content_type", "text", "language", "hashtags", "mentions")
    return Told(
        posts={native(post_id): dict(zip(columns, rest, strict=True)) for post_id, *rest in posts},
        mentions=Counter(
            (native(post_id), kind)
            for post_id, kind in published(settings, "select post_id, kind from core.fct_mentions")
        ),
        metrics={
            native(post_id): tuple(counts)
            for post_id, *counts in published(
                settings,
                """
                select post_id, likes, comments, shares, saves from core.fct_post_daily
                qualify date_day = max(date_day) over (partition by post_id)
                """,
            )
        },
        handles={
            native(account_id): handle
            for account_id, handle in published(
                settings, "select account_id, handle from core.dim_account"
            )
        },
        history=[
            (native(account_id), *rest)
            for account_id, *rest in published(
                settings,
                """
                select account_id, handle, is_current from core.dim_account_history
                order by account_id, valid_from
                """,
            )
        ],
    )


def native(identity: str) -> str:
    """Return an id as the platform has it."""
    return identity.partition(":")[2]
