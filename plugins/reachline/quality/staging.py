"""Gate 2: every row is loaded, superseded, quarantined, dropped or left to another stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reachline.configuration.platforms import platforms
from reachline.configuration.platforms.base import SHORTENERS
from reachline.quality import plausibility, volume
from reachline.quality.checks import (
    Check,
    Suite,
    between,
    equal,
    never_null,
    no_row,
    unique,
)
from reachline.quality.facts import Night, StreamGrain, day, landed_for
from reachline.sql import literal

MIN_ROWS_TO_BLOCK = 100
"""A stream blocks for its share of quarantined rows from so many of them on: a handful of typing
mistakes in a small file must not stop a night."""


@dataclass(frozen=True)
class Parent:
    """Columns of a stream that name rows of `table`, which has columns of the same names."""

    columns: tuple[str, ...]
    table: str
    why: str

    @property
    def name(self) -> str:
        """The flag that says that a row's parent is not known."""
        return f"{self.columns[-1]}_is_orphan"


def _of_stream(stream: str) -> str:
    return f"work.staging.stg_inbox__{stream}"


_BRANDS = "work.config.brands"
_NO_EFFECT = "The row is kept and has no effect until its parent arrives; it may be a typing error."

PARENTS: dict[str, tuple[Parent, ...]] = {
    "campaigns": (Parent(("brand_id",), _BRANDS, "A campaign of no brand is in no report."),),
    "creator_accounts": (Parent(("creator_id",), _of_stream("creators"), _NO_EFFECT),),
    "collaborations": (
        Parent(("campaign_id",), _of_stream("campaigns"), _NO_EFFECT),
        Parent(("creator_id",), _of_stream("creators"), _NO_EFFECT),
    ),
    "deliverables": (Parent(("collaboration_id",), _of_stream("collaborations"), _NO_EFFECT),),
    "promo_codes": (
        Parent(
            ("collaboration_id",),
            _of_stream("collaborations"),
            "Orders with this code are credited to nobody until the collaboration is known.",
        ),
    ),
    "tracking_links": (
        Parent(
            ("collaboration_id",),
            _of_stream("collaborations"),
            "Clicks on this link are credited to nobody until the collaboration is known.",
        ),
    ),
    "payments": (
        Parent(
            ("collaboration_id",),
            _of_stream("collaborations"),
            "A payment of no collaboration is missing from every cost.",
        ),
    ),
    "outreach": (
        Parent(("campaign_id",), _of_stream("campaigns"), _NO_EFFECT),
        Parent(("creator_id",), _of_stream("creators"), _NO_EFFECT),
    ),
    "events": (Parent(("brand_id",), _BRANDS, _NO_EFFECT),),
    "recommendations": (Parent(("brand_id",), _BRANDS, _NO_EFFECT),),
    "refunds": (
        Parent(
            ("order_id",),
            _of_stream("orders"),
            "A refund of no order lowers no revenue: revenue may be overstated.",
        ),
    ),
    "clicks": (
        Parent(
            ("link_id",),
            _of_stream("tracking_links"),
            "A click on an unknown link counts for no collaboration.",
        ),
    ),
    "post_metrics": (
        Parent(
            ("platform", "native_post_id"),
            _of_stream("posts"),
            "Metrics of a post that nobody has landed are in no report.",
        ),
    ),
}

_BOOKKEEPING = ("is_deleted", "loaded_seq", "batch_id")
"""The columns that every stream's table has, and that are never NULL."""

# What marketing ops keep: small, so looked at whole each night. An orphan warns until it is mended.
PROGRAM = frozenset(
    {
        "campaigns",
        "creators",
        "creator_accounts",
        "collaborations",
        "deliverables",
        "promo_codes",
        "tracking_links",
        "payments",
        "events",
    }
)


def suites(night: Night) -> list[Suite]:
    """Return the suites of gate 2."""
    return [
        _batches(night),
        _unread(),
        volume.suite(),
        _quarantine(night),
        *(_stream(night, stream) for stream in night.streams.values()),
        _links(),
        _refunds(night),
        _contradictions(night),
        _owners_of_codes(night),
        *plausibility.suites(night),
    ]


