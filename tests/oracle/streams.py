"""What was dropped: reading the files, refusing bad rows, and which version of a key holds."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from . import text

Row = dict[str, Any]

# a stream's columns, `name:kind`, with `!` for a key column and `*` for a required value
SPEC = {
    "campaigns": "campaign_id:id!* brand_id:id* campaign_name:text* objective:text starts_on:date* "
    "ends_on:date* budget:money currency:currency goal_metric:enum goal_value:number "
    "required_hashtags:tags required_mentions:tags forbidden_terms:list utm_campaign:text "
    "attribution_window_days:count",
    "creators": "creator_id:id!* creator_name:text* country:text language:text niches:tags "
    "email:text",
    "creator_accounts": "platform:platform!* handle:name!* creator_id:id* native_account_id:id",
    "collaborations": "collaboration_id:id!* campaign_id:id* creator_id:id* status:enum* "
    "agreed_on:date fee:money product_cost:money commission_rate:share currency:currency",
    "deliverables": "deliverable_id:id!* collaboration_id:id* platform:platform* "
    "content_type:word due_on:date* post_url:text",
    "promo_codes": "code:name!* valid_from:date!* collaboration_id:id* discount_rate:share "
    "valid_to:date",
    "tracking_links": "link_id:id!* collaboration_id:id* url:text*",
    "payments": "payment_id:id!* collaboration_id:id* kind:enum* status:enum* incurred_on:date* "
    "amount:money* currency:currency*",
    "outreach": "outreach_id:id!* status:enum!* campaign_id:id* creator_id:id platform:platform "
    "handle:name channel:word* status_at:timestamp*",
    "customers": "customer_id:id!* platform:platform! handle:name! email_sha256:word",
    "recommendations": "recommendation_id:id!* customer_id:id platform:platform* handle:name* "
    "brand_id:id* recommended_on:date*",
    "events": "event_id:id!* event_name:text* brand_id:id* hashtags:tags* starts_on:date* "
    "ends_on:date*",
    "fx_rates": "rate_date:date!* base_currency:currency!* quote_currency:currency!* rate:number*",
    "orders": "order_id:id!* ordered_at:timestamp* currency:currency* gross_amount:money* "
    "discount_amount:money tax_amount:money shipping_amount:money cost_of_goods:money "
    "customer_id:id visitor_id:id discount_codes:tags status:enum* is_test:boolean "
    "order_kind:enum gift_card_amount:money kept_amount:money",
    "refunds": "refund_id:id!* order_id:id* refunded_at:timestamp* amount:number*",
    "clicks": "click_id:id!* clicked_at:timestamp* link_id:id landing_url:text visitor_id:id "
    "user_agent:text referrer:text",
    "profiles": "platform:platform!* native_account_id:id!* observed_at:timestamp!* handle:name "
    "display_name:text bio:text followers:count following:count posts_count:count "
    "is_verified:boolean is_bot:boolean is_noindex:boolean language:text country:text",
    "posts": "platform:platform!* native_post_id:id!* observed_at:timestamp* native_account_id:id "
    "handle:name published_at:timestamp* content_type:word text:text permalink:text language:text "
    "hashtags:tags mentions:tags urls:list is_paid_label:boolean is_repost:boolean deleted_on:date "
    "authors:tags found_by:text media_url:text",
    "post_metrics": "platform:platform!* native_post_id:id!* observed_at:timestamp!* "
    "value_basis:enum! likes:count comments:count shares:count saves:count views:count "
    "reach:count impressions:count paid_likes:count paid_comments:count paid_shares:count "
    "paid_saves:count paid_views:count paid_reach:count paid_impressions:count",
    "kept_daily": "platform:platform!* published_on:date!* breakdown:enum!* value:word!* "
    "kept_at:timestamp!* accounts:count* posts:count* posts_measured:count engagements:count "
    "posts_viewed:count views:count posts_reached:count reach:count posts_shown:count "
    "impressions:count",
}
ENUMS = {
    ("campaigns", "goal_metric"): "engagements reach impressions clicks conversions revenue posts",
    ("collaborations", "status"): "proposed agreed active completed cancelled",
    ("payments", "kind"): "fee commission product shipping boost",
    ("payments", "status"): "committed paid",
    ("outreach", "status"): "contacted replied negotiating agreed declined no_reply",
    ("orders", "status"): "placed cancelled",
    ("orders", "order_kind"): "renewal",
    ("post_metrics", "value_basis"): "measured estimated declared",
    ("kept_daily", "breakdown"): "all content_type tier hashtag",
}
DEFAULTS = {
    ("post_metrics", "value_basis"): "measured",
    ("customers", "platform"): "",
    ("customers", "handle"): "",
}
# an amount without its currency fails the row
CURRENCY_OF = {
    "campaigns": {"budget": "currency"},
    "collaborations": {"fee": "currency", "product_cost": "currency"},
}
TRUE, FALSE = ("true", "1", "yes"), ("false", "0", "no")


@dataclass(frozen=True)
class Column:
    name: str
    kind: str
    is_key: bool
    is_required: bool


def columns(stream: str) -> dict[str, Column]:
    found = {}
    for word in SPEC[stream].split():
        name, kind = word.rstrip("!*").split(":")
        found[name] = Column(name, kind, "!" in word, "*" in word)
    found["is_deleted"] = Column("is_deleted", "boolean", False, False)
    return found


def key_columns(stream: str) -> list[str]:
    return [column.name for column in columns(stream).values() if column.is_key]


@dataclass(frozen=True)
class Dropped:
    """A file that someone dropped: the night that found it, its stream, name and bytes.

    An export of another tool has its `source`, and the `mapping` of its columns to the stream's.
    """

    night: int
    stream: str
    name: str
    content: bytes
    source: str = "inbox"
    mapping: tuple[tuple[str, str], ...] = ()
    day: date = date.min  # the logical date of that night

    @property
    def folder(self) -> str:
        return self.stream if self.source == "inbox" else self.source


@dataclass(frozen=True)
class Version:
    """One good row: its key, its place among the versions, and the columns that its file has."""

    source: str
    key: tuple[Any, ...]
    order: tuple[Any, ...]
    values: Row
    is_deleted: bool
    landed_on: date


@dataclass
class FileReport:
    """What became of one file. `refused` maps a bad line to the columns that are wrong in it."""

    dropped: Dropped
    outcome: str = "landed"  # or skipped, failed
    rows: int = 0
    loaded: int = 0
    superseded: int = 0
    refused: dict[int, set[str | None]] = field(default_factory=dict)


@dataclass
class Landed:
    """Everything that was dropped so far."""

    files: list[FileReport]
    versions: dict[str, list[Version]]

    def current(self, stream: str, until: datetime | None = None) -> list[Row]:
        """The live rows of a stream, by key; `until` hides versions observed at or after it.

        `since` is when a row was first observed, `landed_on` when it first landed; its removals
        aside.
        """
        # key → source → column → (order of the version that said so, value)
        state: dict[tuple[Any, ...], dict[str, dict[str, tuple[Any, Any]]]] = {}
        for version in sorted(self.versions.get(stream, []), key=lambda v: v.order):
            if until is not None and version.values["observed_at"] >= until:
                continue
            sources = state.setdefault(version.key, {})
            before = sources.pop(version.source, {})
            if not version.is_deleted:
                said = {name: (version.order, value) for name, value in version.values.items()}
                first = {
                    "since": (version.order, version.values.get("observed_at")),
                    "landed_on": (version.order, version.landed_on),
                }
                sources[version.source] = {**first, **before, **said}
        names = columns(stream)
        return [
            {**dict.fromkeys(names), **_merged(sources), "told_by": sorted(sources)}
            for _, sources in sorted(state.items(), key=lambda item: str(item[0]))
            if sources
        ]


def _merged(sources: dict[str, dict[str, tuple[Any, Any]]]) -> Row:
    """Between sources, the newest value of each column that is not NULL."""
    row: Row = {}
    for name in {name for said in sources.values() for name in said}:
        known = [
            said[name] for said in sources.values() if said.get(name, (0, None))[1] is not None
        ]
        choose = min if name in ("since", "landed_on") else max
        row[name] = choose(known, key=lambda pair: pair[0])[1] if known else None
    return row


def read(drops: Iterable[Dropped]) -> Landed:
    """Read dropped files in landing order: by night, then by byte order of name."""
    landed = Landed([], {stream: [] for stream in SPEC})
    last: dict[tuple[str, str], bytes] = {}
    ordered = sorted(drops, key=lambda d: (d.night, d.folder.encode(), d.name.encode()))
    for sequence, dropped in enumerate(ordered):
        report = FileReport(dropped)
        landed.files.append(report)
        if last.get((dropped.source, dropped.stream)) == dropped.content:
            report.outcome = "skipped"
            continue
        names, rows = parse(dropped)
        spec = columns(dropped.stream)
        if any(c.is_required and c.name not in names for c in spec.values()):
            report.outcome = "failed"
            continue
        last[(dropped.source, dropped.stream)] = dropped.content
        good: dict[tuple[Any, ...], Version] = {}
        for line, raw in rows:
            report.rows += 1
            version, wrong = accept(dropped, names, raw, (sequence, line))
            if version is None:
                report.refused[line] = wrong
                continue
            landed.versions[dropped.stream].append(version)
            # an older observation of a post stays beside the newer one: as-of needs both
            at = version.values.get("observed_at")
            report.superseded += (version.key, at) in good
            good[(version.key, at)] = version
        report.loaded = len(good)
    return landed


def decode(dropped: Dropped) -> str:
    content = dropped.content
    if dropped.name.endswith(".gz"):
        content = gzip.decompress(content)
    return content.decode("utf-8-sig")


def parse(dropped: Dropped) -> tuple[list[str], list[tuple[int, Row | None]]]:
    """Column names and (line, cells) of a file; None for a line that can't be parsed."""
    body = decode(dropped)
    is_csv = dropped.name.removesuffix(".gz").endswith(".csv")
    names, rows = _parse_csv(body) if is_csv else _parse_json(body)
    if not dropped.mapping:
        return names, rows
    mapped = dict(dropped.mapping)
    renamed = [
        (line, None if raw is None else {mapped[name]: value for name, value in raw.items()})
        for line, raw in rows
    ]
    return list(mapped.values()), renamed


