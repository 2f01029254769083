"""Ways to spoil rows on purpose, and what the pipeline is to make of each."""

from __future__ import annotations

from dataclasses import dataclass

# In a text that is about to become a file these stand for what can't be said in UTF-8 or CSV.
BAD_BYTES_MARK = "\ue000"
SURPLUS_CELL_MARK = "\ue001"
CUT_LINE_MARK = "\ue002"

QUARANTINED = "quarantined"
SUPERSEDED = "superseded"
KEPT = "kept"


@dataclass(frozen=True)
class Way:
    """One way to spoil a row.

    `targets` maps a stream to the column that is spoiled, `value` is an SQL expression of what
    stands there then (`_n` is the row's number in the file). `effect` is what becomes of the row:
    quarantined, superseded (inside its batch) or kept.
    """

    name: str
    effect: str
    help: str
    targets: dict[str, str]
    value: str = "null"
    formats: tuple[str, ...] = ("csv", "jsonl", "parquet", "xlsx")


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
            ("csv", "jsonl"),
        ),
        Way(
            "ragged_row",
            QUARANTINED,
            "two cells too many in a CSV line",
            dict.fromkeys(_REQUIRED, "*last"),
            f"'{SURPLUS_CELL_MARK}'",
            ("csv",),
        ),
        Way(
            "cut_line",
            QUARANTINED,
            "a JSON line that ends in the middle",
            dict.fromkeys(_REQUIRED, "*last"),
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
