"""The models of config/: what each file may say, and the rules between its values."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    ValidatorFunctionWrapHandler,
    create_model,
    field_validator,
    model_validator,
)

from reachline.configuration.content_types import content_type
from reachline.configuration.documents import Finding, ModelT, Row
from reachline.configuration.fields import (
    ANY,
    Currency,
    Domain,
    Handle,
    Hashtag,
    Keyword,
    Language,
    Languages,
    PlatformName,
    Share,
    Strict,
    Text,
    TimeZone,
    Token,
    Word,
    distinct,
    is_bare,
    lower,
    nonempty,
    normalize,
    six_decimals,
    trimmed,
)
from reachline.configuration.platforms import (
    ConnectorOptions,
    is_account_id,
    platforms,
    refusal,
    sources,
)
from reachline.configuration.problems import mistake, suggest

STREAMS = (
    "campaigns",
    "creators",
    "creator_accounts",
    "collaborations",
    "deliverables",
    "promo_codes",
    "tracking_links",
    "payments",
    "outreach",
    "customers",
    "recommendations",
    "events",
    "fx_rates",
    "orders",
    "refunds",
    "clicks",
    "profiles",
    "posts",
    "post_metrics",
    "kept_daily",
)
"""The streams of the inbox, by name; what they hold stands in dbt_project/models/staging/inbox."""


TierName = Literal["nano", "micro", "mid", "macro", "mega"]
DiscoveryPart = Literal["relevance", "er_percentile", "authenticity", "affinity"]

RowFinding = tuple[int | None, str, str, str]
"""A mistake that shows only between the rows of a CSV file: line, value, problem, remedy.

The line is None where the file as a whole is meant."""


def _some_tier(tiers: tuple[str, ...]) -> tuple[str, ...]:
    if not tiers:
        raise mistake("no tier is left", "write at least one, such as [micro]")
    return tiers


class Reporting(Strict):
    """In which currency and in whose days the tables count."""

    currency: Currency
    time_zone: TimeZone = "UTC"


class Brand(Strict):
    """A brand of ours, or a competitor's; its texts are normalised as they are compared.

    Only an account's id in a handle's place keeps its case: nobody can be asked for it without.
    """

    brand_id: Text
    name: Text
    role: Literal["own", "competitor"]
    handles: dict[PlatformName, Annotated[tuple[Handle, ...], distinct]] = Field(
        default_factory=dict
    )
    hashtags: Annotated[tuple[Hashtag, ...], distinct] = ()
    keywords: Annotated[tuple[Annotated[Keyword, nonempty], ...], distinct] = ()
    exclude: Annotated[tuple[Annotated[Keyword, nonempty], ...], distinct] = ()
    """A text with one of these names the brand by no keyword."""
    domains: Annotated[tuple[Domain, ...], distinct] = ()
    niches: Annotated[tuple[Hashtag, ...], distinct] = ()
    competitors: Annotated[tuple[Text, ...], distinct] = ()

    @field_validator("handles", mode="wrap")
    @classmethod
    def _keep_ids(
        cls, raw: Any, handler: ValidatorFunctionWrapHandler
    ) -> dict[str, tuple[str, ...]]:
        handles: dict[str, tuple[str, ...]] = handler(raw)
        ids = {
            (lower(platform.strip()), normalize(text)): text.strip()
            for platform, texts in raw.items()
            for text in texts
            if is_account_id(lower(platform.strip()), text.strip())
        }
        return {
            platform: tuple(ids.get((platform, text), text) for text in texts)
            for platform, texts in handles.items()
        }


class BrandsFile(Strict):
    """config/brands.yml."""

    reporting: Reporting
    brands: tuple[Brand, ...]


class Inbox(Strict):
    """How dropped files are read."""

    settle_seconds: Annotated[StrictFloat, Field(ge=0, allow_inf_nan=False)] = 30.0
    """A file whose size or time changed within so many seconds is still being written."""


class Freshness(Strict):
    """After how many days without a batch a stream is stale (a warning) or an error."""

    warn_after_days: Annotated[StrictInt, Field(ge=0)]
    error_after_days: Annotated[StrictInt, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Freshness:
        error = self.error_after_days
        if error is not None and error < self.warn_after_days:
            remedy = f"write an error_after_days of {self.warn_after_days} or more"
            raise mistake("error_after_days comes before warn_after_days", remedy)
        return self


class _Listed(Strict):
    """The connectors of config/sources.yml, by source; one that is not listed does not run."""

    def configured(self) -> dict[str, ConnectorOptions]:
        """Return the options of the connectors that are listed, by source."""
        listed = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: options for name, options in listed.items() if options is not None}

    def enabled(self) -> list[tuple[str, ConnectorOptions]]:
        """Return (source, options) of those that run by their schedule."""
        return [(name, found) for name, found in self.configured().items() if found.enabled]


if TYPE_CHECKING:
    Connectors = _Listed
else:
    # a field a source, with the options that its module in platforms/ has
    Connectors = create_model(
        "Connectors",
        __base__=_Listed,
        **{name: (source.options | None, None) for name, source in sources().items()},
    )


def _stream(text: str) -> str:
    source, dot, stream = text.rpartition(".")
    if dot and not (source and stream):
        raise mistake("is not a stream", "write <stream>, or <source>.<stream>")
    if not dot and text not in STREAMS:
        remedy = suggest(text, STREAMS, f"write one of {', '.join(STREAMS)}, or <source>.<stream>")
        raise mistake("is not a stream of the inbox", remedy)
    return text


class Clicks(Strict):
    """Which source's clicks on a link count, on a day on which several tell of some."""

    prefer: Annotated[tuple[Text, ...], distinct] = ("inbox", "ga4", "shopify")
    """The first that has any; `inbox` is the stream's files, and exports that are not named."""


