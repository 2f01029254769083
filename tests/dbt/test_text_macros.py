"""Hashtags, mentions, links and personal data in texts of any script: the macros alone, in DuckDB.

The expected values are by hand, from the rules of inputs and, for phone numbers, from what the
comment of mask_personal_data promises.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from types import ModuleType

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reachline.configuration.fields import BLANKS
from reachline.generated import platform_facts
from reachline.home_key import hand_over
from reachline.quality.release import EMAIL, PHONE, PICTURE
from tests.dbt.rendered import MACROS, render

DBT_ONLY = ("brands_named_in",)  # it asks the configuration
FILES = (
    MACROS / "literals.sql",
    MACROS / "mask_personal_data.sql",
    MACROS / "platforms" / "platform_fact.sql",
    MACROS / "discovery" / "percent_text.sql",
    MACROS / "social" / "content_type_of.sql",
    MACROS / "staging" / "cast_kind.sql",
    MACROS / "staging" / "entities.sql",
    MACROS / "staging" / "html_to_text.sql",
    MACROS / "staging" / "unescaped.sql",
    *sorted(path for path in (MACROS / "text").glob("*.sql") if path.stem not in DBT_ONLY),
)
ENGINE = duckdb.connect()


@pytest.fixture(scope="module")
def macros() -> object:
    """Return the macros, rendered without dbt."""
    return render(FILES, given={"platforms": platform_facts})[1]


def evaluate(expression: str, **texts: str | None) -> object:
    """Return the value of an SQL expression over named texts."""
    names = ", ".join(f"cast(? as varchar) as {name}" for name in texts)
    sql = f"select {expression} from (select {names})"
    return ENGINE.execute(sql, list(texts.values())).fetchall()[0][0]


HASHTAGS: list[tuple[str | None, list[str]]] = [
    (None, []),
    ("", []),
    ("#a #b\n#c", ["a", "b", "c"]),
    ("#a#b", ["a"]),  # the second stands after a letter
    ("x#a _#b 1#c", []),
    ("##a (#b) .#c", ["a", "b", "c"]),
    ("#Café #CAFÉ " + unicodedata.normalize("NFD", "#café"), ["café"] * 3),
    ("#123 #1a #a1 #_", ["1a", "a1", "_"]),
    ("#١٢٣ #١٢a", ["١٢a"]),  # digits of any script
    ("#日本語、#コーヒー", ["日本語", "コーヒー"]),
    ("#कॉफ़ी #قهوة #กาแฟ", [unicodedata.normalize("NFC", "कॉफ़ी"), "قهوة", "กาแฟ"]),
    ("\u200f#קפה\u200f", ["קפה"]),
    ("☕#coffee ❤️#love #tea☕", ["coffee", "love", "tea"]),
    ("#️⃣ #a", ["a"]),  # the keycap emoji is no tag
    ("#cold-brew #c.d #cold_brew", ["cold", "c", "cold_brew"]),
    ("https://x.example/#no www.x.example/#no #yes", ["yes"]),
    ("https://x.example/a，#咖啡", ["咖啡"]),  # full-width punctuation ends a URL
    ("info@x.example #x", ["x"]),
    ("＃full", []),  # only #
]


@pytest.mark.parametrize(("text", "expected"), HASHTAGS)
def test_hashtags(macros: ModuleType, text: str | None, expected: list[str]) -> None:
    for listed in ("cast(null as varchar[])", "[]", "['other']"):
        assert evaluate(macros.extract_hashtags("x", listed), x=text) == expected


@pytest.mark.parametrize(("text", "expected"), HASHTAGS)
def test_a_text_is_cut_where_its_hashtags_are(
    macros: ModuleType, text: str | None, expected: list[str]
) -> None:
    blanked = evaluate(macros.blanked_links("x"), x=text)
    parts = evaluate(macros.cut_at_hashtags(f"({macros.blanked_links('x')})"), x=text)
    if text is None:
        assert (blanked, parts) == (None, None)
        return
    assert len(str(blanked)) == len(text)
    assert isinstance(parts, list)
    assert sum(map(len, parts)) == len(text)
    tags = [part for part in parts if part.startswith("#") and len(part) > 1]
    assert [evaluate(macros.normalize_hashtag("x"), x=tag) for tag in tags] == expected
    place = 0
    for part in parts:
        assert part not in tags or text[place : place + len(part)] == part
        place += len(part)


BLANKED = [
    ("see https://x.example/#ad, or", "see" + " " * 24 + "or"),
    ("a@b.example and @user@host.example!", " " * 11 + " and " + " " * 18 + "!"),
    ("line\nwww.x.example\n#ad", "line\n             \n#ad"),
    ("no links, a@b", "no links, a@b"),
]


@pytest.mark.parametrize(("text", "expected"), BLANKED)
def test_links_and_addresses_become_as_many_spaces(
    macros: ModuleType, text: str, expected: str
) -> None:
    assert evaluate(macros.blanked_links("x"), x=text) == expected


def test_a_place_in_composed_characters_is_one_in_the_text_as_it_was_given(
    macros: ModuleType,
) -> None:
    text = "é" + unicodedata.normalize("NFD", "éàb")
    places = [evaluate(macros.position_as_given("x", str(n)), x=text) for n in range(1, 5)]
    assert places == [1, 2, 4, 6]
    assert evaluate(macros.position_as_given("x", "3"), x="éàb") == 3


MENTIONS = [
    ("@a @B.c. (@d),@e", "instagram", ["a", "b.c", "d", "e"]),
    ("joe@ex.example joe.@ann", "instagram", ["ann"]),
    ("joe@ex.example", "mastodon", []),
    ("@user@host.example!", "mastodon", ["user@host.example"]),
    ("@user@host.example!", "x", ["user"]),
    ("@user@my-host.example.", "mastodon", ["user@my-host.example"]),
    ("@user@host", "mastodon", ["user"]),  # a host has a dot
    ("https://host.example/@no @yes", "mastodon", ["yes"]),
    (".@acme @a...b @@c x@d _@e 1@f", "x", ["acme", "a", "c"]),
    ("@日本 @a-b", "x", ["日本", "a"]),
    (None, "x", []),
    ("by @beanco-@Roast_House today", "x", ["beanco", "roast_house"]),
    ("thanks @a.b-@c_d and @e.@f_g #x-@h_i", "x", ["a.b", "c_d", "e", "f_g", "h_i"]),
    ("@a_b-@c.d_e @f-@g@host.example", "mastodon", ["a_b", "c.d_e", "f", "g@host.example"]),
    ("@mara-@roast.house. @ann-joe@ex.example", "instagram", ["mara", "roast.house", "ann"]),
    ("for @www.mara.x1 and @WWW.b, see www.x.example/@no", "tiktok", ["www.mara.x1", "www.b"]),
    ("u/Anna /u/bo-brews, (u/c_d). menu/no 1u/no @no", "reddit", ["anna", "bo-brews", "c_d"]),
    ("https://www.reddit.com/u/no [/u/anna](https://x.example/u/no)", "reddit", ["anna"]),
    ("thanks u/anna.brews u/anna- r/coffee", "reddit", ["anna", "anna"]),
    ("u/no @anna", "x", ["anna"]),
]


@pytest.mark.parametrize(("text", "platform", "expected"), MENTIONS)
def test_mentions(macros: ModuleType, text: str | None, platform: str, expected: list[str]) -> None:
    assert evaluate(macros.extract_mentions("x", "p"), x=text, p=platform) == expected


URL_KEYS = [
    ("https://www.Pinterest.com/pin/AbC/?igsh=1#x", "pinterest.com/pin/AbC"),
    ("pinterest.com/pin/AbC", "pinterest.com/pin/AbC"),
    ("HTTP://M.TikTok.com/@a/video/1", "tiktok:1"),
    ("https://x.example:443/", "x.example"),
    ("https://youtu.be/dQw_-4?t=3", "youtube:dQw_-4"),
    ("https://m.youtube.com/watch?app=m&v=dQw_-4&t=1", "youtube:dQw_-4"),
    ("https://youtube.com/shorts/dQw_-4/", "youtube:dQw_-4"),
    ("https://YouTube.com/watch?x=1#v=no", "youtube.com/watch"),
    ("https://www.youtube.com/channel/dQw_-4", "youtube.com/channel/dQw_-4"),
    ("https://x.com/i/web/status/12", "x:12"),
    ("https://X.com/Anna/status/12?s=20", "x:12"),
    ("mobile.twitter.com/anna/statuses/12/photo/1", "x:12"),
    ("https://x.com/anna/lists/12", "x.com/anna/lists/12"),
    ("https://www.reddit.com/r/Coffee/comments/1ab2c/cold_brew/?utm_source=share", "reddit:1ab2c"),
    ("old.reddit.com/r/coffee/comments/1ab2c", "reddit:1ab2c"),
    ("https://new.reddit.com/user/anna/comments/1ab2c/x/", "reddit:1ab2c"),
    ("https://np.reddit.com/r/coffee/comments/1ab2c/x/", "reddit:1ab2c"),
    ("https://m.reddit.com/comments/1ab2c", "reddit:1ab2c"),
    ("https://www.reddit.com/gallery/1ab2c", "reddit:1ab2c"),
    ("https://redd.it/1ab2c", "reddit:1ab2c"),
    ("https://i.redd.it/1ab2c.jpg", "i.redd.it/1ab2c.jpg"),
    ("https://www.reddit.com/r/coffee/s/AbC", "reddit.com/r/coffee/s/AbC"),
    ("https://notreddit.com/comments/1ab2c", "notreddit.com/comments/1ab2c"),
    ("https://www.threads.net/@anna.brews/post/DAb-_1?xmt=x", "threads:DAb-_1"),
    ("https://threads.com/@Anna.brews/post/DAb-_1/", "threads:DAb-_1"),
    ("https://www.threads.net/t/DAb-_1", "threads:DAb-_1"),
    ("https://www.threads.com/@anna", "threads.com/@anna"),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("url", "expected"), URL_KEYS)
def test_urls_of_one_post_have_one_key(
    macros: ModuleType, url: str | None, expected: str | None
) -> None:
    assert evaluate(macros.url_key("x"), x=url) == expected


HOSTS = [
    ("https://user:word@Acme.Example:80/x", "acme.example"),
    ("www.acme.example).", "www.acme.example"),
    ("acme.example/x", "acme.example"),
    ("https://acme.example.", "acme.example"),
    ("", None),
]


@pytest.mark.parametrize(("url", "expected"), HOSTS)
def test_hosts(macros: ModuleType, url: str, expected: str | None) -> None:
    assert evaluate(macros.url_host("x"), x=url) == expected


MASKED = [
    ("mail Joe.Doe+tag@mail.example.co.uk now", "mail [✉] now"),
    ("joe [at] example [dot] com", "[✉]"),
    ("a@b.co", "[✉]"),
    ("почта иван@пример.рф", "почта [✉]"),
    ("https://x.example/?e=joe%40ex.example", "https://x.example/?e=[✉]"),
    ("+1 (415) 555-0132 or +1 415 555 0133", "[☎] or [☎]"),
    ("call (415) 555-0132!", "call [☎]!"),
    ("415.555.0132 x", "[☎] x"),
    ("1-800-555-0199", "[☎]"),
    ("+49 171 1234567", "[☎]"),
    ("0171/1234567", "[☎]"),
    ("(020) 7946 0958", "[☎]"),
    ("0049 171 1234567", "[☎]"),
    ("06 12 34 56 78", "[☎]"),
    ("06.12.34.56.78", "[☎]"),
    ("9876543210", "[☎]"),
    ("612 345 678", "[☎]"),
    ("٠٥٠١٢٣٤٥٦٧ اتصل", "[☎] اتصل"),
    ("tel: 1234567 WhatsApp 5551 2345", "tel: [☎] WhatsApp [☎]"),
    ("https://wa.me/15551234567?text=hi", "https://wa.me/[☎]?text=hi"),
]


@pytest.mark.parametrize(("text", "expected"), MASKED)
def test_addresses_and_phone_numbers_are_masked(
    macros: ModuleType, text: str, expected: str
) -> None:
    masked = evaluate(macros.mask_personal_data("x"), x=text)
    assert masked == expected
    assert evaluate(macros.mask_personal_data("x"), x=expected) == expected


LEFT_ALONE = [
    "@acme@social.example and .@acme.coffee",
    "hotel 1234567",
    "https://x.example/status/1234567890123",
    "order 1234567890, ISBN 978-3-16-148410-0",
    "#5551234567 @5551234567",
    "on 2018-11-02 10:30:15 and 02.11.2018 10:15",
    "$1234567890 or 1234567890 EUR or 1,234,567,890",
    "250 000 000 views, 1 250 300 400",
    "550e8400-e29b-41d4-a716-446655440000",
    "id12345678901 abc1234567890 12345678901234567890",
    "00:00 Intro 03:15 Beans 10:45 End",
    "40.712776, -74.005974",
    "2018-2019 2020, 100% of 1000000 fans",
    "https://x.example/cup@2x.png and cup@3x.jpg",
    "a\nb\n",
]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_other_numbers_and_names_stay(macros: ModuleType, text: str) -> None:
    assert evaluate(macros.mask_personal_data("x"), x=text) == text


def test_a_mask_is_no_keyword_hashtag_or_mention(macros: ModuleType) -> None:
    text = "#a joe@ex.example +49 171 1234567"
    masked = evaluate(macros.mask_personal_data("x"), x=text)
    assert isinstance(masked, str)
    assert evaluate(macros.extract_hashtags("x", "[]"), x=masked) == ["a"]
    assert evaluate(macros.extract_mentions("x", "'mastodon'"), x=masked) == []
    assert not any(char.isalnum() for char in masked.removeprefix("#a"))


KEY = bytes(range(32))


def by_hand(same: str) -> str:
    """The hash as RFC 2104 has it, by Python's hmac."""
    digits = hmac.new(KEY, same.encode(), hashlib.sha256).hexdigest()[:32]
    return "hashed-" + digits.translate(str.maketrans("0123456789", "ghijklmnop"))