def _parse_csv(body: str) -> tuple[list[str], list[tuple[int, Row | None]]]:
    header = body.splitlines()[0]
    delimiter = max(",;\t|", key=header.count)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter)
    names = [name.strip() for name in next(reader)]
    rows: list[tuple[int, Row | None]] = []
    line = reader.line_num + 1
    for cells in reader:
        if cells:
            fits = len(cells) == len(names)
            rows.append((line, dict(zip(names, cells, strict=True)) if fits else None))
        line = reader.line_num + 1
    return names, rows


def _parse_json(body: str) -> tuple[list[str], list[tuple[int, Row | None]]]:
    names: dict[str, None] = {}
    rows: list[tuple[int, Row | None]] = []
    for line, record in enumerate(body.split("\n"), start=1):
        if not record.strip():
            continue
        try:
            value = json.loads(record, parse_float=str, parse_int=str)
        except json.JSONDecodeError:
            value = None
        rows.append((line, value if isinstance(value, dict) else None))
        names.update(dict.fromkeys(value if isinstance(value, dict) else {}))
    return list(names), rows


def accept(
    dropped: Dropped, names: list[str], raw: Row | None, place: tuple[int, int]
) -> tuple[Version | None, set[str | None]]:
    """A row's version, or None and the columns that are wrong in it."""
    if raw is None:
        return None, {None}
    stream = dropped.stream
    spec = columns(stream)
    values: Row = {}
    wrong: set[str | None] = set()
    for name in names:
        if name not in spec:
            continue
        try:
            values[name] = cast(stream, spec[name], raw.get(name))
        except (ValueError, InvalidOperation, OverflowError):
            wrong.add(name)
    for (owner, name), value in DEFAULTS.items():
        if owner == stream and values.get(name) is None and name not in wrong:
            values[name] = value
    needed = {column.name for column in spec.values() if column.is_required}
    if values.get("is_deleted"):  # a removal is its key; the rest of the row says nothing
        needed &= {*key_columns(stream), "observed_at"}
        wrong &= {*key_columns(stream), "observed_at"}
    wrong |= {name for name in needed - wrong if values.get(name) in (None, [])}
    if not values.get("is_deleted"):
        wrong |= _rules(stream, values, wrong)
    if wrong:
        return None, wrong
    key = tuple(values[name] for name in key_columns(stream))
    order = (_moment(values.get("observed_at")), *place)
    is_deleted = bool(values.pop("is_deleted", None))
    return Version(dropped.source, key, order, values, is_deleted, dropped.day), set()


