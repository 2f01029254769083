"""Disclosures against captions that were judged from regulators' guides before any code read them.

captions.csv says of each what the guides of its market call it (`expected`), and why.
docs/decisions/paid-posts.md shows what came of it, and which captions are graded otherwise.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from reachline.warehouse import runs
from tests.dbt.landed import new_home

CAPTIONS = Path(__file__).with_name("captions.csv")
DECISIONS = Path(__file__).parents[2] / "docs" / "decisions" / "paid-posts.md"
# grade: precision and recall that must be reached at least
FLOORS = {"pass": (0.97, 0.97), "weak": (0.96, 0.95), "missing": (0.95, 0.97)}
DAY = date(2026, 3, 1)
MOMENT = "2026-02-10T12:00:00Z"

Grades = Mapping[str, str]


def judged() -> list[dict[str, str]]:
    with CAPTIONS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def grades(tmp_path_factory: pytest.TempPathFactory) -> Grades:
    """Return the grade of each caption, a paid post that a deliverable names."""
    home = new_home(tmp_path_factory.mktemp("captions"))
    urls = {row["caption_id"]: f"https://posts.example/{row['caption_id']}" for row in judged()}
    home.land("creators", [{"creator_id": "ann", "creator_name": "Ann"}])
    days = {"starts_on": "2026-01-01", "ends_on": "2026-02-20"}
    home.land("campaigns", [{"campaign_id": "c", "brand_id": "acme", "campaign_name": "c", **days}])
    home.land(
        "collaborations",
        [{"collaboration_id": "k", "campaign_id": "c", "creator_id": "ann", "status": "active"}],
    )
    promised = {"collaboration_id": "k", "platform": "x", "due_on": "2026-02-10"}
    home.land(
        "deliverables",
        [{"deliverable_id": name, "post_url": url, **promised} for name, url in urls.items()],
    )
    home.land(
        "posts",
        [
            {
                "platform": row["platform"],
                "native_post_id": row["caption_id"],
                "observed_at": MOMENT,
                "published_at": MOMENT,
                "permalink": urls[row["caption_id"]],
                "language": row["stated_language"] or None,
                "text": row["caption"],
            }
            for row in judged()
        ],
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "GOALS", ("int_posts__grade_disclosures",))
        home.night(DAY)
    rows = home.rows(
        "select split_part(post_id, ':', 2), disclosure"
        " from work.intermediate.int_posts__grade_disclosures"
    )
    return {str(name): str(grade) for name, grade in rows}


def counts(grades: Grades, grade: str) -> tuple[int, int, int]:
    """Return how many captions are rightly graded so, are graded so, and are judged so."""
    rows = judged()
    right = sum(row["expected"] == grade == grades[row["caption_id"]] for row in rows)
    return right, list(grades.values()).count(grade), [r["expected"] for r in rows].count(grade)


def test_the_captions_are_many_and_of_five_languages() -> None:
    spoken = [row["spoken"] for row in judged()]
    assert len(spoken) >= 200
    assert {language for language in spoken if spoken.count(language) >= 40} == {
        *("de", "en", "es", "fr", "ja"),
    }
    # of each language and grade some whose language the platform does not say
    unsaid = {(row["spoken"], row["expected"]) for row in judged() if not row["stated_language"]}
    assert len(unsaid) == 15


@pytest.mark.parametrize("grade", FLOORS)
def test_grades_are_those_of_the_guides(grades: Grades, grade: str) -> None:
    right, graded, expected = counts(grades, grade)
    precision, recall = FLOORS[grade]
    assert right / graded >= precision
    assert right / expected >= recall


def test_the_documentation_shows_what_came_of_it(grades: Grades) -> None:
    text = DECISIONS.read_text(encoding="utf-8")
    for grade in FLOORS:
        right, graded, expected = counts(grades, grade)
        assert f"| {grade} | {right} of {graded} | {right} of {expected} |" in text
    otherwise = {
        row["caption_id"] for row in judged() if grades[row["caption_id"]] != row["expected"]
    }
    assert otherwise == {name for name in grades if f"`{name}`" in text}
