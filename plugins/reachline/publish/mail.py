"""The digest of a release: one page by e-mail, as text and HTML, with the workbook attached."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from html import escape
from typing import TYPE_CHECKING, Any, cast

import duckdb

from reachline.languages import (
    MINUS,
    decimal,
    gettext,
    ngettext,
    numeric_day_text,
    percent,
    speaking,
    spoken,
)
from reachline.publish.connections import DeliveryError, needed_connection, redacted
from reachline.publish.morning import Figure, Lead, Sentence, plain, read_morning
from reachline.publish.releases import DATABASE, WORKBOOK, Release
from reachline.publish.report import words
from reachline.settings import Digest, Paths, Settings

if TYPE_CHECKING:
    import smtplib

log = logging.getLogger("reachline.publish")

_LONGEST_CELL, _LONGEST_SENTENCE, _MOST_ROWS = 80, 500, 8


@dataclass(frozen=True)
class Section:
    """A heading and a table; `otherwise` is the sentence shown if the table has no rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int
    """How many rows of the release the table leaves out."""
    otherwise: str


@dataclass(frozen=True)
class Page:
    """What a digest says, as texts."""

    subject: str
    morning: tuple[Sentence, ...]
    """The sentences of the report's first page."""
    lead: tuple[str, ...]
    sections: tuple[Section, ...]


def send_digest(settings: Settings, target: Digest, release: Release) -> list[str]:
    """Send a release's digest, and return the addresses that the server took it for.

    Raises DeliveryError.
    """
    with speaking(settings.publish.report.language):
        refused = send_message(
            settings.paths,
            target.connection,
            lambda sender: digest(target, release, sender, report_url(settings)),
            "the digest was not sent",
            "clear the task, or run `reachline deliver mail`",
        )
    return [address for address in target.to if address not in refused]


def send_message(
    paths: Paths,
    connection_id: str,
    make: Callable[[str], EmailMessage],
    failed: str,
    then: str,
) -> Collection[str]:
    """Send the message that `make` makes of its sender; return the addresses that were refused.

    Raises DeliveryError that says what has `failed`, why, and what to do `then`.
    """
    connection = needed_connection(paths, connection_id)
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    class Mailer(SmtpHook):
        """Airflow's own way to log in, for a message that has a text beside its HTML."""

        def send(self, message: EmailMessage) -> dict[str, Any]:
            """Send it, and return the addresses that were refused."""
            return cast("smtplib.SMTP", self._smtp_client).send_message(message)

    mailer = Mailer(smtp_conn_id=connection_id)
    try:
        with mailer:
            sender = mailer.from_email or connection.login or ""
            if "@" not in sender:
                raise DeliveryError(
                    f"the connection {connection_id} does not say who sends: write from_email "
                    "into its extra."
                )
            refused = mailer.send(make(sender))
    except DeliveryError:
        raise
    except Exception as error:
        raise DeliveryError(
            f"{failed} by the connection {connection_id}: "
            f"{type(error).__name__}: {redacted(error, connection)}. Mend that, then {then}."
        ) from None
    for address, why in refused.items():
        log.warning("the mail server refused %s: %s", address, why)
    return refused


def report_url(settings: Settings) -> str:
    """Return the address of the folder of the report's pages; "" where none is configured."""
    address = settings.publish.report.base_url
    return f"{address.rstrip('/')}/" if address else ""


def digest(target: Digest, release: Release, sender: str, report: str = "") -> EmailMessage:
    """Return the message: text and HTML, and the workbook if it is there and not too large.

    `report` is the address of the folder of the report's pages, which its sentences lead to.
    """
    with duckdb.connect(str(release.path / DATABASE), read_only=True) as connection:
        page = read_page(connection, release)
    workbook = release.path / WORKBOOK
    where = target.link or str(release.path)
    is_attached = False
    if workbook.is_file():
        is_attached = workbook.stat().st_size <= target.attach_up_to_mb * 1024 * 1024
        too_large = gettext("The workbook is too large to attach. It is in {where}", where=where)
        last = gettext("The workbook is attached.") if is_attached else too_large
    else:
        last = gettext("The release is in {where}", where=where)
    message = text_message(sender, target.to, page.subject, as_text(page, last, report))
    message.add_alternative(as_html(page, last, report), subtype="html")
    if is_attached:
        message.add_attachment(
            workbook.read_bytes(),
            maintype="application",
            subtype="vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            filename=f"reachline-{release.release_id}.xlsx",
        )
    return message


