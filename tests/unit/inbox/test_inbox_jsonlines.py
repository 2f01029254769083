"""Large files of JSON lines: counts land as integers, unless one of them is written otherwise."""

from __future__ import annotations

import json

import pytest

from reachline import landing
from reachline.inbox import land

LINES = 3_000
MIDDLE = 2_000  # beyond the sample, which is the first thousand lines of a small file
TYPED = {"observed_at", "likes", "views"}


@pytest.fixture(autouse=True)
def as_large_files(monkeypatch):
    monkeypatch.setattr(land, "TYPED_BYTES", 0)


def record(number: int) -> dict[str, object]:
    return {
        "platform": "tiktok" if number % 2 else "instagram",
        "native_post_id": f"{1780000000 + number}",
        "observed_at": f"2026-03-01T10:{number // 60:02d}:{number % 60:02d}Z",
        "value_basis": "measured",
        "likes": None if number % 3 == 0 else number,
        "views": 10 * number,
    }


def lines(**odd: str) -> str:
    """Return a file; `odd` has what stands in the line in the middle, as it is written there."""
    texts = []
    for number in range(LINES):
        parts = {key: json.dumps(value) for key, value in record(number).items()}
        if number == MIDDLE:
            parts |= odd
        texts.append("{" + ", ".join(f'"{k}": {v}' for k, v in parts.items() if v) + "}")
    return "\n".join(texts) + "\n"


def land_file(home, content):
    """Land a file; return what landed, values as the texts they stand for, and what is typed."""
    found = home.land_one("post_metrics", "m.jsonl", content)
    assert found.report.batch_id is not None, found.report.reason
    return found, set(landing.find_batch(home.root, found.report.batch_id).typed)


def expected(**odd: str | None) -> list[dict[str, str | None]]:
    rows = []
    for number in range(LINES):
        row = {k: None if v is None else str(v) for k, v in record(number).items()}
        rows.append({**row, **odd} if number == MIDDLE else row)
    return rows


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (", ", " : ")])
def test_counts_and_moments_land_as_values(home, separators):
    content = "\n".join(json.dumps(record(n), separators=separators) for n in range(LINES))
    found, typed = land_file(home, content)
    assert [row for _, row in found.rows] == expected()
    # a file with blanks before its colons is read row by row, and lands as texts
    assert typed == (set() if separators[1] == " : " else TYPED)


# as the file has them, as DuckDB gives them as texts, and whether the integer says the text
NUMBERS = {
    "7": ("7", True),
    '"7"': ("7", True),
    "-0": ("0", True),
    "9223372036854775807": ("9223372036854775807", True),
    "9223372036854775808": ("9223372036854775808", False),
    "7.0": ("7.0", False),
    "7.5": ("7.5", False),
    "7e2": ("700.0", False),
    "7E2": ("700.0", False),
    "-7": ("-7", False),
    '"007"': ("007", False),
    '" 7"': (" 7", False),
    '" 31"': (" 31", False),
    '"0x1F"': ("0x1F", False),
    '""': ("", False),
    "true": ("true", False),
    "false": ("false", False),
    "[7]": ("[7]", False),
}


@pytest.mark.parametrize(("value", "text", "is_typed"), [(v, *t) for v, t in NUMBERS.items()])
def test_one_value_that_its_integer_does_not_say_makes_the_column_text(home, value, text, is_typed):
    found, typed = land_file(home, lines(views=value))
    assert [row for _, row in found.rows] == expected(views=text)
    assert typed == (TYPED if is_typed else TYPED - {"views"})


def test_an_object_in_a_record_is_kept_as_its_text(home):
    found, typed = land_file(home, lines(views='{"a": 7}'))
    assert [row for _, row in found.rows] == expected(views='{"a":7}')
    assert typed == set()  # its key is none of the file's columns, so the file is read row by row


@pytest.mark.parametrize("bare", ["178", "true", "[]", '["a","b"]', "-1"])
@pytest.mark.parametrize("key", ["native_post_id", "observed_at"])
def test_a_number_and_a_text_that_change_places_keep_their_texts(home, key, bare):
    found, typed = land_file(home, lines(**{key: bare, "views": '" 31"'}))
    assert [row for _, row in found.rows] == expected(**{key: bare, "views": " 31"})
    assert typed == TYPED - {key, "views"}


def test_a_key_that_one_record_lacks_is_not_made_up_by_another(home):
    found, typed = land_file(home, lines(views="", note='"x"'))
    assert found.columns == (*record(0), "note")
    assert (found.rows[MIDDLE][1]["views"], found.rows[MIDDLE][1]["note"]) == (None, "x")
    assert typed == set()  # read row by row


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('"1/🎉é日本\u2028\x7fم"', "1/🎉é日本\u2028\x7fم"),
        ('"a\\u0065\\"b"', 'ae"b'),
        ('"x\\u002d"', "x-"),
        ('"e -.E"', "e -.E"),
    ],
)
def test_texts_of_any_letters_leave_the_counts_typed(home, written, text):
    found, typed = land_file(home, lines(value_basis=written))
    assert [row for _, row in found.rows] == expected(value_basis=text)
    assert typed == TYPED


def test_moments_in_another_form_stay_text(home):
    content = "\n".join(
        json.dumps({**record(n), "observed_at": f"2026-03-01T10:{n % 60:02d}:00+02:00"})
        for n in range(LINES)
    )
    found, typed = land_file(home, content)
    assert [row["observed_at"][17:] for _, row in found.rows] == ["00+02:00"] * LINES
    assert typed == TYPED - {"observed_at"}


def test_half_of_a_surrogate_pair_in_a_moment_fails_its_row_alone(home):
    found, typed = land_file(home, lines(observed_at='"\\ud800"'))
    assert len(found.rows) == LINES - 1
    assert [(line, reason) for line, _, _, reason in found.rejects] == [(MIDDLE + 1, "not JSON")]
    assert typed == set()  # read row by row
