"""Every path and option of Reachline, read once, with clear errors.

`load_settings()` reads the environment and config/; it raises `ConfigError` with every mistake at
once. Imports nothing of the other parts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reachline.configuration.documents import ModelT, Row, read_csv, read_yaml
from reachline.configuration.fields import ANY, normalize
from reachline.configuration.models import (
    Attribution,
    AuthenticityPenalty,
    Brand,
    BrandsFile,
    CodeSigns,
    Config,
    DisclosureToken,
    DiscoveryWeight,
    EmvRate,
    Freshness,
    PlatformFold,
    PlatformMetric,
    Reporting,
    RowFinding,
    Sources,
    Thresholds,
    Tier,
    check_authenticity,
    check_brands,
    check_coverage,
    check_disclosure,
    check_discovery,
    check_emv_rates,
    check_platform_folds,
    check_platform_metrics,
    check_tiers,
)
from reachline.configuration.platforms import platforms, sources
from reachline.configuration.problems import ConfigError, Problem
from reachline.configuration.publishing import (
    Alarms,
    Digest,
    PostgresCopy,
    Publish,
    ReportPages,
    StorageCopy,
)
from reachline.configuration.quality import DriftBounds, Quality, UsualBounds, check_quality
from reachline.configuration.retention import Retention, check_retention
from reachline.configuration.upkeep import Upkeep

if TYPE_CHECKING:
    from reachline.arrow import pa

__all__ = [
    "ANY",
    "Alarms",
    "AuthenticityPenalty",
    "Brand",
    "Config",
    "ConfigError",
    "Digest",
    "DisclosureToken",
    "DiscoveryWeight",
    "DriftBounds",
    "EmvRate",
    "Freshness",
    "Paths",
    "PlatformFold",
    "PlatformMetric",
    "PostgresCopy",
    "Problem",
    "Publish",
    "Quality",
    "ReportPages",
    "Reporting",
    "Retention",
    "Settings",
    "Sources",
    "StorageCopy",
    "Thresholds",
    "Tier",
    "Upkeep",
    "UsualBounds",
    "config_dir",
    "config_tables",
    "load_publish",
    "load_settings",
    "paths",
]

_FILES = (
    "brands.yml",
    "sources.yml",
    "thresholds.yml",
    "publish.yml",
    "quality.yml",
    "upkeep.yml",
    "retention.yml",
    "tiers.csv",
    "platform_metrics.csv",
    "platform_folds.csv",
    "emv_rates.csv",
    "disclosure.csv",
    "authenticity.csv",
    "discovery.csv",
)


LANGUAGE_MIN_CONFIDENCE = 0.6
"""Below this share of probability, no language is given to a text: see docs/decisions/text.md."""


@dataclass(frozen=True)
class Paths:
    """Where the data lives: all of it under one folder, `home` (absolute)."""

    home: Path

    @property
    def inbox(self) -> Path:
        """The folder where people and tools drop files."""
        return self.home / "inbox"

    @property
    def landing(self) -> Path:
        """Batches and their manifests, as they came."""
        return self.home / "landing"

    @property
    def warehouse(self) -> Path:
        """The folder of the working databases; only a night opens them."""
        return self.home / "warehouse"

    @property
    def published(self) -> Path:
        """Releases, and `current`, the one that is read."""
        return self.home / "published"

    @property
    def logs(self) -> Path:
        """Logs of dbt and of the gates."""
        return self.home / "logs"

    @property
    def key(self) -> Path:
        """The key that addresses in ids are hashed with; see reachline.home_key."""
        return self.home / "home.key"

    @property
    def forgotten(self) -> Path:
        """The marks of people who are forgotten; see reachline.forgotten."""
        return self.home / "forgotten.jsonl"

    @property
    def erasure(self) -> Path:
        """Certificates of what was erased, and what an erasure that was cut short has to do."""
        return self.home / "erasure"

    @property
    def airflow(self) -> Path:
        """Airflow's own folder, unless AIRFLOW_HOME names another."""
        return self.home / "airflow"


@dataclass(frozen=True)
class Settings:
    """What every part is given: where the data lives, and a sound configuration."""

    paths: Paths
    config_dir: Path
    config: Config
    publish: Publish = field(default_factory=Publish)
    quality: Quality = field(default_factory=Quality)
    upkeep: Upkeep = field(default_factory=Upkeep)
    retention: Retention = field(default_factory=Retention)