def _day(value: object) -> object:
    # YAML reads 2026-01-01 as a day; a text or a number would be a guess
    if type(value) is not date:
        raise mistake("is not a day", "write it as 2026-01-31, without quotes")
    return value


Day = Annotated[date, BeforeValidator(_day)]


class Coverage(Strict):
    """From which day landing tells of orders, of clicks, and of what is said of each brand.

    What is not named here is told of from its first event on.
    """

    orders: Day | None = None
    clicks: Day | None = None
    mentions: dict[Text, Day] = Field(default_factory=dict)
    """By brand_id."""


class Sources(Strict):
    """config/sources.yml."""

    clicks: Clicks = Clicks()
    coverage: Coverage = Coverage()
    inbox: Inbox = Inbox()
    freshness: dict[Annotated[str, trimmed, AfterValidator(_stream)], Freshness] = Field(
        default_factory=dict
    )
    connectors: Connectors = Connectors()


Days = Annotated[StrictInt, Field(ge=1, le=365)]


class Attribution(Strict):
    """What attribution credits."""

    window_days: Days = 30
    """A click counts for orders of so many days after it; a campaign may say its own."""
    half_life_days: Days = 7
    """The weight of a touch in time_decay halves in so many days."""
    renewals: StrictBool = False
    """Whether further charges of a subscription are credited as other orders are."""


class CodeSigns(Strict):
    """When a promo code is likely leaked; the bounds of reports.code_health."""

    post_days: Annotated[StrictInt, Field(ge=0, le=365)] = 14
    """An order up to so many days after a post of the code's creator is explained by the post."""
    orders_min: Annotated[StrictInt, Field(ge=1)] = 10
    """A sign rests on so many orders at least, but for those before the first post."""
    early_orders: Annotated[StrictInt, Field(ge=1)] = 5
    """From so many orders on before the code's first post, without a click, it is likely leaked."""
    no_touch_share: Share = 0.5
    """From this share of orders on that neither a click nor a post explains, that is a sign."""
    new_customers_ratio: Share = 0.8
    """Below this part of the share of new customers that the shop's other orders have: a sign."""
    without_posts_ratio: Share = 1.0
    """From this part of the daily orders after posts on, sold long after them: a sign."""
    own_orders: Annotated[StrictInt, Field(ge=1)] = 2
    """From so many orders of its own creator on, a code is self-referred."""