def _batches(night: Night) -> Suite:
    return Suite(
        stage="staging",
        table="staging.batches_read",
        rows=f"""
with refused as (
    select model, batch_id, count(*) as rows_in_quarantine
    from work.staging.quarantine
    where batch_id in (
        select batch_id from work.staging.batches_read where read_seq >= {night.first_seq}
    )
    group by model, batch_id
)

select
    batches.model,
    batches.batch_id,
    batches.rows_in,
    batches.loaded + batches.superseded + batches.quarantined + batches.dropped + batches.skipped
        as rows_accounted,
    least(
        batches.loaded, batches.superseded, batches.quarantined, batches.dropped, batches.skipped
    ) as least_part,
    batches.quarantined + batches.dropped as quarantined,
    coalesce(refused.rows_in_quarantine, 0) as rows_in_quarantine
from work.staging.batches_read as batches
left join refused on batches.model = refused.model and batches.batch_id = refused.batch_id
where batches.read_seq >= {night.first_seq}
""",
        key=("model", "batch_id"),
        checks=(
            equal(
                "rows_in",
                "rows_accounted",
                "nothing_is_lost",
                "Rows in = loaded + superseded + quarantined + dropped + left to another stream: a "
                "row that is in none of them has vanished.",
            ),
            between("least_part", "A part below zero means that rows were counted twice.", low=0),
            equal(
                "quarantined",
                "rows_in_quarantine",
                "quarantine_is_whole",
                "People mend refused rows from the quarantine: one that is not there is lost.",
            ),
            unique(("model", "batch_id"), "A batch that is read twice doubles its rows."),
        ),
    )


def _unread() -> Suite:
    return Suite(
        stage="staging",
        table="landing.batches",
        rows="""
with readers as (
    select tool as source, export as landed_stream from work.config.export_streams
    union
    select source, landed from work.config.record_mappings
    union
    select 'inbox', replace(table_name, 'stg_inbox__', '')
    from duckdb_tables()
    where database_name = 'work' and schema_name = 'staging' and table_name like 'stg_inbox__%'
)

select
    batches.batch_id,
    batches.source,
    batches.stream,
    readers.source is not null as has_reader,
    batches.batch_id in (select batch_id from work.staging.batches_read) as is_read
from work.landing.batches as batches
left join readers
    on batches.source = readers.source and batches.stream = readers.landed_stream
where batches.path is not null and not batches.is_held
""",
        key=("source", "stream", "batch_id"),
        checks=(
            no_row(
                "every_batch_is_read",
                "has_reader and not is_read",
                "every batch that is not held in staging",
                "A batch that staging passes over is missing from every table without a word.",
            ),
            no_row(
                "every_batch_has_a_reader",
                "not has_reader",
                "a model for every source and stream",
                "What nothing reads reaches no report: is a mapping missing in config/exports?",
                severity="warn",
            ),
        ),
    )


def _quarantine(night: Night) -> Suite:
    bounds = night.thresholds
    return Suite(
        stage="staging",
        table="staging.quarantine",
        rows=f"""
select
    batches_read.source,
    batches_read.stream,
    batches.logical_date,
    batches.logical_date = {day(night)} as is_tonight,
    sum(batches_read.quarantined) as quarantined,
    coalesce(
        cast(sum(batches_read.quarantined) as double)
        / nullif(sum(batches_read.rows_in - batches_read.skipped), 0),
        0
    ) as quarantined_share
from work.staging.batches_read as batches_read
inner join work.landing.batches as batches on batches_read.batch_id = batches.batch_id
where batches_read.read_seq >= {night.first_seq} or batches.logical_date = {day(night)}
group by batches_read.source, batches_read.stream, batches.logical_date
""",
        key=("source", "stream", "logical_date", "quarantined"),
        checks=(
            no_row(
                "quarantined_share_is_small",
                f"is_tonight and quarantined_share > {bounds.quarantine_warn_share}",
                f"at most {bounds.quarantine_warn_share:.1%} of a stream's rows refused "
                "(thresholds.quarantine_warn_share)",
                "More refused rows than usual: a file was filled in another way than before.",
                severity="warn",
            ),
            no_row(
                "quarantined_share_is_bearable",
                f"quarantined_share > {bounds.quarantine_block_share} "
                f"and quarantined >= {MIN_ROWS_TO_BLOCK}",
                f"at most {bounds.quarantine_block_share:.1%} of a stream's rows refused "
                f"(thresholds.quarantine_block_share), from {MIN_ROWS_TO_BLOCK} rows on",
                "With this much missing the reports would be wrong; the format has changed.",
            ),
        ),
    )


