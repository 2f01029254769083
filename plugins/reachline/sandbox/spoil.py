"""Ways to spoil rows on purpose, and what the pipeline is to make of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# In a text that is about to become a file these stand for what can't be said in it.
BAD_BYTES_MARK = "\ue000"
SURPLUS_CELL_MARK = "\ue001"
CUT_LINE_MARK = "\ue002"
MISSING_CELL_MARK = "\ue003"
NUL_MARK = "\ue004"
OPEN_QUOTE_MARK = "\ue005"
AFTER_QUOTE_MARK = "\ue006"
KEY_TWICE_MARK = "\ue007"
LIST_LINE_MARK = "\ue008"
LONG_NUMBER_MARK = "\ue009"
ESCAPED_NUL_MARK = "\ue00a"

QUARANTINED = "quarantined"
SUPERSEDED = "superseded"
KEPT = "kept"

TEXT = ("csv", "jsonl")
FORMATS = (*TEXT, "parquet", "xlsx")

# what a way adds to a file: a line behind the row
LINES = ("*twice", "*header", "*empty")


@dataclass(frozen=True)
class Way:
    """One way to spoil a row.

    `targets` maps a stream to the column that is spoiled; `value` is an SQL expression of what
    stands there then (`_n` is the row's number in the file, `{column}` what stood there). In place
    of a column, `*last` is the last one, which names no fault of its own, and `*twice`, `*header`
    and `*empty` are a line behind the row: itself again, the header, one without a value. `effect`
    is what becomes of the row: quarantined, superseded (inside its batch) or kept. `also` are other
    columns that are given a value, `names` the columns that the fault is said of where they are
    not the targets.
    """

    name: str
    effect: str
    help: str
    targets: Mapping[str, str]
    value: str = "null"
    formats: tuple[str, ...] = FORMATS
    also: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def columns(self, stream: str, last: str) -> dict[str, str]:
        """Returns what each column of a stream becomes, as SQL; `last` is the file's last one."""
        target = self.targets[stream]
        if target in LINES:
            return {}
        column = last if target == "*last" else target
        return {column: self.value.replace("{column}", column), **self.also.get(stream, {})}

    def named(self, stream: str) -> str | None:
        """Returns the column that the fault is said of; None where it is the row's as a whole."""
        target = self.targets[stream]
        return None if target.startswith("*") else self.names.get(stream, target)


_REQUIRED = {
    "campaigns": "campaign_name",
    "creators": "creator_name",
    "creator_accounts": "creator_id",
    "collaborations": "status",
    "deliverables": "due_on",
    "promo_codes": "collaboration_id",
    "tracking_links": "url",
    "payments": "incurred_on",
    "outreach": "status_at",
    "customers": "customer_id",
    "recommendations": "handle",
    "events": "hashtags",
    "fx_rates": "rate",
    "orders": "ordered_at",
    "refunds": "amount",
    "clicks": "clicked_at",
    "profiles": "native_account_id",
    "posts": "published_at",
    "post_metrics": "native_post_id",
}

# Files with much text beyond ASCII: where only the spoiled rows were not ASCII, the file would be
# taken to be in another encoding, and would fail as a whole.
_TEXT = {"posts": "text", "profiles": "display_name"}
_MOST_BAD_UTF8 = 0.05

_MOMENTS = {
    "outreach": "status_at",
    "orders": "ordered_at",
    "refunds": "refunded_at",
    "clicks": "clicked_at",
    "profiles": "observed_at",
    "posts": "published_at",
    "post_metrics": "observed_at",
}
_DAYS = {
    "campaigns": "ends_on",
    "collaborations": "agreed_on",
    "deliverables": "due_on",
    "payments": "incurred_on",
    "recommendations": "recommended_on",
    "events": "starts_on",
}
_IDS = {
    "collaborations": "creator_id",
    "payments": "payment_id",
    "orders": "order_id",
    "clicks": "click_id",
    "profiles": "native_account_id",
    "posts": "native_post_id",
    "post_metrics": "native_post_id",
}
_EVERY_LAST = dict.fromkeys(_REQUIRED, "*last")

WAYS = {
    way.name: way
    for way in (
        Way(
            "bad_number",
            QUARANTINED,
            "a number that is none",
            {
                "campaigns": "budget",
                "collaborations": "product_cost",
                "promo_codes": "discount_rate",
                "payments": "amount",
                "fx_rates": "rate",
                "orders": "gross_amount",
                "refunds": "amount",
                "profiles": "following",
                "post_metrics": "comments",
            },
            "'12k'",
        ),
        Way("missing_required", QUARANTINED, "an empty required value", _REQUIRED),
        Way(
            "bad_timestamp",
            QUARANTINED,
            "a moment that is none, or a bare date; a day that the calendar lacks",
            {
                "campaigns": "starts_on",
                "collaborations": "agreed_on",
                "deliverables": "due_on",
                "promo_codes": "valid_from",
                "payments": "incurred_on",
                "outreach": "status_at",
                "recommendations": "recommended_on",
                "events": "ends_on",
                "fx_rates": "rate_date",
                "orders": "ordered_at",
                "refunds": "refunded_at",
                "clicks": "clicked_at",
                "profiles": "observed_at",
                "posts": "published_at",
                "post_metrics": "observed_at",
            },
            "'2026-02-30'",
        ),
        Way(
            "negative_count",
            QUARANTINED,
            "a count below 0",
            {"profiles": "followers", "post_metrics": "comments"},
            "'-3'",
        ),
        Way(
            "bad_enum",
            QUARANTINED,
            "a status or basis that nobody knows",
            {
                "collaborations": "status",
                "payments": "status",
                "outreach": "status",
                "orders": "status",
                "post_metrics": "value_basis",
            },
            "'maybe'",
        ),
        Way(
            "missing_currency",
            QUARANTINED,
            "an amount without its currency",
            {"payments": "currency", "orders": "currency"},
        ),
        Way(
            "discount_above_gross",
            QUARANTINED,
            "a discount larger than the order",
            {"orders": "discount_amount"},
            "'99999999.5'",
        ),
        Way(
            "bad_utf8",
            QUARANTINED,
            "bytes that are not UTF-8 (text files)",
            _TEXT,
            f"'caf{BAD_BYTES_MARK}'",
            TEXT,
        ),
        Way(
            "ragged_row",
            QUARANTINED,
            "two cells too many in a CSV line",
            _EVERY_LAST,
            f"'{SURPLUS_CELL_MARK}'",
            ("csv",),
        ),
        Way(
            "cut_line",
            QUARANTINED,
            "a JSON line that ends in the middle",
            _EVERY_LAST,
            f"'{CUT_LINE_MARK}'",
            ("jsonl",),
        ),
        Way(
            "duplicate_key",
            SUPERSEDED,
            "the row once more, right after itself",
            dict.fromkeys(_REQUIRED, "*twice"),
        ),
        Way(
            "orphan",
            KEPT,
            "a row whose parent nobody knows",
            {
                "creator_accounts": "creator_id",
                "collaborations": "campaign_id",
                "deliverables": "collaboration_id",
                "promo_codes": "collaboration_id",
                "tracking_links": "collaboration_id",
                "payments": "collaboration_id",
                "refunds": "order_id",
                "clicks": "link_id",
                "post_metrics": "native_post_id",
            },
            "'nobody-' || _n",
        ),
        Way(
            "unknown_currency",
            KEPT,
            "a currency that has no rate",
            {"payments": "currency", "orders": "currency"},
            "'QQQ'",
        ),
        Way(
            "thousands_sign",
            QUARANTINED,
            "a number with thousands signs",
            {
                "campaigns": "budget",
                "payments": "amount",
                "orders": "gross_amount",
                "refunds": "amount",
                "profiles": "followers",
                "post_metrics": "comments",
            },
            "'1,234'",
        ),
        Way(
            "part_of_a_count",
            QUARANTINED,
            "a count that is not whole",
            {"profiles": "followers", "post_metrics": "comments"},
            "'12.5'",
        ),
        Way(
            "too_large",
            QUARANTINED,
            "a number larger than any that is kept",
            {
                "campaigns": "budget",
                "payments": "amount",
                "orders": "tax_amount",
                "refunds": "amount",
                "profiles": "followers",
                "post_metrics": "comments",
            },
            "'99999999999999999999'",
        ),
        Way(
            "negative_money",
            QUARANTINED,
            "an order or refund below 0",
            {"orders": "gross_amount", "refunds": "amount"},
            "'-5'",
        ),
        Way(
            "negative_part",
            QUARANTINED,
            "a discount below 0",
            {"orders": "discount_amount"},
            "'-5'",
        ),
        Way(
            "gift_card_above_rest",
            QUARANTINED,
            "gift cards worth more than the order",
            {"orders": "gift_card_amount"},
            "'88888888.5'",
        ),
        Way(
            "negative_gift_card",
            QUARANTINED,
            "gift cards worth less than 0",
            {"orders": "gift_card_amount"},
            "'-0.01'",
        ),
        Way(
            "share_above_one",
            QUARANTINED,
            "a share in percent",
            {"collaborations": "commission_rate", "promo_codes": "discount_rate"},
            "'15'",
        ),
        Way("rate_of_zero", QUARANTINED, "a rate of 0", {"fx_rates": "rate"}, "'0'"),
        Way(
            "window_too_long",
            QUARANTINED,
            "a window above a year",
            {"campaigns": "attribution_window_days"},
            "'366'",
        ),
        Way(
            "bad_currency",
            QUARANTINED,
            "a currency's sign in place of its code",
            {
                "campaigns": "currency",
                "collaborations": "currency",
                "payments": "currency",
                "fx_rates": "quote_currency",
                "orders": "currency",
            },
            "'€'",
        ),
        Way(
            "amount_without_currency",
            QUARANTINED,
            "an amount without the currency that it needs",
            {"campaigns": "currency", "collaborations": "currency"},
            also={"campaigns": {"budget": "'12.5'"}, "collaborations": {"fee": "'12.5'"}},
            names={"campaigns": "budget", "collaborations": "fee"},
        ),
        Way(
            "bad_boolean",
            QUARANTINED,
            "neither yes nor no",
            {"orders": "is_test", "posts": "is_paid_label", "profiles": "is_verified"},
            "'perhaps'",
        ),
        Way(
            "bad_removal",
            QUARANTINED,
            "a removal that is neither yes nor no",
            {"orders": "is_deleted", "posts": "is_deleted", "post_metrics": "is_deleted"},
            "'perhaps'",
        ),
        Way("bare_date", QUARANTINED, "a moment without its time", _MOMENTS, "'2026-02-28'"),
        Way(
            "other_calendar",
            QUARANTINED,
            "a day or moment in the order of another land",
            _MOMENTS | _DAYS,
            "'28/02/2026 10:00'",
        ),
        Way("seconds", QUARANTINED, "a moment in seconds since 1970", _MOMENTS, "'1772272800'"),
        Way("old_day", QUARANTINED, "a day before all platforms", _DAYS, "'1926-03-01'"),
        Way("old_moment", QUARANTINED, "a moment of 1970", _MOMENTS, "'1970-01-01T00:00:01Z'"),
        Way(
            "far_day",
            QUARANTINED,
            "a day of an event that is decades ahead",
            {"payments": "incurred_on", "recommendations": "recommended_on"},
            "'2062-03-01'",
        ),
        Way(
            "far_moment",
            QUARANTINED,
            "a moment that is decades ahead",
            _MOMENTS,
            "'2062-03-01T10:00:00Z'",
        ),
        Way(
            "nobody_approached",
            QUARANTINED,
            "an approach to nobody",
            {"outreach": "creator_id"},
            also={"outreach": {"platform": "null", "handle": "null"}},
        ),
        Way(
            "click_on_nothing",
            QUARANTINED,
            "a click on no link",
            {"clicks": "link_id"},
            also={"clicks": {"landing_url": "null"}},
        ),
        Way(
            "list_of_objects",
            QUARANTINED,
            "a list of objects",
            {"posts": "hashtags", "orders": "discount_codes", "events": "hashtags"},
            """'[{"name": "coffee"}]'""",
        ),
        Way("rounded_id", QUARANTINED, "an id as a rounded number", _IDS, "'1.89547E+18'"),
        Way("float_id", QUARANTINED, "a long id as a number", _IDS, "'1895470000000000123.0'"),
        Way(
            "nul_byte", QUARANTINED, "a NUL in a text (text files)", _TEXT, f"'a{NUL_MARK}b'", TEXT
        ),
        Way(
            "escaped_nul",
            QUARANTINED,
            "a NUL in a text, as JSON escapes it (JSON lines)",
            _TEXT,
            f"'a{ESCAPED_NUL_MARK}b'",
            ("jsonl",),
        ),
        Way(
            "short_row",
            QUARANTINED,
            "a cell too few in a CSV line",
            _EVERY_LAST,
            f"'{MISSING_CELL_MARK}'",
            ("csv",),
        ),
        Way(
            "open_quote",
            QUARANTINED,
            "a quote that is never closed (CSV)",
            _EVERY_LAST,
            f"'{OPEN_QUOTE_MARK}'",
            ("csv",),
        ),
        Way(
            "text_after_quote",
            QUARANTINED,
            "text behind a closing quote (CSV)",
            _EVERY_LAST,
            f"'{AFTER_QUOTE_MARK}'",
            ("csv",),
        ),
        Way(
            "key_twice",
            QUARANTINED,
            "a key that stands twice in a record (JSON lines)",
            _EVERY_LAST,
            f"'{KEY_TWICE_MARK}'",
            ("jsonl",),
        ),
        Way(
            "list_line",
            QUARANTINED,
            "a line that is JSON but no record",
            _EVERY_LAST,
            f"'{LIST_LINE_MARK}'",
            ("jsonl",),
        ),
        Way(
            "surplus_cell",
            QUARANTINED,
            "a cell right of the header (workbooks)",
            _EVERY_LAST,
            f"'{SURPLUS_CELL_MARK}'",
            ("xlsx",),
        ),
        Way(
            "error_cell",
            QUARANTINED,
            "a cell that holds an error (workbooks)",
            {"payments": "amount", "collaborations": "status", "post_metrics": "reach"},
            "'#N/A'",
            ("xlsx",),
        ),
        Way(
            "unstored_formula",
            QUARANTINED,
            "a formula without its value (workbooks)",
            {"payments": "amount", "collaborations": "fee", "post_metrics": "reach"},
            "'=6*7'",
            ("xlsx",),
        ),
        Way(
            "long_number",
            QUARANTINED,
            "an id as a number of more digits than are kept (workbooks)",
            {"payments": "payment_id", "post_metrics": "native_post_id"},
            f"'{LONG_NUMBER_MARK}'",
            ("xlsx",),
        ),
        Way(
            "armoured_id",
            KEPT,
            "an id that is kept from being a number",
            _IDS,
            """'="' || {column} || '"'""",
            ("csv", "jsonl", "parquet"),
        ),
        Way("apostrophe_id", KEPT, "an id behind an apostrophe", _IDS, "chr(39) || {column}"),
        Way(
            "blanks_around",
            KEPT,
            "a value among blanks that nobody sees",
            _IDS
            | {
                "campaigns": "brand_id",
                "creators": "creator_id",
                "tracking_links": "collaboration_id",
                "customers": "customer_id",
            },
            "chr(160) || {column} || ' ' || chr(8203)",
        ),
        Way(
            "whole_float",
            KEPT,
            "a count written with a decimal point",
            {"profiles": "followers", "post_metrics": "comments"},
            "{column} || '.0'",
        ),
        Way(
            "header_again",
            KEPT,
            "the header once more, behind the row",
            dict.fromkeys(_REQUIRED, "*header"),
            formats=("csv", "xlsx"),
        ),
        Way(
            "empty_line",
            KEPT,
            "a line without any value, behind the row",
            dict.fromkeys(_REQUIRED, "*empty"),
        ),
    )
}


def parse_spoil(entries: list[str]) -> dict[str, float]:
    """Returns way -> share from texts like `bad_number=0.01`.

    Raises ValueError that names the entry, what is wrong with it and the ways there are.
    """
    shares: dict[str, float] = {}
    for entry in entries:
        name, _, share = entry.partition("=")
        try:
            shares[name] = float(share)
        except ValueError:
            raise ValueError(
                f"--spoil {entry!r}: write NAME=SHARE with a share between 0 and 1, "
                f"e.g. bad_number=0.01"
            ) from None
    check_spoil(shares)
    return shares


def check_spoil(shares: dict[str, float]) -> None:
    """Raises ValueError for a way that is unknown, or shares that can't be."""
    for name, share in shares.items():
        if name not in WAYS:
            raise ValueError(f"--spoil {name!r} is unknown; there are {', '.join(WAYS)}")
        if not 0 <= share <= 1:
            raise ValueError(f"--spoil {name}={share}: a share lies between 0 and 1")
    if shares.get("bad_utf8", 0) > _MOST_BAD_UTF8:
        raise ValueError(
            f"--spoil bad_utf8={shares['bad_utf8']}: at most {_MOST_BAD_UTF8}; with more, whole "
            "files are taken to be in another encoding"
        )
    if sum(shares.values()) > 1:
        raise ValueError(
            f"--spoil: the shares add to {sum(shares.values())}; a row is spoiled in one way "
            "only, so they add to at most 1"
        )