def text_message(sender: str, to: Sequence[str], subject: str, text: str) -> EmailMessage:
    """Return a message of plain text."""
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message.set_content(text)
    return message


_WARNINGS = """
select
    table_name, expectation, observed || coalesce('; let through: ' || accepted, '') as observed
from quality.gate_results
where not success order by all
"""

_BEHIND = """
select coalesce(campaigns.campaign_name, pacing.campaign_id), pacing.goal_metric,
    pacing.goal_value, pacing.actual, pacing.expected_to_date, pacing.pacing
from reports.campaign_pacing as pacing
left join core.dim_campaign as campaigns on pacing.campaign_id = campaigns.campaign_id
where pacing.status = 'behind' order by pacing.pacing, pacing.campaign_id
"""

_LATE = """
select coalesce(campaigns.campaign_name, pacing.campaign_id),
    pacing.deliverables_late, pacing.deliverables_due, pacing.deliverables_live
from reports.campaign_pacing as pacing
left join core.dim_campaign as campaigns on pacing.campaign_id = campaigns.campaign_id
where pacing.deliverables_late > 0
order by pacing.deliverables_late desc, pacing.campaign_id
"""

_MOVED = """
with days as (
    select daily.campaign_id, daily.attributed_revenue,
        daily.date_day > run.logical_date - 7 as is_last
    from reports.campaign_daily as daily, meta.run as run
    where
        daily.date_day > run.logical_date - 14
        and daily.date_day <= run.logical_date
),

weeks as (
    select campaign_id,
        case when count(*) filter (where is_last and attributed_revenue is null) = 0
            then coalesce(sum(attributed_revenue) filter (where is_last), 0) end as last_week,
        case when count(*) filter (where not is_last and attributed_revenue is null) = 0
            then coalesce(sum(attributed_revenue) filter (where not is_last), 0) end
            as week_before
    from days
    group by campaign_id
)

select coalesce(campaigns.campaign_name, weeks.campaign_id), weeks.last_week,
    weeks.week_before, weeks.last_week - weeks.week_before as change
from weeks
left join core.dim_campaign as campaigns on weeks.campaign_id = campaigns.campaign_id
where weeks.last_week is distinct from weeks.week_before
order by abs(change) desc nulls last, weeks.campaign_id
"""

_RISEN = """
select '#' || hashtag, platform, posts, growth from reports.hashtag_trends
where
    week = (select max(week) from reports.hashtag_trends where not is_partial)
    and z_score > 0
order by z_score desc, posts desc, platform, hashtag limit 5
"""

_STALE = """
select
    source, stream, freshness, replace(completeness, '_', ' '), queries_incomplete,
    queries_not_found, files_refused, last_landed_at
from reports.data_health
where
    freshness <> 'fresh' or queries_incomplete > 0 or queries_not_found > 0 or files_refused > 0
    or completeness in ('below_usual', 'above_usual')
order by source, stream
"""


_UNTOLD = """
select count(*) from reports.data_health where completeness is distinct from 'whole'
"""


def _untroubled(connection: duckdb.DuckDBPyConnection) -> str:
    """Return what is said where no stream is in trouble: whole only where that was looked at."""
    ((untold,),) = connection.execute(_UNTOLD).fetchall()
    if not untold:
        return gettext("Every stream is fresh and whole.")
    return ngettext(
        "Every stream is fresh; of {count} stream nothing tells whether the day is whole.",
        "Every stream is fresh; of {count} streams nothing tells whether the day is whole.",
        untold,
    )