JOE = by_hand("joe@mail.example")
HASHED = [
    ("joe@mail.example", JOE),
    (" Joe@Mail.example ", f" {JOE} "),
    ("joe＠mail.example", JOE),
    ("grin:joe@mail.example", f"grin:{JOE}"),
    ("https://x.example/?e=Joe%40mail.example&f=ann@mail.example#joe@mail.example",
     f"https://x.example/?e={JOE}&f={by_hand('ann@mail.example')}#{JOE}"),
    ("иван@пример.рф", by_hand("иван@пример.рф")),
    ("+49 171 1234567", by_hand("491711234567")),
    ("'+491711234567", "'" + by_hand("491711234567")),
    (' "+49-171/123 45 67"', f' "{by_hand("491711234567")}"'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), HASHED)
def test_an_address_in_what_is_compared_becomes_its_keyed_hash(
    macros: ModuleType, text: str, expected: str
) -> None:
    hand_over(ENGINE, KEY)
    assert evaluate(macros.hash_personal_data("x"), x=text) == expected
    assert evaluate(macros.hash_personal_data("x"), x=expected) == expected
    assert evaluate(macros.hash_personal_data("x", "true"), x=text) == text


def test_a_brand_s_name_with_its_server_stays_on_all_platforms(macros: ModuleType) -> None:
    hand_over(ENGINE, KEY, ["acme@social.example"])
    for text in ("acme@social.example", "@Acme@social.example", " acme@social.example "):
        assert evaluate(macros.hash_personal_data("x"), x=text) == text
    other = "joe@social.example"
    assert evaluate(macros.hash_personal_data("x"), x=other) == by_hand(other)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "4242424242424",
        "1234567890.1700000000",
        "#1001",
        "+1",
        "gid://shopify/Customer/7421953286341",
        "https://social.example/@user@host.example/109501234567890123",
        "https://social.example/users/joe/statuses/109501234567890123",
        "https://x.example/cup@2x.png",
        "https://x.example/?t=+4915112345678",
        "https://maps.example/@52.5200,13.4050,17z",
        "at://did:plc:abc/app.bsky.feed.post/3k",
        "2026-03-01T10:00:00+00:00",
    ],
)
def test_what_is_compared_and_holds_no_address_stays(macros: ModuleType, text: str | None) -> None:
    hand_over(ENGINE, KEY)
    assert evaluate(macros.hash_personal_data("x"), x=text) == text