def _stream(night: Night, stream: StreamGrain) -> Suite:
    grain = ("source", *stream.grain)
    parents = PARENTS.get(stream.stream, ())
    return Suite(
        stage="staging",
        table=f"staging.stg_inbox__{stream.stream}",
        rows=_rows_and_parents(night, stream, parents),
        key=grain,
        checks=(
            unique(grain, "Two rows of one key count everything that hangs on it twice."),
            *(
                never_null(column, f"A row without {column} can't be told from another.")
                for column in (*grain, *_BOOKKEEPING)
            ),
            *(_required(column) for column in stream.required if column not in grain),
            *(
                no_row(
                    f"{parent.columns[-1]}_has_a_parent",
                    f"{parent.name} and not is_deleted",
                    f"a known parent for every {' and '.join(parent.columns)}",
                    parent.why,
                    severity="warn",
                )
                for parent in parents
            ),
        ),
    )


def _rows_and_parents(night: Night, stream: StreamGrain, parents: Sequence[Parent]) -> str:
    """Return SQL of a stream's rows that are looked at, with a flag for each unknown parent."""
    # small streams are looked at whole
    tonight = "true" if stream.stream in PROGRAM else landed_for(night, "rows.batch_id")
    joins, flags = "", ""
    for number, parent in enumerate(parents):
        known = f"parent_{number}"
        names = ", ".join(f"found.{column}" for column in parent.columns)
        same = " and ".join(f"found.{column} = rows.{column}" for column in parent.columns)
        live = "" if parent.table == _BRANDS else "\n    where not found.is_deleted"
        # only the parents that are asked for: history is not sorted through for them
        joins += (
            f"\nleft join (\n    select distinct {names}, true as is_known"
            f"\n    from {parent.table} as found\n    semi join rows on {same}{live}\n) as {known}"
        )
        joins += " on " + " and ".join(f"rows.{c} = {known}.{c}" for c in parent.columns)
        flags += (
            f",\n    rows.{parent.columns[-1]} is not null and {known}.is_known is null "
            f"and {tonight} as {parent.name}"
        )
    rows = _touched_keys(night, stream, parents)
    return f"with rows as (\n{rows}\n)\n\nselect\n    rows.*{flags}\nfrom rows{joins}\n"


def _touched_keys(night: Night, stream: StreamGrain, parents: Sequence[Parent]) -> str:
    """Return SQL of all rows of the keys that have a new row; of a small stream, of all rows."""
    table = _of_stream(stream.stream)
    grain = ("source", *stream.grain)
    of_parents = (column for parent in parents for column in parent.columns)
    names = (*dict.fromkeys((*grain, *stream.required, *of_parents)), *_BOOKKEEPING)
    columns = ", ".join(names)
    if stream.stream in PROGRAM:
        return f"select {columns} from {table}"
    return f"""
select {columns} from {table} where loaded_seq >= {night.first_seq} or loaded_seq is null
union all
select {", ".join(f"known.{name}" for name in names)}
from {table} as known
semi join (
    select {", ".join(grain)} from {table} where loaded_seq >= {night.first_seq}
) as touched using ({", ".join(grain)})
where known.loaded_seq < {night.first_seq}
"""


def _required(column: str) -> Check:
    return no_row(
        f"{column}_is_never_null",
        f"{column} is null and not is_deleted",
        f"no row without {column}",
        f"{column} is required: a row that lacks it belongs into quarantine.",
    )


def _links() -> Suite:
    """Return the suite of links in deliverables that don't say which post they lead to."""
    forms = (form for facts in platforms().values() for form in facts.short_links)
    # to Great Expectations, which asks by SQLAlchemy, `:web` in `(?:web` is a parameter
    short = " or ".join(
        "regexp_matches(post_url, " + literal(r"^\s*" + form.replace("(?:", "(")) + ")"
        for form in (*SHORTENERS, *forms)
    )
    return Suite(
        stage="staging",
        table="staging.links_of_deliverables",
        rows=f"""
select deliverable_id, post_url, {short} as is_short
from work.staging.stg_inbox__deliverables
where not is_deleted and post_url is not null
""",
        key=("deliverable_id", "post_url"),
        checks=(
            no_row(
                "links_say_which_post_they_lead_to",
                "is_short",
                "no post_url that only a server can resolve",
                "A short link meets no post, so its creator seems to be late: open it, and write "
                "the address that it leads to.",
                severity="warn",
            ),
        ),
    )


