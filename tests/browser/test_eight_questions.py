"""The questions that somebody has in the morning, timed in clicks and pixels at 1440 x 900.

Each is answered on the first screen, or on the first screen of what one click opens.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import Opened, drawn

pytestmark = pytest.mark.slow

SCREEN = 900


@dataclass(frozen=True)
class Answer:
    """Where a question was answered: after so many clicks, down to so many pixels."""

    clicks: int
    pixels: float
    text: str


@dataclass(frozen=True)
class Question:
    """What is asked, what is clicked for it, what holds the answer, and the SQL of what it says.

    The SQL gives a column of texts, all of which must stand in the answer.
    """

    asks: str
    click: str
    answer: str
    says: str


QUESTIONS = (
    Question(
        "Which campaign loses money?",
        "",
        "#came-in-title ~ p:has-text('money')",
        "select coalesce(c.campaign_name, p.campaign_id) from reports.campaign_performance as p "
        "left join core.dim_campaign as c using (campaign_id) "
        "where p.is_default_method and p.roi < 0",
    ),
    Question(
        "Which three creators to pay again?",
        "",
        "section:has(> #choice-1-title)",
        "select c.shown_name from reports.next_bookings as n "
        "inner join core.dim_creator as c using (creator_id) where n.verdict = 'rebook' "
        "order by n.profit_per_1000 desc nulls first limit 3",
    ),
    Question(
        "Who has not disclosed?",
        "main a:text-is('Undisclosed')",
        "#undisclosed tbody tr",
        "select substr(d.text, 1, 20) from reports.compliance as r "
        "inner join core.dim_post as d using (post_id) "
        "where r.rule = 'disclosure' and r.result = 'fail' and length(d.text) < 60 "
        "order by d.published_on desc limit 3",
    ),
    Question(
        "Who is late?",
        "main a:text-is('Late')",
        "#late",
        "select campaign_name from reports.campaign_pacing "
        "inner join core.dim_campaign using (campaign_id) where deliverables_late > 0",
    ),
    Question(
        "Is the data whole?",
        "",
        ".look, .ok",
        "select stream from reports.data_health where freshness <> 'fresh'",
    ),
    Question(
        "Which codes leaked?",
        "",
        ".needs li:has(a:text-is('Leaked'))",
        "select code from reports.code_health where likely_leaked "
        "order by revenue_with_code desc limit 3",
    ),
    Question(
        "What did yesterday bring?",
        "",
        "#came-in-title + p",
        "select replace(format('{:,}', cast(round(sum(attributed_revenue)) as bigint)), ' ', '') "
        "from reports.campaign_daily "
        "where date_day = (select logical_date from meta.run)",
    ),
    Question(
        "Whom to approach next?",
        "",
        "section:has(> #choice-3-title)",
        "select handle from reports.discovery_shortlist where rank = 1",
    ),
)


def ask(page: Page, question: Question) -> Answer:
    """Answer a question as a person does: look, click at most once, look again."""
    clicks = 0
    if question.click:
        link = page.locator(question.click).first
        assert bottom(link) <= SCREEN, f"{question.asks}: the way is below the first screen"
        link.click()
        page.wait_for_load_state()
        clicks += 1
    there = page.locator(question.answer)
    assert there.count(), f"{question.asks}: nothing answers it"
    drawn(page)
    text = " ".join(there.all_inner_texts()).replace("\N{NO-BREAK SPACE}", " ")
    return Answer(clicks, bottom(there.first), text)


def bottom(part: Locator) -> float:
    """Return how far down in the window a part ends, in pixels."""
    box = part.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


@pytest.fixture(scope="session")
def database(report: Path) -> Path:
    """Return the database that the report was written from."""
    return report.parent / "release-2" / "warehouse.duckdb"


def expected(database: Path, question: Question) -> list[str]:
    with duckdb.connect(str(database), read_only=True) as con:
        return [" ".join(text.split()) for (text,) in con.execute(question.says).fetchall()]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.asks)
def test_a_question_is_answered_with_one_click_on_one_screen(
    opened: Opened,
    database: Path,
    question: Question,
    record_property: Callable[[str, object], None],
) -> None:
    answer = ask(opened("index.html"), question)
    record_property("clicks", answer.clicks)
    record_property("pixels", answer.pixels)
    print(f"{question.asks} {answer.clicks} clicks, {answer.pixels:.0f} px")
    assert answer.clicks <= 1
    assert answer.pixels <= SCREEN
    for text in expected(database, question):
        # a long text is clipped, and shown whole elsewhere
        assert text[:30] in answer.text, question.asks


def test_the_questions_are_about_something(database: Path) -> None:
    answered = [question.asks for question in QUESTIONS if expected(database, question)]
    assert len(answered) >= 7, answered


def test_the_first_page_needs_no_scrolling(opened: Opened) -> None:
    assert bottom(opened("index.html").locator(".morning")) <= SCREEN
    assert bottom(opened("index.html", width=390).locator(".morning")) <= 2 * 844