STRANGE = st.text("aé½2x4٠1_.-+%0@＠ \t(,/:'\"|png\u0301", max_size=24)


@given(texts=st.lists(STRANGE, min_size=50, max_size=50))
@example(["½@a.com", "a@-b.com", "é@2x.png", "https://a.b/?q=x,+491711234567", "@a@b.com@c.com"])
@settings(max_examples=8, deadline=None)
def test_what_staging_leaves_the_last_gate_passes(macros: ModuleType, texts: list[str]) -> None:
    """Else whoever writes a caption could stop a night."""
    hand_over(ENGINE, KEY)
    stopped = ENGINE.execute(
        f"""
        select came, kept
        from (
            select
                came,
                unnest([{macros.mask_personal_data("came")}, {macros.hash_personal_data("came")}])
                    as kept
            from (select unnest($texts) as came)
        )
        where
            regexp_matches(regexp_replace(kept, $picture, ' ', 'gi'), $email)
            or regexp_matches(kept, $phone)
        """,
        {"texts": texts, "picture": PICTURE, "email": EMAIL, "phone": PHONE},
    ).fetchall()
    assert stopped == []


def test_without_a_key_nothing_is_hashed_with_another(macros: ModuleType) -> None:
    query = f"select {macros.hash_personal_data('x')} from (select ? as x)"
    with duckdb.connect() as con:
        assert con.execute(query, ["4242"]).fetchall() == [("4242",)]
        with pytest.raises(duckdb.Error, match="home_key_outer is not set"):
            con.execute(query, ["joe@mail.example"]).fetchall()