def _moment(at: datetime | None) -> str:
    return at.isoformat(timespec="microseconds") if at else ""


def _rules(stream: str, values: Row, wrong: set[str | None]) -> set[str | None]:
    """The columns that break a rule between columns."""
    if wrong:
        return set()
    broken: set[str | None] = set()
    for amount, currency in CURRENCY_OF.get(stream, {}).items():
        if values.get(amount) is not None and values.get(currency) is None:
            broken |= {amount, currency}
    window = values.get("attribution_window_days")
    if window is not None and not 1 <= window <= 365:
        broken.add("attribution_window_days")
    if stream == "orders" and (values.get("discount_amount") or 0) > values["gross_amount"]:
        broken |= {"discount_amount", "gross_amount"}
    elif stream == "orders" and (values.get("gift_card_amount") or 0) > values["gross_amount"] - (
        values.get("discount_amount") or 0
    ):
        broken |= {"gift_card_amount", "discount_amount", "gross_amount"}
    if stream == "clicks" and values.get("link_id") is None and values.get("landing_url") is None:
        broken |= {"link_id", "landing_url"}
    if (
        stream == "outreach"
        and values.get("creator_id") is None
        and (values.get("platform") is None or values.get("handle") is None)
    ):
        broken |= {"creator_id", "platform", "handle"}
    return broken