def read_page(connection: duckdb.DuckDBPyConnection, release: Release) -> Page:
    """Return what the digest of a release says; every figure is one of its database's."""
    ((as_of, currency),) = connection.execute(
        "select logical_date, currency from meta.run"
    ).fetchall()

    def money(value: Any) -> str:
        return f"{decimal(value, 2).replace(MINUS, '-')} {currency}"

    sections = (
        _section(
            connection,
            gettext("Gates that warn"),
            gettext("Every gate passed without a warning."),
            (
                (gettext("Table"), _one_line),
                (gettext("Expectation"), _one_line),
                (gettext("Observed"), _one_line),
            ),
            _WARNINGS,
        ),
        _section(
            connection,
            gettext("Campaigns behind their goal"),
            gettext("No running campaign is behind its goal."),
            (
                (gettext("Campaign"), _one_line),
                (gettext("Goal"), _state),
                (gettext("Goal value"), _number),
                (gettext("Reached"), _number),
                (gettext("Expected by now"), _number),
                (gettext("Of what was expected"), _share),
            ),
            _BEHIND,
        ),
        _section(
            connection,
            gettext("Late deliverables"),
            gettext("No deliverable is late."),
            (
                (gettext("Campaign"), _one_line),
                (gettext("Late"), _number),
                (gettext("Due"), _number),
                (gettext("Live"), _number),
            ),
            _LATE,
        ),
        _section(
            connection,
            gettext("Campaigns that moved most: attributed revenue of 7 days"),
            gettext("No campaign's revenue moved in the last 14 days."),
            (
                (gettext("Campaign"), _one_line),
                (gettext("Last 7 days"), money),
                (gettext("The 7 days before"), money),
                (gettext("Change"), money),
            ),
            _MOVED,
        ),
        _section(
            connection,
            gettext("Hashtags that rose most in the last whole week"),
            gettext("No hashtag rose."),
            (
                (gettext("Hashtag"), _one_line),
                (gettext("Platform"), _one_line),
                (gettext("Posts"), _number),
                (gettext("Against the 4 weeks before"), _growth),
            ),
            _RISEN,
        ),
        _section(
            connection,
            gettext("Data that is late or unusual"),
            _untroubled(connection),
            (
                *(
                    (gettext("Source"), _one_line),
                    (gettext("Stream"), _one_line),
                    (gettext("State"), _state),
                ),
                (gettext("Rows of the day"), _state),
                *(
                    (gettext("Queries not answered whole"), _number),
                    (gettext("Accounts not found"), _number),
                ),
                (gettext("Files refused"), _number),
                (gettext("Last landed"), _one_line),
            ),
            _STALE,
        ),
    )
    ((checks, warnings),) = connection.execute(
        "select count(*), count_if(not success) from quality.gate_results"
    ).fetchall()
    morning = read_morning(connection)
    rows = release.about["rows"]
    return Page(
        subject=morning.subject,
        morning=tuple(morning.sentences()),
        lead=(
            gettext("As of {day}, in {currency}.", day=numeric_day_text(as_of), currency=currency),
            gettext(
                "Release {release}: {rows} rows in {tables} tables.",
                release=release.release_id,
                rows=sum(rows.values()),
                tables=len(rows),
            ),
            gettext(
                "Gates: {checks} checks, {warnings} warnings.", checks=checks, warnings=warnings
            ),
        ),
        sections=sections,
    )


def as_text(page: Page, last: str, report: str = "") -> str:
    """Return the page as plain text, a value a line."""
    lines = [_one_line(plain(sentence), _LONGEST_SENTENCE) for sentence in page.morning]
    if report:
        address = f"{report}index.html"
        lines += ["", gettext("The whole morning page: {address}", address=address)]
    lines += ["", *page.lead]
    for section in page.sections:
        lines += ["", section.title, "-" * len(section.title)]
        for first, *others in section.rows:
            lines.append(f"* {first}")
            names = section.columns[1:]
            lines += [f"    {name}: {value}" for name, value in zip(names, others, strict=True)]
        lines += _text_below(section)
    return "\n".join([*lines, "", last, ""])


_STYLE = """
:root { color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
  body { color: #e6e6e1 !important; background: #14171a !important; }
  a { color: #7cc7de !important; }
  th, td { border-color: #343a40 !important; }
}
"""
"""What a mail client that is dark asks for; others take the styles of the elements."""