HEART = "\u2764\ufe0f"
TERMS = [
    ("acme coffee", "Acme Coffee!", 1),
    ("acme coffee", "an acme coffee", 4),
    ("acme", "acmes and my_acme, acme2", None),
    ("acme", "acmes, acme.", 8),
    ("acme", "éacme acmé", None),
    ("acme", f"{HEART}acme{HEART}", 3),
    ("acme", "1\ufe0f\u20e3acme", 4),
    ("#1 in town", "we are #1 in town", 8),
    ("c++", "c++ and c", 1),
    ("a.c", "abc", None),
    ("(free)", "so (free)", 4),
    ("広告です", "これは広告です。", 4),
    ("コーヒー", "美味しいコーヒー豆", 5),
    ("커피", "이커피는", 2),
    ("กาแฟ", "ดื่มกาแฟเย็น", 5),
    # next to a script without spaces every word ends
    ("acme珈琲", "今日はacme珈琲店", 4),
    ("acme", "無料acmeです", 3),
    ("acme", "อacmeอ", 2),
    ("acme珈琲", "今日は acme珈琲店", 5),
    ("珈琲acme", "今日は珈琲acmes", None),
    ("acme", None, None),
]


@pytest.mark.parametrize(("term", "text", "place"), TERMS)
def test_a_term_stands_in_a_text_as_words_of_its_own(
    macros: ModuleType, term: str, text: str | None, place: int | None
) -> None:
    """Likewise when the pattern is a literal, and when it comes with the row."""
    folded = "lower(nfc_normalize(x))"
    by_row = macros.place_of_term(folded, "t", macros.term_pattern("t"))
    assert evaluate(by_row, x=text, t=term) == place
    pattern = evaluate(macros.term_pattern("t"), t=term)
    literals = [str(value).replace("'", "''") for value in (term, pattern)]
    by_literal = macros.place_of_term(folded, *(f"'{value}'" for value in literals))
    assert evaluate(by_literal, x=text) == place