def cast(stream: str, column: Column, value: Any) -> Any:
    """A cell as its kind. An empty one is None. Raises ValueError where it does not cast."""
    if column.kind in ("list", "tags"):
        return _items(column.kind, value)
    if isinstance(value, (list, dict)):
        raise ValueError(value)
    value = "" if value is None else str(value)
    if column.kind == "text":
        return value if value.strip() else None
    value = value.strip()
    if value == "":
        return None
    return CASTS[column.kind](value) if column.kind != "enum" else _enum(stream, column.name, value)


def _items(kind: str, value: Any) -> list[str]:
    if isinstance(value, str):
        value = [] if value.strip() == "[]" else value.split("|")
    items = [str(item).strip() for item in value or []]
    if kind == "tags":
        items = [text.hashtag(item) for item in items]
    return text.distinct([item for item in items if item])


def _enum(stream: str, name: str, value: str) -> str:
    value = value.lower()
    if value not in ENUMS[stream, name].split():
        raise ValueError(value)
    return value


def _count(value: str) -> int:
    if not value.isascii() or not value.isdigit() or int(value) >= 2**63:
        raise ValueError(value)
    return int(value)


def _number(value: str) -> Decimal:
    if value.strip("+-0123456789.") or not any(char.isdigit() for char in value):
        raise ValueError(value)
    # amounts are kept to four decimals; a file may carry the dust of a binary number
    return Decimal(value).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def _share(value: str) -> Decimal:
    if value.strip("+0123456789.") or not any(char.isdigit() for char in value):
        raise ValueError(value)
    if not 0 <= Decimal(value) <= 1:
        raise ValueError(value)
    return Decimal(value).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def _date(value: str) -> date:
    if len(value) != 10:
        raise ValueError(value)
    return date.fromisoformat(value)


def _timestamp(value: str) -> datetime:
    if len(value) <= 10:
        raise ValueError(value)
    at = datetime.fromisoformat(value)
    return at if at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)


def _boolean(value: str) -> bool:
    if value.lower() not in TRUE + FALSE:
        raise ValueError(value)
    return value.lower() in TRUE


def _currency(value: str) -> str:
    if len(value) != 3 or not value.isascii() or not value.isalpha():
        raise ValueError(value)
    return value.upper()


CASTS = {
    "id": str,
    "name": text.handle,
    "platform": text.lower,
    "word": text.lower,  # a content type or channel has no case, as a platform has none
    "money": _number,
    "number": _number,
    "share": _share,
    "count": _count,
    "date": _date,
    "timestamp": _timestamp,
    "boolean": _boolean,
    "currency": _currency,
}