def _refunds(night: Night) -> Suite:
    return Suite(
        stage="staging",
        table="staging.refunds_of_orders",
        rows=f"""
with touched as (
    select distinct order_id
    from work.staging.stg_inbox__refunds
    where batch_id in (
        select batch_id from work.landing.batches where logical_date = {day(night)}
    )
),

refunds as (
    select order_id, sum(amount) as refunded
    from (
        select refunds.refund_id, min(refunds.order_id) as order_id,
            max(refunds.amount) as amount
        from work.staging.stg_inbox__refunds as refunds
        where not refunds.is_deleted and refunds.order_id in (select order_id from touched)
        group by refunds.refund_id
    ) as one_row_a_refund
    group by order_id
),

orders as (
    select
        order_id,
        max(gross_amount - coalesce(discount_amount, 0) - coalesce(gift_card_amount, 0)) as paid
    from work.staging.stg_inbox__orders
    where not is_deleted and order_id in (select order_id from touched)
    group by order_id
)

select refunds.order_id, refunds.refunded, orders.paid
from refunds
inner join orders on refunds.order_id = orders.order_id
""",
        key=("order_id", "refunded", "paid"),
        checks=(
            no_row(
                "refunds_do_not_exceed_the_order",
                "refunded > paid",
                "refunds of an order at most gross - discount - gift cards",
                "Refunds count up to what was paid; the excess is dropped, and may be a mistake "
                "in the shop.",
                severity="warn",
            ),
        ),
    )


def _contradictions(night: Night) -> Suite:
    """Return the suite of files that say different things of one key."""
    return Suite(
        stage="staging",
        table="staging.contradictions",
        rows=f"""
select said.stream, said.row_key, said.column_name, said.first_value, said.last_value,
    said.batch_id is not null as is_contradiction
from work.staging.contradictions as said
inner join work.landing.batches as batches on said.batch_id = batches.batch_id
where batches.logical_date = {day(night)}
""",
        key=("stream", "row_key", "column_name", "first_value", "last_value"),
        checks=(
            no_row(
                "a_file_says_one_thing_of_a_key",
                "is_contradiction",
                "rows of one key and one file that agree",
                "The later row holds (last_value). Where it should be the other, or both, drop the "
                "right row again: a promo code has one collaboration from a day on.",
                severity="warn",
            ),
        ),
    )


def _owners_of_codes(night: Night) -> Suite:
    """Return the suite of promo codes that creators share on one day."""
    return Suite(
        stage="staging",
        table="staging.owners_of_codes",
        rows=f"""
with collaborations as (
    select distinct collaboration_id, creator_id
    from work.staging.stg_inbox__collaborations
    where not is_deleted and status in ('agreed', 'active', 'completed')
),

owned as (
    select distinct
        codes.code, codes.valid_from, codes.collaboration_id, live.creator_id,
        coalesce(codes.valid_to, date '9999-12-31') as valid_until
    from work.staging.stg_inbox__promo_codes as codes
    inner join collaborations as live on codes.collaboration_id = live.collaboration_id
    where not codes.is_deleted
)

select
    later.code,
    later.collaboration_id as credited,
    earlier.collaboration_id as not_credited,
    later.valid_from as shared_from,
    least(earlier.valid_until, later.valid_until) as shared_until,
    later.valid_from <= earlier.valid_until
    and least(earlier.valid_until, later.valid_until) >= {day(night)} as is_shared
from owned as later
inner join owned as earlier
    on later.code = earlier.code
    and later.creator_id <> earlier.creator_id
    and (
        later.valid_from > earlier.valid_from
        or (
            later.valid_from = earlier.valid_from
            and later.collaboration_id > earlier.collaboration_id
        )
    )
""",
        key=("code", "credited", "not_credited", "shared_from", "shared_until"),
        checks=(
            no_row(
                "a_code_is_of_one_creator_a_day",
                "is_shared",
                "no promo code that two creators' collaborations hold on one day, tonight or later",
                "The row with the later valid_from is credited with every order, the other "
                "creator with none: end the older row by its valid_to, or give a code of its own.",
                severity="warn",
            ),
        ),
    )