SPOKEN = [
    ("Mein liebster Kaffee ☕️ 2026!", "Mein liebster Kaffee !"),
    ("#a_tag @user.name @user@host.example my best coffee", "my best coffee"),
    ("see https://x.example/a?b me@x.example now, thanks", "see now, thanks"),
    ("x#no hashtag at all", "x no hashtag at all"),
    ("ten letter", None),  # 9 letters
    ("ten letters", "ten letters"),
    ("최고예", None),
    ("최고예요", "최고예요"),
    ("call [☎] or write [✉]", "call [ ] or write [ ]"),
    ("e\u0301te\u0301 a\u0300 la plage", "été à la plage"),
    ("#only #tags", None),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("text", "expected"), SPOKEN)
def test_what_is_said_in_a_language_is_told_from_links_tags_and_handles(
    macros: ModuleType, text: str | None, expected: str | None
) -> None:
    assert evaluate(macros.spoken_words("x"), x=text) == expected


@given(
    text=st.text("aB1_ .#-é広ーถ한\u0301\ufe0f\u20e3", max_size=12),
    term=st.text("aB1_ .#-é広ーถ한\u0301\ufe0f\u20e3", min_size=1, max_size=3),
)
@example(text="xa-a-a", term="a-a")  # the second one overlaps the first, which is inside a word
@example(text="a\x01b", term="b")
@settings(max_examples=40, deadline=None)
def test_marked_terms_stand_where_place_of_term_finds_them(
    macros: ModuleType, text: str, term: str
) -> None:
    """The second way of the one rule, for terms that are rows, agrees with the patterns."""
    by_pattern = evaluate(macros.place_of_term("x", "t", macros.term_pattern("t")), x=text, t=term)
    by_marks = evaluate(
        macros.place_of_marked(macros.mark_words("x"), macros.marked_term("t")), x=text, t=term
    )
    assert by_marks == by_pattern