def paths(home: Path | None = None) -> Paths:
    """Return the paths under `home`, else $REACHLINE_HOME, else ./data."""
    return Paths(_folder(home, "REACHLINE_HOME", "data"))


def config_dir(config: Path | None = None) -> Path:
    """Return `config`, else $REACHLINE_CONFIG, else ./config."""
    return _folder(config, "REACHLINE_CONFIG", "config")


def load_settings(home: Path | None = None, config: Path | None = None) -> Settings:
    """Read the environment and the configuration.

    Args:
        home: in place of $REACHLINE_HOME (default ./data).
        config: in place of $REACHLINE_CONFIG (default ./config).

    Raises:
        ConfigError: with every mistake of every file.
    """
    folder = config_dir(config)
    problems: list[Problem] = []
    where = paths(home)
    if where.home.exists() and not where.home.is_dir():
        remedy = "point REACHLINE_HOME at a folder, or at one that is yet to be made"
        problems.append(Problem(where.home, None, "", None, "is not a folder", remedy))
    if not folder.is_dir():
        remedy = "`reachline init` makes one; or point REACHLINE_CONFIG at the one that you have"
        problems.append(Problem(folder, None, "", None, "is not a folder", remedy))
        raise ConfigError(problems)

    brands, found = read_yaml(folder / "brands.yml", BrandsFile, check_brands)
    problems += found
    sources, found = read_yaml(
        folder / "sources.yml",
        Sources,
        # of brands that are not sound nobody can say whether one is missing
        partial(check_coverage, brand_ids=[brand.brand_id for brand in brands.brands])
        if brands
        else None,
    )
    problems += found
    thresholds, found = read_yaml(folder / "thresholds.yml", Thresholds)
    problems += found
    publish, found = read_yaml(folder / "publish.yml", Publish)
    problems += found
    quality: Quality | None = Quality()
    if (folder / "quality.yml").exists():
        quality, found = read_yaml(folder / "quality.yml", Quality, check_quality)
        problems += found
    upkeep: Upkeep | None = Upkeep()
    if (folder / "upkeep.yml").exists():
        upkeep, found = read_yaml(folder / "upkeep.yml", Upkeep)
        problems += found
    retention: Retention | None = Retention()
    if (folder / "retention.yml").exists():
        tools = sorted(path.stem for path in (folder / "exports").glob("*.yml"))
        retention, found = read_yaml(
            folder / "retention.yml", Retention, partial(check_retention, tools=tools)
        )
        problems += found
    tiers, found = _read_table(folder / "tiers.csv", Tier, check_tiers)
    problems += found
    metrics, found = _read_table(
        folder / "platform_metrics.csv", PlatformMetric, check_platform_metrics
    )
    problems += found
    folds, found = _read_table(folder / "platform_folds.csv", PlatformFold, check_platform_folds)
    problems += found
    rates, found = _read_table(folder / "emv_rates.csv", EmvRate, check_emv_rates)
    problems += found
    tokens, found = _read_table(folder / "disclosure.csv", DisclosureToken, check_disclosure)
    problems += found
    penalties, found = _read_table(
        folder / "authenticity.csv", AuthenticityPenalty, check_authenticity
    )
    problems += found
    weights, found = _read_table(folder / "discovery.csv", DiscoveryWeight, check_discovery)
    problems += found
    problems += _strangers(folder)

    if problems or brands is None or sources is None or thresholds is None:
        raise ConfigError(problems)
    if publish is None or quality is None or upkeep is None or retention is None:
        raise ConfigError(problems)
    whole = Config(
        reporting=brands.reporting,
        brands=brands.brands,
        sources=sources,
        thresholds=thresholds,
        tiers=tiers,
        platform_metrics=metrics,
        platform_folds=folds,
        emv_rates=rates,
        disclosure=tokens,
        authenticity=penalties,
        discovery=weights,
    )
    return Settings(where, folder, whole, publish, quality, upkeep, retention)


def load_publish(config: Path | None = None) -> Publish | None:
    """Return what config/publish.yml says, whatever the other files do; None where it is wrong."""
    publish, _ = read_yaml(config_dir(config) / "publish.yml", Publish)
    return publish


