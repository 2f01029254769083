"""JSON lines whose counts are read as numbers: no file gets other texts by it."""

from __future__ import annotations

import json

import pytest

from reachline.inbox import jsonlines, land
from reachline.inbox.jsonnumbers import NumberReading

LINES = 3_000
MIDDLE = 2_000  # beyond the sample, which is the first thousand lines of a small file


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


@pytest.fixture
def readings(monkeypatch):
    """How the file was read: whether with numbers, in turn."""
    found = []
    read_clean = jsonlines._read_clean

    def watched(con, source, sample, place, numbers=None):
        found.append(numbers is not None)
        return read_clean(con, source, sample, place, numbers)

    monkeypatch.setattr(jsonlines, "_read_clean", watched)
    monkeypatch.setattr(land, "TYPED_BYTES", 0)
    return found


def landed(home, content):
    """Return what landed, its values as the texts they stand for."""
    return home.land_one("post_metrics", "m.jsonl", content)


def expected(**odd: str | None) -> list[dict[str, str | None]]:
    rows = []
    for number in range(LINES):
        row = {k: None if v is None else str(v) for k, v in record(number).items()}
        rows.append({**row, **odd} if number == MIDDLE else row)
    return rows


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" ,", ":  ")])
def test_a_file_of_numbers_and_texts_is_read_once(home, readings, separators):
    content = "\n".join(json.dumps(record(n), separators=separators) for n in range(LINES))
    assert [row for _, row in landed(home, content).rows] == expected()
    assert readings == [True]


# as the file has them, and as DuckDB gives them as texts
ODD_NUMBERS = {
    "7.0": "7.0",
    "7.5": "7.5",
    "7e2": "700.0",
    "7E2": "700.0",
    "-7": "-7",
    "-0": "0",
    '"7"': "7",
    '"007"': "007",
    '" 7"': " 7",
    '"0x1F"': "0x1F",
    "true": "true",
    "false": "false",
}


@pytest.mark.parametrize(("value", "text"), ODD_NUMBERS.items())
def test_what_is_no_plain_number_keeps_its_text(home, readings, value, text):
    found = landed(home, lines(views=value))
    assert [row for _, row in found.rows] == expected(views=text)
    assert readings == [True, False]


# a bare value in the place of a text, where a text stands in the place of a number: as many quotes
# as before, and DuckDB reads " 31" as 31
BARE = ["178", "true", "12", "[]", '["a", "b"]', "-1"]


@pytest.mark.parametrize("bare", BARE)
@pytest.mark.parametrize("key", ["native_post_id", "platform", "value_basis", "observed_at"])
def test_a_number_and_a_text_that_change_places_keep_their_texts(home, readings, key, bare):
    found = landed(home, lines(**{key: bare, "views": '" 31"'}))
    (row,) = [row for line, row in found.rows if line == MIDDLE + 1]
    assert json.loads(row[key]) == json.loads(bare)
    assert row["views"] == " 31"
    assert readings == [True, False]


def test_a_key_that_is_missing_does_not_make_up_for_a_sign(home, readings):
    content = lines(views="").splitlines()
    content[MIDDLE + 2] = content[MIDDLE + 2].replace('"likes": 2002', '"likes": 7e2')
    found = landed(home, "\n".join(content))
    assert found.rows[MIDDLE + 2][1]["likes"] == "700.0"
    assert readings == [True, False]


def test_an_escape_does_not_make_up_for_a_sign(home, readings):
    found = landed(home, lines(value_basis='"x\\u002d"', views="-7"))
    assert found.rows[MIDDLE][1]["value_basis"] == "x-"
    assert found.rows[MIDDLE][1]["views"] == "-7"
    assert readings == [True, False]


def test_a_key_that_one_record_lacks_is_not_made_up_by_another(home, readings):
    found = landed(home, lines(views="", note='"x"'))
    assert found.columns == (*record(0), "note")
    (row,) = [row for line, row in found.rows if line == MIDDLE + 1]
    assert (row["views"], row["note"]) == (None, "x")


@pytest.mark.parametrize("key", ["native_post_id", "value_basis"])
def test_letters_of_every_script_need_no_second_reading(home, readings, key):
    text = "1/🎉é日本\u2028\x7fم"
    found = landed(home, lines(**{key: f'"{text}"' if key == "native_post_id" else f'"x{text}"'}))
    assert found.rows[MIDDLE][1][key].removeprefix("x") == text
    assert readings == [True]


def test_an_escape_in_a_text_is_read_as_what_it_means(home, readings):
    found = landed(home, lines(value_basis='"a\\u0065\\"b"'))
    assert [row for _, row in found.rows] == expected(value_basis='ae"b')
    assert readings == [True, False]


@pytest.mark.parametrize(
    "records",
    [
        [],
        [{"id": "a", "likes": "1"}],
        [{"id": 1, "likes": 1}],
        [{"id": "a", "likes": True}],
        [{"id": "a", "likes": 1}, {"id": "b"}],
        [{"id": "a", "likes": 1, "tags": ["x"]}],
        [{"id": "a"}],
    ],
)
def test_a_file_that_is_written_in_another_way_is_not_tried(records):
    assert NumberReading.of(records, {"likes": "count"}) is None


def test_a_column_is_read_with_its_quotes_where_its_texts_could_be_numbers():
    records = [{"id": "17", "platform": "x", "at": "2026-03-01T10:00:00Z", "likes": 1}]
    reading = NumberReading.of(records, {"likes": "count", "at": "timestamp"})
    assert reading is not None
    assert reading.types == {
        "id": "JSON",
        "platform": "VARCHAR",
        "at": "VARCHAR",
        "likes": "BIGINT",
    }


def test_moments_in_another_form_are_told_by_their_quotes(home, readings):
    content = "\n".join(
        json.dumps({**record(n), "observed_at": f"2026-03-01T10:{n % 60:02d}:00+02:00"})
        for n in range(LINES)
    )
    found = landed(home, content)
    assert [row["observed_at"][17:] for _, row in found.rows] == ["00+02:00"] * LINES
    assert readings == [True]