QUOTED = [
    ("It is cheap.", "cheap", "It is cheap."),
    ("x" * 100 + " cheap\n\n and " + "y" * 100, "cheap", "x" * 29 + " cheap and " + "y" * 38),
    ("❤️" * 40 + "cheap" + "z" * 90, "cheap", "❤️" * 15 + "cheap" + "z" * 45),
    (
        unicodedata.normalize("NFD", "é") * 40 + " CHEAP",
        "cheap",
        "\u0301" + "e\u0301" * 14 + " CHEAP",
    ),
    (unicodedata.normalize("NFD", "é") * 40 + " C", "c", "\u0301" + "e\u0301" * 14 + " C"),
    # it begins within a name: half of one would read as an address
    ("by @lumencoffee@social.example. It is cheap", "cheap", "@social.example. It is cheap"),
    ("go to @lumencoffee@social.example. Now cheap", "cheap", "@social.example. Now cheap"),
    ("a b @lumencoffee@social.example Cheap", "cheap", "b @lumencoffee@social.example Cheap"),
]


@pytest.mark.parametrize(("text", "term", "expected"), QUOTED)
def test_a_text_is_quoted_around_a_place(
    macros: ModuleType, text: str, term: str, expected: str
) -> None:
    place = evaluate(f"strpos({macros.fold_text('x')}, t)", x=text, t=term)
    quoted = evaluate(macros.quoted_around("x", str(place)), x=text)
    assert isinstance(quoted, str)
    assert len(quoted) <= 80
    assert term in quoted.lower()
    assert quoted == expected


def test_names_with_servers_tell_the_bare_user_of_the_own_server_alone(macros: ModuleType) -> None:
    names = evaluate(
        macros.names_with_server("['ann', 'bob@own.example', 'cy@far.example']", "x"),
        x="own.example",
    )
    assert names == [
        *("ann", "bob@own.example", "cy@far.example"),
        *("ann@own.example", "bob", None),
    ]


# --- what stands around a value, and in place of its characters -------------------------------


def test_python_and_sql_trim_the_same_characters(macros) -> None:
    blanks = evaluate(f"{macros.blanks()} || x", x="")
    assert set(str(blanks)) == set(BLANKS)
    separators = range(0x1C, 0x20)  # spaces to Python alone
    blank = {c for c in map(chr, range(0x10000)) if c.isspace() and ord(c) not in separators}
    assert blank < set(BLANKS)


