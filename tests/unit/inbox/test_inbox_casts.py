"""What dbt is told of the streams is what their YAML says; lists as tools write them."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from jinja2 import Environment, Template

from reachline.inbox.casts import descriptions, typed_select
from reachline.inbox.streams import VALUE_TYPES, load_streams


def test_a_column_that_may_land_as_a_value_has_the_type_of_that_value() -> None:
    types = {
        (column["kind"], column["data_type"])
        for stream in descriptions().values()
        for column in stream["columns"]
        if column["kind"] in VALUE_TYPES
    }
    assert types == set(VALUE_TYPES.items())
    kinds = {kind for stream in load_streams().values() for kind in stream.lossless_kinds.values()}
    assert kinds == set(VALUE_TYPES)


LISTS = [
    ("a|b| a ", ["a", "b"]),
    ("#Coffee\xa0#latte\xa0#brew", ["coffee", "latte", "brew"]),
    ("#coffee #latte|#cold brew", ["coffee", "latte", "cold brew"]),
    ('["#a\\u2003#b", "b|c", 3]', ["a", "b", "b|c", "3"]),
    ("ぼっち・ざ・ろっく|l·lum", ["ぼっち・ざ・ろっく", "l·lum"]),
    ("[]", []),
    ("[null]", []),
    ("", []),
    (None, None),
]
NO_LISTS = [
    "['ColdBrew', 'Latte']",
    '[{"id": "1", "name": "coffee"}]',
    '["a", ["b"]]',
    "[coffee, latte]",
]


@pytest.mark.parametrize(("text", "expected"), LISTS)
def test_a_list_is_read_however_its_parts_are_set_apart(
    text: str | None, expected: list[str] | None
) -> None:
    assert _hashtags(text) == (expected, None)


@pytest.mark.parametrize("text", NO_LISTS)
def test_what_is_no_list_of_texts_is_refused_and_said_how_to_write_it(text: str) -> None:
    found, reason = _hashtags(text)
    assert found is None
    assert reason is not None
    assert reason.startswith(f"hashtags: '{text}' is not a list: write a|b or a JSON array")
    assert "json_extract_string(tags, '$[*].name')" in reason


def test_a_look_at_a_file_needs_no_key_and_shows_its_ids_as_they_are() -> None:
    given = (
        "(select 1 as line, 'Joe@mail.example' as creator_id, 'x' as platform, "
        "'joe@mail.example' as handle)"
    )
    query = typed_select("creator_accounts", ["creator_id", "platform", "handle"], given, ["line"])
    with duckdb.connect() as con:
        rows = con.execute(f"select creator_id, handle, reject_reason from ({query})").fetchall()
    assert rows == [("Joe@mail.example", "joe@mail.example", None)]
    assert _hashtags("joe@mail.example|+49 171 1234567") == (
        ["joe@mail.example", "+49 171 1234567"],
        None,
    )


HOST = "https://cdn.acme.example"
PICTURES = [
    (f"{HOST}/a/1.jpg?x=1&y=%20#z", f"{HOST}/a/1.jpg?x=1&y=%20#z"),
    (f" {HOST}/ ", f"{HOST}/"),
    ("HTTPS://XN--bcher-kva.example/1.png", "HTTPS://XN--bcher-kva.example/1.png"),
    (" ", None),
    (None, None),
]
NO_PICTURES = [
    "http://cdn.acme.example/1.jpg",
    "//cdn.acme.example/1.jpg",
    "javascript:alert(1)",
    "data:image/png;base64,xx",
    "https://localhost/1.jpg",
    "https://127.0.0.1/1.jpg",
    "https://[::1]/1.jpg",
    "https://intranet/1.jpg",
    "https://you:pw@cdn.acme.example/1.jpg",
    f"{HOST}:8443/1.jpg",
    f"{HOST};img-src */1.jpg",
    f'{HOST}/1.jpg" onerror="x',
    f"{HOST}/'x'",
    f"{HOST}/<b>",
    f"{HOST}/a b.jpg",
    "https://cdn.acme.example.evil",
    f"{HOST}/{'x' * 2000}",
]


@pytest.mark.parametrize(("text", "expected"), PICTURES)
def test_a_picture_has_an_address_of_the_web(text: str | None, expected: str | None) -> None:
    assert _cast("media_url", text) == (expected, None)


@pytest.mark.parametrize("text", NO_PICTURES)
def test_another_address_of_a_picture_is_refused_and_said_how_to_write_it(text: str) -> None:
    found, reason = _cast("media_url", text)
    assert found is None
    assert reason is not None
    assert reason.startswith(
        f"media_url: '{text[:200]}' is not the address of a picture on the web"
    )
    assert "https://, a name of a host and a path" in reason


def _hashtags(text: str | None) -> tuple[list[str] | None, str | None]:
    return _cast("hashtags", text)


def _cast(column: str, text: str | None) -> tuple[Any, str | None]:
    values = {
        "platform": "x",
        "native_post_id": "1",
        "observed_at": "2026-03-01T00:00:00Z",
        "published_at": "2026-03-01T00:00:00Z",
        column: text,
    }
    with duckdb.connect() as con:
        listed = ", ".join(f"cast(${name} as varchar) as {name}" for name in values)
        query = typed_select("posts", values, f"(select {listed})")
        rows = con.execute(f"select {column}, reject_reason from ({query})", values).fetchall()
    return rows[0]


def test_the_macros_are_compiled_once_for_all_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    typed_select("orders", [], "rows")

    def compile_again(self: Environment, source: str) -> Template:
        raise AssertionError(source)

    monkeypatch.setattr(Environment, "from_string", compile_again)
    assert "reject_reason" in typed_select("clicks", [], "rows")