class Thresholds(Strict):
    """config/thresholds.yml: the bounds that gates and models use."""

    fx_stale_days: Annotated[StrictInt, Field(ge=0)] = 10
    """An exchange rate older than so many days on the event's day warns."""
    fx_missing_block_share: Share = 0.01
    """Above this share of amounts without any rate, the model gate blocks."""
    quarantine_warn_share: Share = 0.01
    """Above this share of quarantined rows in the batches of a night, the staging gate warns."""
    quarantine_block_share: Share = 0.2
    """Above this share of quarantined rows in the batches of a night, the staging gate blocks."""
    keep_releases: Annotated[StrictInt, Field(ge=1)] = 7
    """So many of the newest releases are kept; the current one always is."""
    profit_coverage_min: Share = 0.9
    """Below this share of attributed revenue whose profit is known, roi is NULL."""
    authenticity_min_score: Annotated[StrictInt, Field(ge=0, le=100)] = 65
    """An account whose authenticity_score is below this is_suspicious."""
    kept_up_days: Annotated[StrictInt, Field(ge=0)] = 30
    """A paid post that is taken down in fewer days fails the rule kept_up."""
    shortlist_tiers: Annotated[tuple[TierName, ...], AfterValidator(_some_tier), distinct] = (
        "micro",
    )
    """Accounts of these tiers may stand in reports.discovery_shortlist."""
    attribution: Attribution = Attribution()
    codes: CodeSigns = CodeSigns()

    @model_validator(mode="after")
    def _in_order(self) -> Thresholds:
        if self.quarantine_block_share < self.quarantine_warn_share:
            remedy = "write a quarantine_block_share that is at least quarantine_warn_share"
            raise mistake("quarantine_block_share is below quarantine_warn_share", remedy)
        return self


class Tier(Strict):
    """A row of config/tiers.csv; both bounds belong to the tier, no upper bound: all above."""

    platform: PlatformName
    tier: TierName
    min_followers: Annotated[int, Field(ge=0)]
    max_followers: Annotated[int, Field(ge=0)] | None


class PlatformMetric(Strict):
    """A row of config/platform_metrics.csv: a count that every public post of the platform has."""

    platform: PlatformName
    metric: Literal["likes", "comments", "shares", "saves"]


class EmvRate(Strict):
    """A row of config/emv_rates.csv: what one action on a post is worth as earned media."""

    platform: PlatformName
    content_type: Annotated[Word, AfterValidator(content_type)]
    """What it is, whoever spelled it: CAROUSEL_ALBUM is carousel.

    `*` stands for every content type of the platform without a row for this action.
    """
    action: Literal["likes", "comments", "shares", "saves", "views", "reach", "impressions"]
    value: Annotated[Decimal, Field(ge=0, lt=10**6), AfterValidator(six_decimals)]
    """In `currency`, for one action (not for a thousand), to 6 decimals."""
    currency: Currency
    source: Text
    """Where the value is from, for those who read the report."""


class PlatformFold(Strict):
    """A row of config/platform_folds.csv: how much of a post people see without opening it."""

    platform: PlatformName
    characters: Annotated[int, Field(ge=1)] | None
    """None: all of them."""
    lines: Annotated[int, Field(ge=1)] | None


class DisclosureToken(Strict):
    """A row of config/disclosure.csv: how posts say that they are paid for, or deny it."""

    language: Language
    """A post's language without its region; `*`: posts of every language."""
    token: Token
    """A hashtag with its #, or words; NFC, lower case."""
    strength: Literal["clear", "unclear", "denial"]
    """A denial makes the tokens that stand right behind it none."""
    place: Literal["anywhere", "beginning"] = "anywhere"
    """beginning: no letter or digit stands before it."""
    ordinary_in: Languages = ()
    """Where it is an ordinary word, so that it says nothing of a post of unknown language."""
    source: Text | None = None
    """Where somebody who answers for a market calls it so."""
    checked_on: date | None = None
    """When the source was read."""

    @model_validator(mode="after")
    def _denies_in_words(self) -> DisclosureToken:
        if self.strength == "denial" and (self.is_hashtag or self.place == "beginning"):
            remedy = "write the word alone, such as not, and the place anywhere"
            raise mistake("a denial is a word that may stand anywhere", remedy)
        return self

    @property
    def is_hashtag(self) -> bool:
        """Return True for a hashtag, False for words."""
        return self.token.startswith("#")