@pytest.mark.parametrize(
    ("text", "trimmed"),
    [
        ("a b", "a b"),
        (" \ta\r\n", "a"),
        (" a", "a"),
        ("a\u00a0", "a"),
        ("\u00a0a\u00a0", "a"),
        ("\u200ba b\ufeff", "a b"),
        ("\u202aana.brews\u202c", "ana.brews"),
        ("é", "é"),
        ("\u00a0é\u3000", "é"),
        ("コーヒー\u3000", "コーヒー"),
        ("~", "~"),
        ("a\u200db", "a\u200db"),
        ("\u00a0", ""),
        ("", ""),
        (None, None),
    ],
)
def test_what_is_blank_does_not_count(macros, text, trimmed) -> None:
    assert evaluate(macros.trimmed("x"), x=text) == trimmed


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1895471203384619017", "1895471203384619017"),
        ('="1895471203384619017"', "1895471203384619017"),
        ("'1895470911127355904", "1895470911127355904"),
        (" ='x' ", "='x'"),
        ('=""', None),
        ("\u00a042\u00a0", "42"),
        # what a spreadsheet leaves of a long number is no id
        ("1.89547E+18", None),
        ("1,89547E+18", None),
        ("1.8954712033846190e+18", None),
        ("2E+15", None),
        ('="1.89547E+18"', None),
        ("'1.89547E+18", None),
        ("1895471203384619008.0", None),
        # and these are ids
        ("1e5", "1e5"),
        ("3E7-11", "3E7-11"),
        ("1.5", "1.5"),
        ("a+b@c", "a+b@c"),
        ("1E+18x", "1E+18x"),
        ("123456789012345.0", "123456789012345.0"),
        ("https://x.example/a+b/1E+18", "https://x.example/a+b/1E+18"),
    ],
)
def test_an_id_is_what_it_was_before_a_spreadsheet(macros, text, found) -> None:
    assert evaluate(macros.cast_kind("id", "x"), x=text) == found


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("I can&#x27;t stop &amp; won&#x27;t stop &#x2615; #coldbrew",
         "I can't stop & won't stop ☕ #coldbrew"),
        ("It&#39;s here", "It's here"),
        ("caf&eacute; &Eacute;", "café É"),
        ("a&nbsp;b&hellip;", "a b…"),
        ("&lt;b&gt; &quot;x&quot; &apos;", "<b> \"x\" '"),
        # each once
        ("&amp;lt; &amp;amp;", "&lt; &amp;"),
        ("&#128512;&#x1F600;", "😀😀"),
        # no entity, or of no character
        ("R&D; a & b; &; &x; &#; &#x; &nosuch; &#xD800; &#0; &#9999999;",
         "R&D; a & b; &; &x; &#; &#x; &nosuch; &#xD800; &#0; &#9999999;"),
        ("https://a.example/?a=1&copy=2", "https://a.example/?a=1&copy=2"),
        ("&amp", "&amp"),
        ("plain", "plain"),
        ("", ""),
        (None, None),
    ],
)  # fmt: skip
def test_an_entity_is_the_character_that_it_stands_for(macros, text, plain) -> None:
    assert evaluate(macros.unescaped("x"), x=text) == plain


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        ("Ana.Brews", "ana.brews"),
        ("@eli", "eli"),
        ("https://www.youtube.com/@elibrews/videos", "elibrews"),
        ("https://www.youtube.com/@faybrews?si=Ab12", "faybrews"),
        ("youtube.com/c/Gia", "gia"),
        ("https://m.youtube.com/user/gia/about", "gia"),
        ("https://www.youtube.com/channel/UCq9XkPzBrewDana0000AbCd", "ucq9xkpzbrewdana0000abcd"),
        ("https://instagram.com/ana.brews/?hl=de", "ana.brews"),
        ("HTTPS://WWW.TikTok.com/@Zoe?lang=de", "zoe"),
        ("https://x.com/zoe_", "zoe_"),
        ("https://mobile.twitter.com/zoe/status/77", "zoe"),
        ("https://www.threads.net/@zoe", "zoe"),
        ("https://bsky.app/profile/zoe.bsky.social", "zoe.bsky.social"),
        ("https://www.reddit.com/u/zoe-1/", "zoe-1"),
        ("https://www.reddit.com/user/zoe-1/", "zoe-1"),
        ("https://mastodon.social/@Zoe", "zoe@mastodon.social"),
        # no link to a profile
        ("zoe/ash", "zoe/ash"),
        ("https://zoe.example/about", "https://zoe.example/about"),
        ("/", "/"),
        ("", None),
        (None, None),
    ],
)
def test_a_link_to_a_profile_is_its_handle(macros, text, handle) -> None:
    read = macros.plain_text("handle", "x", "true")
    assert evaluate(macros.normalize_handle(f"({read})"), x=text) == handle


LINES = [("#ad", 1, 1), ("a\n#ad", 3, 2), ("a\r\nb\r\n#ad", 7, 3), ("a\rb\u2028#ad", 5, 3)]


@pytest.mark.parametrize(("text", "place", "line"), LINES)
def test_a_place_is_on_the_line_that_people_see(
    macros: ModuleType, text: str, place: int, line: int
) -> None:
    assert evaluate(macros.line_of("x", str(place)), x=text) == line


@pytest.mark.parametrize(
    ("text", "term", "places"),
    [
        ("ad ad, #ad", "ad", [1, 4, 9]),
        ("bad Ad\x01ad", "ad", [5, 8]),
        ("広告は広告", "広告", [1, 4]),
        ("a-a-a", "a-a", [1]),
        ("paid", "ad", []),
    ],
)
def test_a_term_stands_at_each_of_its_places(
    macros: ModuleType, text: str, term: str, places: list[int]
) -> None:
    marked = macros.mark_words(f"({macros.folded_words('x')})")
    found = macros.places_of_marked(marked, macros.marked_term("t"), "t")
    assert evaluate(found, x=text, t=term) == places


BEFORE = [
    ("this is not an #ad", "is not an "),
    ("no, not an #ad", " not an "),
    ("this isn’t #ad", "this isn't "),
    ("a “not” (so) #ad", "a “not” (so) "),
    ("why not - #ad", " "),
    ("not\n#ad", ""),
    ("not ☕ #ad", " "),
    ("NON-#ad", "non-"),
    ("keine\xa0echte #ad", "keine\xa0echte "),
    ("#ad", ""),
]


