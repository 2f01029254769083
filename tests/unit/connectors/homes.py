"""A home with a configuration, and a clock that a test turns."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import yaml

from reachline.configuration import EXAMPLE
from reachline.connectors.clock import Clock
from reachline.landing import Manifest, manifests
from reachline.settings import Settings, load_settings

CONFIG = EXAMPLE
DIM_ACCOUNT = Path(__file__).parents[3] / "dbt_project/models/core/dim_account.yml"


@dataclass
class FakeTime:
    """A time that a test moves; to sleep moves it, too, and is noted."""

    at: datetime = datetime(2026, 3, 2, 6, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        return Clock(now=lambda: self.at, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)

    def pass_by(self, **time: float) -> None:
        self.at += timedelta(**time)


REPORTING = {"currency": "USD", "time_zone": "UTC"}
BRAND = {
    "brand_id": "acme",
    "name": "Acme",
    "role": "own",
    "hashtags": ["acmecoffee", "brewbetter"],
}


def make_home(tmp_path: Path, connectors: dict[str, object], **brand: object) -> Settings:
    """Return settings of a new home; `brand` changes the one brand of ours."""
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    brands = {"reporting": REPORTING, "brands": [{**BRAND, **brand}]}
    (config / "brands.yml").write_text(yaml.safe_dump(brands), encoding="utf-8")
    sources = yaml.safe_dump({"connectors": connectors})
    (config / "sources.yml").write_text(sources, encoding="utf-8")
    return load_settings(tmp_path / "data", config)


def publish_roster(settings: Settings, accounts: list[tuple[str, str, str | None]]) -> None:
    """Publish a release of which accounts are (platform, handle, creator_id)."""
    publish_accounts(settings, [(str(n), *account) for n, account in enumerate(accounts)])


def batches(settings: Settings, source: str) -> list[Manifest]:
    return [batch for batch in manifests(settings.paths.landing) if batch.source == source]


def landed(settings: Settings, source: str, stream: str) -> list[tuple[str, str, str]]:
    """Return (query, record_id, record) of everything that landed, in order."""
    root = settings.paths.landing
    found = []
    for batch in batches(settings, source):
        if batch.stream == stream and batch.path:
            rows = duckdb.connect().execute(
                "select query, record_id, record from read_parquet(?)", [str(root / batch.path)]
            )
            found += rows.fetchall()
    return found


def publish_accounts(
    settings: Settings, rows: Sequence[tuple[str, str, str | None, str | None]]
) -> None:
    """Publish a release with accounts: (account_id, platform, handle, creator_id)."""
    release = settings.paths.published / "current"
    release.mkdir(parents=True)
    with duckdb.connect(str(release / "warehouse.duckdb")) as con:
        con.execute("create schema core")
        columns = yaml.safe_load(DIM_ACCOUNT.read_text(encoding="utf-8"))["models"][0]["columns"]
        typed = ", ".join(f"{column['name']} {column['data_type']}" for column in columns)
        con.execute(f"create table core.dim_account ({typed})")
        con.executemany(
            "insert into core.dim_account (account_id, platform, handle, creator_id, last_seen_at)"
            " values (?, ?, ?, ?, '2026-03-01')",
            rows,
        )