def as_html(page: Page, last: str, report: str = "") -> str:
    """Return the page as HTML that asks for nothing from outside."""
    parts = [f"<p>{_sentence_html(sentence, report)}</p>" for sentence in page.morning]
    if report:
        whole_page = _link(gettext("The whole morning page"), f"{report}index.html")
        parts.append(f"<p>{whole_page}</p>")
    parts.append(f"<p>{'<br>'.join(map(escape, page.lead))}</p>")
    for section in page.sections:
        parts.append(f'<h2 style="font-size:16px;margin:24px 0 6px">{escape(section.title)}</h2>')
        if section.rows:
            parts.append('<table style="border-collapse:collapse;width:100%">')
            parts.append(_table_row("th", section.columns))
            parts += [_table_row("td", row) for row in section.rows]
            parts.append("</table>")
        parts += [f"<p>{escape(text)}</p>" for text in _text_below(section)]
    parts.append(f"<p>{escape(last)}</p>")
    return (
        '<!DOCTYPE html><html lang="' + spoken().tag + '"><head><meta charset="utf-8">'
        '<meta name="color-scheme" content="light dark">'
        '<meta name="supported-color-schemes" content="light dark">'
        f"<title>{escape(page.subject)}</title><style>{_STYLE}</style></head>"
        '<body style="font:14px/1.45 sans-serif;color:#1b1b1b;background:#fff;max-width:720px">'
        + "\n".join(parts)
        + "</body></html>\n"
    )


def _sentence_html(sentence: Sentence, report: str) -> str:
    parts = []
    for part in sentence:
        text = _one_line(part if isinstance(part, str) else part.text, 0)
        if isinstance(part, Lead) and report:
            parts.append(_link(text, report + part.page))
        elif isinstance(part, Figure):
            parts.append(f"<b>{escape(text)}</b>")
        else:
            parts.append(f"<bdi>{escape(text)}</bdi>" if not text.isascii() else escape(text))
    return "".join(parts)


def _link(text: str, url: str) -> str:
    return f'<a href="{escape(url)}" style="color:#0b5a73"><bdi>{escape(text)}</bdi></a>'


def _table_row(tag: str, cells: Sequence[str]) -> str:
    scope = ' scope="col"' if tag == "th" else ""
    style = "text-align:left;vertical-align:top;padding:4px 12px 4px 0;border-bottom:1px solid #ccc"
    # a name in a script from right to left must not turn what stands beside it
    inner = "".join(
        f'<{tag}{scope} style="{style}"><bdi>{escape(cell)}</bdi></{tag}>' for cell in cells
    )
    return f"<tr>{inner}</tr>"


def _text_below(section: Section) -> list[str]:
    """Return the line below a section's table, or the sentence in place of an empty one."""
    if not section.rows:
        return [section.otherwise]
    if not section.left_out:
        return []
    return [gettext("And {count} more, in the release.", count=section.left_out)]


def _section(
    connection: duckdb.DuckDBPyConnection,
    title: str,
    otherwise: str,
    columns: Sequence[tuple[str, Callable[[Any], str]]],
    query: str,
) -> Section:
    rows = connection.execute(query).fetchall()
    shown = tuple(
        tuple(
            gettext("not known") if value is None else write(value)
            for (_, write), value in zip(columns, row, strict=True)
        )
        for row in rows[:_MOST_ROWS]
    )
    names = tuple(name for name, _ in columns)
    return Section(title, names, shown, len(rows) - len(shown), otherwise)


def _one_line(value: Any, longest: int = _LONGEST_CELL) -> str:
    """Return a text on one line, without control characters, `longest` at most.

    With 0, all of it as it is spaced: a part of a line.
    """
    kept = (
        char if char == "\u200d" or not unicodedata.category(char).startswith("C") else " "
        for char in str(value)
    )
    line = "".join(kept)
    if not longest:
        return line
    text = " ".join(line.split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _state(value: Any) -> str:
    return _one_line(words.state(str(value)))


def _number(value: Any) -> str:
    return decimal(value, 0 if value == int(value) else 2).replace(MINUS, "-")


def _share(value: Any) -> str:
    return percent(100 * value, 0).replace(MINUS, "-")


def _growth(value: Any) -> str:
    return percent(100 * value, 0, sign="+").replace(MINUS, "-")