@pytest.mark.parametrize(("text", "before"), BEFORE)
def test_three_words_of_one_thought_can_deny_what_follows(
    macros: ModuleType, text: str, before: str
) -> None:
    place = text.lower().index("#ad") + 1
    found = evaluate(macros.words_before("x", str(place)), x=text)
    assert str(found).strip() == before.strip()


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("de-AT", "de"),
        ("EN", "en"),
        ("zh_Hans", "zh"),
        *((unknown, None) for unknown in ("und", "mul", "zxx", "qme", "QHT", "", None)),
        ("que", "que"),  # Quechua is a language
    ],
)
def test_a_tag_that_says_no_language_is_none(
    macros: ModuleType, tag: str | None, language: str | None
) -> None:
    assert evaluate(macros.base_language("x"), x=tag) == language


@pytest.mark.parametrize(
    ("name", "hashtag"),
    [("Acme Coffee", "acmecoffee"), ("rival-roast_2", "rivalroast_2"), ("Café & Co.", "caféco")],
)
def test_a_name_becomes_what_stands_in_a_hashtag(
    macros: ModuleType, name: str, hashtag: str
) -> None:
    assert evaluate(macros.hashtag_of("x"), x=name) == hashtag


LISTED = [
    ("#ぼっち・ざ・ろっく を見た #anime", ["ぼっち・ざ・ろっく", "anime"], ["anime"]),
    ("El #L·lum i el #llum", ["l·lum"], ["llum"]),
    ("#کتاب\u200cخوانی خوب", ["کتاب\u200cخوانی"], []),
    ("#a·b #a·bc #a", ["a·b", "a·bc"], ["a"]),
    ("#ぼっち・ざ・ろっく、最高 #Cold-Brew!", ["ぼっち・ざ・ろっく", "cold-brew"], []),
    ("#coldbrewing", ["coldbrew"], ["coldbrewing"]),
    # what the list does not hold is torn as the rule for texts has it
    ("#l·lum", ["anime"], ["l"]),
    ("#l·lum", None, ["l"]),
    # words that a platform keeps beside a video are no hashtags of its text
    ("#cold brew", ["cold brew"], ["cold"]),
    (None, ["l·lum"], []),
]


@pytest.mark.parametrize(("text", "listed", "expected"), LISTED)
def test_hashtags_that_a_platform_lists_are_not_torn(
    macros: ModuleType, text: str | None, listed: list[str] | None, expected: list[str]
) -> None:
    rule = macros.extract_hashtags("x", "l")
    found = ENGINE.execute(
        f"select {rule} from (select cast(? as varchar) as x, cast(? as varchar[]) as l)",
        [text, listed],
    ).fetchall()[0][0]
    assert found == expected


def test_a_text_without_its_urls_keeps_the_rest(macros: ModuleType) -> None:
    text = "see https://acme.example/acme-coffee, www.acme.example or a@acme.example"
    assert evaluate(macros.without_urls("x"), x=text) == "see   or a@acme.example"


CONTENT_TYPES = [
    ("CAROUSEL_ALBUM", "carousel"),
    ("xdtgraphsidecar", "carousel"),
    ("Slideshow", "carousel"),
    ("animated_gif", "gif"),
    ("GIFs", "gif"),
    ("Photo", "image"),
    ("Instagram Picture", "image"),
    ("Live Video", "live"),
    ("Reels", "reel"),
    ("ig_clip", "reel"),
    ("YouTube Shorts", "short"),
    ("stories", "story"),
    ("text-post", "text"),
    (" Status ", "text"),
    ("IGTV", "video"),
    ("feed video", "video"),
    ("Facebook Videos", "video"),
    # what nobody knows stays, folded
    ("Podcast_Episode", "podcastepisode"),
    ("video", "video"),
    (None, None),
]


@pytest.mark.parametrize(("name", "expected"), CONTENT_TYPES)
def test_a_content_type_is_one_by_all_of_its_names(
    macros: ModuleType, name: str | None, expected: str | None
) -> None:
    assert evaluate(macros.content_type_of("x"), x=name) == expected


PERCENTS = [
    *((0, 7, "under 1 %"), (1, 101, "under 1 %"), (1, 100, "1 %"), (1, 99, "1 %")),
    *((149, 10_000, "1 %"), (3, 200, "2 %"), (2, 3, "67 %"), (199, 200, "100 %"), (1, 1, "100 %")),
]


@pytest.mark.parametrize(("part", "whole", "expected"), PERCENTS)
def test_a_part_is_told_in_percent(
    macros: ModuleType, part: int, whole: int, expected: str
) -> None:
    assert evaluate(macros.percent_text(part, whole), x=None) == expected