def _click_sources(prefer: Sequence[str]) -> list[tuple[str, int]]:
    """Return each source with its place among those that tell of clicks; `*` is any other one.

    An export of a tool that is not named is a file like those of the stream, and comes after these.
    """
    order = [*prefer, *(name for name in sources() if name not in prefer)]
    after = order.index("inbox") + 1 if "inbox" in order else len(order)
    return [(name, place) for place, name in enumerate((*order[:after], "*", *order[after:]))]


def config_tables(config: Config) -> dict[str, pa.Table]:
    """Return the configuration as the tables that the models join.

    Every table has its columns also when it has no rows. In `tiers`, `platform_metrics`,
    `platform_folds`, `emv_rates` and `freshness`, `*` stands for every platform, content type or
    source without rows of its own; in `disclosure`, for all languages. A missing bound is NULL:
    there is none. `position` counts the penalties of `authenticity` from 1, `bound_text` is the
    bound as the file has it.
    """
    from importlib.metadata import version

    from crawleruseragents import CRAWLER_USER_AGENTS_DATA

    from reachline.arrow import pa

    credited = config.thresholds.attribution
    text, count, number, flag = pa.string(), pa.int64(), pa.float64(), pa.bool_()

    def table(columns: dict[str, pa.DataType], rows: Iterable[Sequence[object]]) -> pa.Table:
        schema = pa.schema(list(columns.items()))
        named = [dict(zip(columns, row, strict=True)) for row in rows]
        return pa.Table.from_pylist(named, schema=schema)

    def listed(name: str, field: str) -> pa.Table:
        rows = [(b.brand_id, value) for b in config.brands for value in getattr(b, field)]
        return table({"brand_id": text, name: text}, rows)

    return {
        "reporting": table(
            {"currency": text, "time_zone": text},
            [(config.reporting.currency, config.reporting.time_zone)],
        ),
        "brands": table(
            {"brand_id": text, "brand_name": text, "role": text},
            [(b.brand_id, b.name, b.role) for b in config.brands],
        ),
        "brand_handles": table(
            {"brand_id": text, "platform": text, "handle": text},
            [
                (b.brand_id, platform, normalize(handle))
                for b in config.brands
                for platform, handles in b.handles.items()
                for handle in handles
            ],
        ),
        "brand_hashtags": listed("hashtag", "hashtags"),
        "brand_keywords": listed("keyword", "keywords"),
        "brand_exclusions": listed("term", "exclude"),
        "brand_domains": listed("domain", "domains"),
        "brand_niches": listed("niche", "niches"),
        "brand_competitors": listed("competitor_brand_id", "competitors"),
        # what is not named is told of from its first event on
        "coverage": table(
            {"stream": text, "brand_id": text, "covered_from": pa.date32()},
            [
                (stream, brand_id, day)
                for stream, brand_id, day in (
                    ("orders", None, config.sources.coverage.orders),
                    ("clicks", None, config.sources.coverage.clicks),
                    *(("mentions", *of) for of in config.sources.coverage.mentions.items()),
                )
                if day is not None
            ],
        ),
        "tiers": table(
            {"platform": text, "tier": text, "min_followers": count, "max_followers": count},
            [(t.platform, t.tier, t.min_followers, t.max_followers) for t in config.tiers],
        ),
        "platform_metrics": table(
            {"platform": text, "metric": text},
            [(m.platform, m.metric) for m in config.platform_metrics],
        ),
        "platform_folds": table(
            {"platform": text, "seen_characters": count, "seen_lines": count},
            [(f.platform, f.characters, f.lines) for f in config.platform_folds],
        ),
        # also of what landed before a connector was taken out
        "derived_metrics_withheld": table(
            {"source": text},
            [(source,) for source in _withheld(config)],
        ),
        "emv_rates": table(
            {
                "platform": text,
                "content_type": text,
                "action": text,
                "value": pa.decimal128(18, 6),
                "currency": text,
                "source": text,
            },
            [
                (r.platform, r.content_type, r.action, r.value, r.currency, r.source)
                for r in config.emv_rates
            ],
        ),
        "click_sources": table(
            {"source": text, "place": count}, _click_sources(config.sources.clicks.prefer)
        ),
        "disclosure": table(
            {
                "language": text,
                "token": text,
                "strength": text,
                "place": text,
                "ordinary_in": pa.list_(text),
                "is_hashtag": flag,
            },
            [
                (t.language, t.token, t.strength, t.place, list(t.ordinary_in), t.is_hashtag)
                for t in config.disclosure
            ],
        ),
        # beside the texts all that decides on a language: another version reads them all again
        "language_detector": table(
            {"library": text, "version": text, "min_confidence": number},
            [("py3langid", version("py3langid"), LANGUAGE_MIN_CONFIDENCE)],
        ),
        "authenticity": table(
            {
                "position": count,
                "signal": text,
                "comparison": text,
                "bound": number,
                "bound_text": text,
                "min_sample": count,
                "points": count,
            },
            [
                (
                    *(position, p.signal, p.comparison, float(p.bound), f"{p.bound:f}"),
                    *(p.min_sample, p.points),
                )
                for position, p in enumerate(config.authenticity, start=1)
            ],
        ),
        "discovery": table(
            {"part": text, "weight": number},
            [(w.part, float(w.weight)) for w in config.discovery],
        ),
        "shortlist_tiers": table(
            {"tier": text}, [(tier,) for tier in config.thresholds.shortlist_tiers]
        ),
        "thresholds": table(
            {"name": text, "value": number},
            [
                (name, float(value))
                for name, value in config.thresholds
                if not isinstance(value, (tuple, Attribution, CodeSigns))
            ]
            + [(f"codes.{name}", float(value)) for name, value in config.thresholds.codes],
        ),
        "attribution": table(
            {"window_days": count, "half_life_days": count, "renewals": flag},
            [(credited.window_days, credited.half_life_days, credited.renewals)],
        ),
        "freshness": table(
            {"source": text, "stream": text, "warn_after_days": count, "error_after_days": count},
            [
                (*_source_and_stream(name), f.warn_after_days, f.error_after_days)
                for name, f in (_awaited(config) | config.sources.freshness).items()
            ],
        ),
        "bot_patterns": table(
            {"pattern": text},
            [(entry["pattern"],) for entry in CRAWLER_USER_AGENTS_DATA],
        ),
    }