class AuthenticityPenalty(Strict):
    """A row of config/authenticity.csv: what a signal of an account costs beyond a bound."""

    signal: Literal[
        "follower_jump_z",
        "er_percentile",
        "likes_per_comment",
        "following_per_follower",
        "posts_per_week",
        "engagement_variation",
    ]
    comparison: Literal["above", "below"]
    """On which side of the bound it costs; the bound itself costs nothing."""
    bound: Annotated[Decimal, Field(ge=0, lt=10**6), AfterValidator(six_decimals)]
    min_sample: Annotated[int, Field(ge=0)]
    """A signal that rests on fewer posts, days or peers costs nothing."""
    points: Annotated[int, Field(ge=1, le=100)]


class DiscoveryWeight(Strict):
    """A row of config/discovery.csv: how much of the score on the shortlist a part makes."""

    part: DiscoveryPart
    weight: Annotated[Decimal, Field(ge=0, le=1), AfterValidator(six_decimals)]


class Config(Strict):
    """All of config/, sound."""

    reporting: Reporting
    brands: tuple[Brand, ...]
    sources: Sources
    thresholds: Thresholds
    tiers: tuple[Tier, ...]
    platform_metrics: tuple[PlatformMetric, ...]
    platform_folds: tuple[PlatformFold, ...]
    emv_rates: tuple[EmvRate, ...]
    disclosure: tuple[DisclosureToken, ...]
    authenticity: tuple[AuthenticityPenalty, ...]
    discovery: tuple[DiscoveryWeight, ...]

    @property
    def names_with_server(self) -> tuple[str, ...]:
        """The brands' handles of the form user@host: names of accounts, never of people."""
        handles = (h for brand in self.brands for of in brand.handles.values() for h in of)
        return tuple(sorted({handle for handle in handles if "@" in handle}))


def check_brands(data: Any) -> Iterator[Finding]:
    """Find what is wrong between the brands of config/brands.yml, and with their handles.

    Two brands with one id; a handle that its platform gives nobody; one handle of two brands on a
    platform; a competitor that is no brand, or the brand itself; no brand of our own; an e-mail
    address or a phone number, as all of it may be published.
    """
    brands = [
        (position, brand)
        for position, brand in enumerate(_list(_dict(data).get("brands")))
        if isinstance(brand, dict)
    ]
    first_with: dict[str, int] = {}
    owners: dict[tuple[str, str], tuple[int, str]] = {}
    for position, brand in brands:
        brand_id = _text(brand.get("brand_id"))
        if brand_id:
            first = first_with.setdefault(brand_id, position)
            if first != position:
                problem = f"brands[{first}] has this brand_id already"
                remedy = "give each brand a brand_id of its own"
                yield Finding(("brands", position, "brand_id"), problem, remedy)
        for place, text in _published_texts(brand):
            if PERSONAL.search(text):
                problem = "holds an e-mail address or a phone number, which nobody publishes"
                yield Finding(("brands", position, *place), problem, "take it out")
        for platform, handles in _dict(brand.get("handles")).items():
            for index, handle in enumerate(_list(handles)):
                key = (lower(_text(platform)), normalize(_text(handle)))
                is_id = is_account_id(key[0], _text(handle).strip())
                if key[1] and not is_id and is_bare(key[1]) and (rule := refusal(*key)):
                    where = ("brands", position, "handles", platform, index)
                    yield Finding(where, f"can be no account of {key[0]}", f"correct it: {rule}")
                owner, owner_id = owners.setdefault(key, (position, brand_id))
                if key[1] and owner != position:
                    problem = f"the handle belongs to {owner_id} on {key[0]} already"
                    remedy = f"keep it under {owner_id} or {brand_id}, not under both"
                    yield Finding(("brands", position, "handles", platform, index), problem, remedy)
    for position, brand in brands:
        for index, other in enumerate(_list(brand.get("competitors"))):
            place = ("brands", position, "competitors", index)
            if _text(other) and _text(other) not in first_with:
                remedy = "add the brand, or write one of " + ", ".join(first_with)
                remedy = suggest(_text(other), first_with, remedy)
                yield Finding(place, "no brand has this brand_id", remedy)
            elif _text(other) and _text(other) == _text(brand.get("brand_id")):
                yield Finding(place, "a brand is not its own competitor", "remove it")
    if _dict(data).get("brands") == []:
        yield Finding(("brands",), "there is no brand", "write at least one, with role: own")
    roles = [brand.get("role") for _, brand in brands]
    if roles and all(role == "competitor" for role in roles):
        yield Finding(
            ("brands", 0, "role"), "no brand has the role own", "write role: own for yours"
        )