def _folder(given: Path | None, variable: str, default: str) -> Path:
    return Path(given or os.environ.get(variable) or default).expanduser().absolute()


def _awaited(config: Config) -> dict[str, Freshness]:
    """Return the bounds of platforms that run by a schedule, unless a team writes its own."""
    bounds = Freshness(warn_after_days=2, error_after_days=7)
    return {f"{source}.{ANY}": bounds for source, _ in config.sources.connectors.enabled()}


def _withheld(config: Config) -> list[str]:
    """Return the platforms whose terms let no figure be derived, unless they agreed to it."""
    configured = config.sources.connectors.configured()
    return [
        name
        for name, platform in platforms().items()
        if platform.derivation_needs_consent
        and not getattr(configured.get(name), "derived_metrics_accepted", False)
    ]


def _source_and_stream(name: str) -> tuple[str, str]:
    source, _, stream = name.rpartition(".")
    return source or ANY, stream


def _read_table(
    path: Path,
    model: type[ModelT],
    check: Callable[[Sequence[Row[ModelT]]], Iterable[RowFinding]],
) -> tuple[tuple[ModelT, ...], list[Problem]]:
    """Return the sound rows of a CSV file, and every mistake in a row or between rows."""
    rows, problems = read_csv(path, model)
    # a file that can't be read at all says no more than that
    if rows or not problems:
        problems += [
            Problem(path, line, "", value, problem, remedy)
            for line, value, problem, remedy in check(rows)
        ]
    return tuple(row.model for row in rows if row.model is not None), problems


def _strangers(folder: Path) -> list[Problem]:
    """Return a problem for each file that looks like configuration and is never read."""
    problems = []
    for path in sorted(folder.iterdir()):
        if path.suffix in {".yml", ".yaml", ".csv"} and path.name not in _FILES:
            close = get_close_matches(path.name, _FILES, n=1)
            remedy = f"rename it to {close[0]}, or remove it" if close else "remove it"
            problems.append(Problem(path, None, "", None, "nothing reads this file", remedy))
    return problems