# a handle of the fediverse, @user@host, is no address
PERSONAL = re.compile(r"(?<![@\w.%+\-])[\w.%+\-]+@[\w\-]+(\.[\w\-]+)+|\+[1-9][\d ().\-]{8,}\d")


def _published_texts(brand: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the texts of a brand in which an address would be published, each with its place."""
    for name in ("brand_id", "name"):
        yield (name,), _text(brand.get(name))
    for name in ("keywords", "exclude"):
        for index, text in enumerate(_list(brand.get(name))):
            yield (name, index), _text(text)
    for platform, handles in _dict(brand.get("handles")).items():
        facts = platforms().get(lower(_text(platform)))
        if facts is None or not facts.names_servers:
            for index, handle in enumerate(_list(handles)):
                yield ("handles", platform, index), normalize(_text(handle))


def check_coverage(data: Any, brand_ids: Collection[str]) -> Iterator[Finding]:
    """Find brands of `coverage.mentions` in config/sources.yml that config/brands.yml lacks."""
    for named in _dict(_dict(_dict(data).get("coverage")).get("mentions")):
        if _text(named) not in brand_ids:
            remedy = suggest(_text(named), brand_ids, "write one of " + ", ".join(brand_ids))
            yield Finding(("coverage", "mentions", named), "no brand has this brand_id", remedy)


def check_tiers(rows: Sequence[Row[Tier]]) -> Iterator[RowFinding]:
    """Find gaps, overlaps and repeats between the tiers of each platform.

    Gaps are looked for where every row of a platform is sound.
    """
    platforms: dict[str, list[tuple[int, Tier]]] = defaultdict(list)
    unsound = {lower(row.cells.get("platform") or "") for row in rows if row.model is None}
    for row in rows:
        if row.model is not None:
            platforms[row.model.platform].append((row.line, row.model))
    if ANY not in platforms and not unsound & {ANY, ""}:
        remedy = "add the rows of platform *, which hold for all others"
        yield None, ANY, "no row says what holds for every platform", remedy
    for platform, tiers in platforms.items():
        gaps = not unsound & {platform, ""}
        names: dict[str, int] = {}
        expected: int | None = 0
        tiers.sort(key=lambda item: (item[1].min_followers, item[0]))
        for line, tier in tiers:
            shown = f"{platform},{tier.tier}"
            top = tier.max_followers
            first = names.setdefault(tier.tier, line)
            if first != line:
                problem = f"the tier stands on line {first} already"
                yield line, shown, problem, "keep one of the two rows"
            if top is not None and top < tier.min_followers:
                problem = "max_followers is below min_followers"
                yield line, shown, problem, f"write a max_followers of {tier.min_followers} or more"
                gaps = False
                continue
            if expected is None or tier.min_followers < expected:
                problem = f"the tier overlaps the one below it on {platform}"
                remedy = (
                    "end the tier below earlier"
                    if expected is None
                    else (f"write a min_followers of {expected}, or end the tier below earlier")
                )
                yield line, shown, problem, remedy
            elif gaps and tier.min_followers > expected:
                problem = f"no tier on {platform} holds {expected} to {tier.min_followers - 1}"
                yield line, shown, problem, f"write a min_followers of {expected}"
            if expected is not None:
                expected = None if top is None else max(expected, top + 1)
        if gaps and expected is not None:
            line, tier = tiers[-1]
            problem = f"no tier on {platform} holds {expected} and more"
            yield line, f"{platform},{tier.tier}", problem, "leave its max_followers empty"


def check_platform_metrics(rows: Sequence[Row[PlatformMetric]]) -> Iterator[RowFinding]:
    """Find repeated rows, and that no row says what holds for every other platform."""
    yield from _repeated(rows, "the metric", lambda row: (row.platform, row.metric))
    yield from _without_others(rows)


def check_platform_folds(rows: Sequence[Row[PlatformFold]]) -> Iterator[RowFinding]:
    """Find platforms with two folds, and that no row says what holds for every other one."""
    yield from _repeated(rows, "the fold", lambda row: (row.platform,))
    yield from _without_others(rows)


def check_emv_rates(rows: Sequence[Row[EmvRate]]) -> Iterator[RowFinding]:
    """Find two rates for one action, and rates of every platform at once."""

    def key(rate: EmvRate) -> tuple[str, ...]:
        return (rate.platform, rate.content_type, rate.action)

    yield from _repeated(rows, "the rate of this action", key)
    for row in rows:
        if row.model is not None and row.model.platform == ANY:
            problem = "a rate holds for one platform, not for all"
            remedy = "write a row for each platform that has a rate"
            yield row.line, ",".join(key(row.model)), problem, remedy


def check_disclosure(rows: Sequence[Row[DisclosureToken]]) -> Iterator[RowFinding]:
    """Find tokens that stand twice at one place, in a language or in it and in `*`."""
    yield from _repeated(rows, "the token", lambda row: (row.language, row.token, row.place))
    general = {
        row.model.token: row.line
        for row in reversed(rows)
        if row.model is not None and row.model.language == ANY
    }
    for row in rows:
        if row.model is not None and row.model.language != ANY and row.model.token in general:
            problem = f"the token stands for every language on line {general[row.model.token]}"
            remedy = "keep it there, or give each language that has it a row"
            yield row.line, f"{row.model.language},{row.model.token}", problem, remedy


def check_authenticity(rows: Sequence[Row[AuthenticityPenalty]]) -> Iterator[RowFinding]:
    """Find penalties that stand twice, and those that no account can ever get."""

    def key(penalty: AuthenticityPenalty) -> tuple[object, ...]:
        return (penalty.signal, penalty.comparison, penalty.bound)

    yield from _repeated(rows, "the penalty", key)
    for row in rows:
        if row.model is None:
            continue
        signal, comparison, bound = row.model.signal, row.model.comparison, row.model.bound
        shown = ",".join(map(str, key(row.model)))
        if comparison == "below" and bound == 0:
            yield row.line, shown, "no signal is below 0", "write a bound above 0, or remove it"
        if signal == "er_percentile" and comparison == "above" and bound >= 1:
            problem = "er_percentile is a share, never above 1"
            yield row.line, shown, problem, "write a bound below 1, such as 0.995"


def check_discovery(rows: Sequence[Row[DiscoveryWeight]]) -> Iterator[RowFinding]:
    """Find parts that stand twice or nowhere, and weights that do not add up to 1.

    Parts that are missing and sums are looked for where every row is sound.
    """
    yield from _repeated(rows, "the part", lambda row: (row.part,))
    weights = {row.model.part: row.model.weight for row in rows if row.model is not None}
    if len(weights) < len(rows):
        return
    missing = [part for part in get_args(DiscoveryPart) if part not in weights]
    for part in missing:
        yield None, part, "the part has no row", f"add {part} and its weight; 0 leaves it out"
    total = sum(weights.values())
    if not missing and total != 1:
        shown = ",".join(str(row.cells["weight"]) for row in rows)
        problem = f"the weights add up to {total}"
        yield rows[-1].line, shown, problem, "write weights that add up to 1"


def _without_others(
    rows: Sequence[Row[PlatformMetric]] | Sequence[Row[PlatformFold]],
) -> Iterator[RowFinding]:
    """Find that no row is of the platform `*`; not where a row could not be read."""
    models = [row.model for row in rows]
    if None not in models and not any(model and model.platform == ANY for model in models):
        remedy = "add the rows of platform *, which hold for all others"
        yield None, ANY, "no row says what holds for every platform", remedy


def _repeated(
    rows: Sequence[Row[ModelT]], what: str, key: Callable[[ModelT], tuple[object, ...]]
) -> Iterator[RowFinding]:
    """Find rows whose key stands in an earlier row already."""
    first_with: dict[tuple[object, ...], int] = {}
    for row in rows:
        if row.model is None:
            continue
        values = key(row.model)
        first = first_with.setdefault(values, row.line)
        if first != row.line:
            problem = f"{what} stands on line {first} already"
            yield row.line, ",".join(map(str, values)), problem, "keep one of the two rows"


def _dict(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
