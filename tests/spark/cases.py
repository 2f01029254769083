"""What each macro of macros/compat is asked, on both engines: rows of typed columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TYPES = {
    "duckdb": {
        "text": "varchar",
        "int": "bigint",
        "whole": "hugeint",
        "double": "double",
        "date": "date",
        "moment": "timestamp",
        "texts": "varchar[]",
    },
    "spark": {
        "text": "string",
        "int": "bigint",
        "whole": "decimal(38, 0)",
        "double": "double",
        "date": "date",
        "moment": "timestamp_ntz",
        "texts": "array<string>",
    },
}
"""The columns' types by dialect."""


@dataclass(frozen=True)
class Case:
    """A call of a macro, as Jinja; `columns` are names and types, the first of an aggregate is g.

    It is asked of each row, or of the rows of each g.
    """

    call: str
    columns: dict[str, str]
    rows: list[tuple[Any, ...]]

    @property
    def is_aggregate(self) -> bool:
        """Whether rows are asked together."""
        return "g" in self.columns


CASES = {
    "comparable_name": Case(
        "comparable_name('a')",
        {"a": "text"},
        [
            *(
                (each,)
                for each in (" @Mara ", "##Über", "ΟΔΟΣ", "İstanbul", "\u200b@\ufeff", "@ #x", "")
            ),
            *((each,) for each in ("e\u0301", "ＡＢ", "\u00a0x\u3000", "a b")),
            (None,),
        ],
    ),
    "without_blanks": Case(
        "without_blanks('a')",
        {"a": "text"},
        [(" x ",), ("\tx\u200b",), ("\ufeff",), ("",), ("x y",), (None,)],
    ),
    "elements_joined": Case(
        "elements_joined('a', \"', '\")",
        {"a": "texts"},
        [(["x", "y"],), ([],), (None,), (["x", None, "z"],)],
    ),
    "lists_joined": Case(
        "lists_joined('a', 'b')",
        {"a": "texts", "b": "texts"},
        [
            (["x"], ["y", "x"]),
            ([], ["x"]),
            (None, ["x"]),
            (["x"], None),
            (None, None),
            (["x", None], []),
        ],
    ),
    "each_as": Case(
        "each_as('a', 'element_of', \"element_of || '!'\")",
        {"a": "texts"},
        [(["x", "y"],), ([],), (None,), (["x", None],)],
    ),
    "each_where": Case(
        "each_where('a', 'element_of', \"element_of <> 'x'\")",
        {"a": "texts"},
        [(["x", "y"],), ([],), (None,), (["y", None],)],
    ),
    "first_place": Case(
        "first_place('a', 'so_far', \"contains(left(a, so_far), 'b')\")",
        {"a": "text"},
        [("abb",), ("aaa",), ("",), (None,), ("日b",)],
    ),
    "places_of_text": Case(
        "places_of_text('a', 'b', 'c')",
        {"a": "text", "b": "text", "c": "text"},
        [
            *(("x\x01AB\x01y\x01AB\x01", "\x01AB\x01", "AB"), ("xyz", "\x01AB\x01", "AB")),
            *(("\x01a\\E.b\x01", "\x01a\\E.b\x01", "a\\E.b"),),
            *((None, "x", "x"), ("x", None, "x"), ("", "x", "x")),
        ],
    ),
    "json_object": Case(
        "json_object({'a': 'a', 'b': 'b'})",
        {"a": "text", "b": "int"},
        [("x", 1), ('q"\\ä/', -5), ("", 0)],
    ),
    "element_of": Case(
        "element_of('a', 'o')",
        {"a": "texts", "o": "int"},
        [(["x", "y"], 1), (["x", "y"], 2), (["x"], 2), ([], 1), (None, 1), ([None], 1)],
    ),
    "list_of": Case("list_of(['a', 'b'])", {"a": "text", "b": "text"}, [("x", "y"), ("x", None)]),
    "literal": Case(
        """literal("it's \\\\ 'x' \\\\n") ~ ' || a'""", {"a": "text"}, [("",), (None,)]
    ),
    "lowered": Case(
        "lowered('a')",
        {"a": "text"},
        [(each,) for each in ("ΟΔΟΣ", "ΣΑΣ Σ", "İI", "ÀÇ", "ẞ", "ＡＢ", "Ǆ", "", None)],
    ),
    "masked": Case(
        "masked('a')",
        {"a": "text"},
        [
            (each,)
            for each in (
                *("write to a@b.example or call +49 170 1234567", "@mara@roast.house", "x@2x.png"),
                *("tel: 0170/1234567", "order 1234567890", "2026-03-01 12:00", "é1234567890", ""),
                *("(555) 123-4567b", "USD 1,000,000", "x (at) y (dot) example", None),
            )
        ],
    ),
    "nfc": Case("nfc('a')", {"a": "text"}, [("e\u0301",), ("é",), ("\u212b",), ("",), (None,)]),
    "regex_found": Case(
        """regex_found('a', "'^[\\\\p{Han}\\\\p{L}]+\\\\b'")""",
        {"a": "text"},
        [(each,) for each in ("日本", "abc", "é", "éa", "1", "a-b", "", None)],
    ),
    "regex_part": Case(
        """regex_part('a', "'(x+)(\\\\d)?'", 2)""",
        {"a": "text"},
        [(each,) for each in ("axx1", "x", "y", "", None)],
    ),
    "regex_parts": Case(
        """regex_parts('a', "'#([a-z]+)'", 1)""",
        {"a": "text"},
        [(each,) for each in ("#ab #c", "x", "", None)],
    ),
    "regex_replaced": Case(
        """regex_replaced('a', "'([.$])|(-)'", "'\\\\\\\\\\\\1' || 'é\\\\2'")""",
        {"a": "text"},
        [(each,) for each in ("a.b$-c", "x", "", None)],
    ),
    "rounded": Case(
        "rounded('a', 9)",
        {"a": "double"},
        [(each,) for each in (0.4955875135, -0.4955875135, 1.5e-9, 2.5e-10, 0.0, 12345.678, None)],
    ),
    "first_present": Case(
        "first_present('a') ~ ' over (order by o rows unbounded preceding)'",
        {"a": "text", "o": "int"},
        [(None, 1), ("x", 2), (None, 3), ("y", 4)],
    ),
    "last_present": Case(
        "last_present('a') ~ ' over (order by o rows unbounded preceding)'",
        {"a": "text", "o": "int"},
        [(None, 1), ("x", 2), (None, 3), ("y", 4)],
    ),
    "value_at_greatest": Case(
        "value_at_greatest('a', 'o')",
        {"g": "int", "a": "text", "o": "int"},
        [(1, "x", 1), (1, None, 2), (2, "y", 2), (2, "z", 1), (2, "w", None), (3, None, 1)],
    ),
    "value_at_least": Case(
        "value_at_least('a', 'o', 'o > 0')",
        {"g": "int", "a": "text", "o": "int"},
        [(1, "x", 2), (1, None, 1), (2, "y", 0), (2, "z", 3), (2, "w", None), (3, "v", 0)],
    ),
    "type_name": Case("'cast(a as ' ~ type_name('varchar') ~ ')'", {"a": "int"}, [(1,), (None,)]),
    "binomial_half": Case(
        "binomial_half('s', 'n')",
        {"s": "int", "n": "int"},
        [(0, 0), (0, 1), (1, 1), (3, 10), (50, 100), (0, 2000), (1000, 2000)],
    ),
    "common_divisor": Case(
        "common_divisor('a', 'b')",
        {"a": "whole", "b": "whole"},
        [
            *((12, 18), (0, 0), (0, 5), (-12, 18), (None, 1)),
            (123456789012345678, 987654321098765432),
            # the two that take Euclid longest
            (61305790721611591, 37889062373143906),
        ],
    ),
    "dates_between": Case(
        "dates_between('a', 'b', 7)",
        {"a": "date", "b": "date"},
        [
            ("2026-03-01", "2026-03-05"),
            ("2026-03-01", "2026-03-01"),
            ("2026-03-02", "2026-03-01"),
            ("2026-02-27", "2026-03-20"),
            (None, "2026-03-01"),
        ],
    ),
    "day_in_zone": Case(
        "day_in_zone('t', 'Europe/Berlin')",
        {"t": "moment"},
        [
            *(("2026-03-29 00:59:59",), ("2026-03-29 22:30:00",), (None,)),
            *(("2026-10-25 22:59:59.999999",), ("2026-10-25 23:00:00",)),
        ],
    ),
    "days_apart": Case(
        "days_apart('a', 'b')",
        {"a": "date", "b": "date"},
        [("2026-03-01", "2026-03-05"), ("2026-03-05", "2026-03-01"), (None, "2026-03-01")],
    ),
    "edits_between": Case(
        "edits_between('a', 'b')",
        {"a": "text", "b": "text"},
        [("kitten", "sitting"), ("", "abc"), ("café", "cafe"), ("日本", "日"), (None, "a")],
    ),
    "elements_found": Case(
        "elements_found('a', 'b')",
        {"a": "texts", "b": "texts"},
        [
            *((["x", "y", "z"], ["z", "x"]), ([], ["x"]), (["x"], [])),
            *((None, ["x"]), (["x"], None), (["x", None], ["x"])),
        ],
    ),
    "elements_listed": Case(
        "elements_listed('a', \"'#'\")",
        {"a": "texts"},
        [(["x", "y"],), ([],), (None,), (["x", None],)],
    ),
    "elements_missing": Case(
        "elements_missing('a', 'b')",
        {"a": "texts", "b": "texts"},
        [
            *((["x", "y", "z"], ["z", "x"]), ([], ["x"]), (["x"], [])),
            *((None, ["x"]), (["x"], None), (["x", None], ["x"]), (["x", "y"], ["x", None])),
        ],
    ),
    "empty_list": Case("empty_list()", {"a": "int"}, [(1,)]),
    "exploded": Case("exploded('a')", {"a": "texts"}, [(["x", "y"],), ([],), (None,), ([None],)]),
    "hour_in_zone": Case(
        "hour_in_zone('t', 'Europe/Berlin')",
        {"t": "moment"},
        [
            *(("2026-03-29 00:59:59",), ("2026-03-29 01:00:00",), (None,)),
            *(("2026-10-25 00:30:00",), ("2026-10-25 01:30:00",)),
        ],
    ),
    "joined_texts": Case(
        "joined_texts('a', ', ', 'o')",
        {"g": "int", "a": "text", "o": "int"},
        [(1, "x", 2), (1, "y", 1), (1, None, 0), (1, "w", None), (2, None, 1), (3, "z", 1)],
    ),
    "money_ratio": Case(
        "money_ratio(['a', 'n'], ['d'])",
        {"a": "whole", "n": "whole", "d": "whole"},
        [
            *((32625, 1, 10), (5, 1, 2), (-5, 1, 2), (-4, 1, 3), (1, 1, 0), (None, 1, 1)),
            (123456789, 12500000000, 10000000000),
            # the largest amount that fits, and one more
            *((999999999999999999, 1, 1), (1000000000000000000, 1, 1)),
            # a product beyond 128 bits
            (123456789012345678, 1234567890123456789012, 1000000000000000000000),
            (99999999999999999999, 99999999999999999999, 99999999999999999999),
        ],
    ),
    "month_text": Case("month_text('d')", {"d": "date"}, [("2026-05-01",), (None,)]),
    "newest_known": Case(
        "newest_known('n')",
        {"g": "int", "n": "version"},
        [(1, ("a", 1)), (1, ("b", 2)), (1, (None, 3)), (1, None), (2, (None, 1)), (3, None)],
    ),
    "newest_present": Case(
        "newest_present('v')",
        {"g": "int", "v": "text", "version_number": "int", "absent_columns": "texts"},
        [
            *((1, "a", 1, []), (1, "b", 2, ["v"]), (1, "c", 3, ["x"])),
            *((2, "a", 1, ["v"]), (3, "a", 1, []), (3, None, 2, [])),
        ],
    ),
    "ordered_list": Case(
        "ordered_list('a', 'o')",
        {"g": "int", "a": "text", "o": "int"},
        [(1, "x", 2), (1, "y", 1), (1, None, 0), (2, None, 1), (3, "z", 1)],
    ),
    "percent_decoded": Case(
        "percent_decoded('a')",
        {"a": "text"},
        [
            *((each,) for each in ("a%20b", "a+b", "%C3%A4", "%zz", "100%", "%FF", "", "%", "%4")),
            *((each,) for each in ("\ufffd%41", "%EF%BF%BD", "\ufffd%FF", "a%2Bb+c", "%ED%A0%80")),
            (None,),
        ],
    ),
    "percent_encoded": Case(
        "percent_encoded('a')",
        {"a": "text"},
        [("a b",), ("a+b",), ("ä/ö?",), ("~*-_.!'()",), ("日本 #1&x=y",), ("",), (None,)],
    ),
    "places_of": Case("places_of('a')", {"a": "texts"}, [(["x", "y"],), ([],), (None,)]),
    "quantile": Case(
        "quantile('a', 0.25)",
        {"g": "int", "a": "double"},
        [(1, 1.0), (1, 2.0), (1, 4.0), (1, 10.0), (1, None), (2, None), (3, 0.1), (3, 0.2)],
    ),
    "rounded_money": Case(
        "rounded_money('a')",
        {"a": "double"},
        [
            *((each,) for each in (1.00005, -1.00005, 2.5e-5, 0.1 + 0.2, 123456.78905, 0.00004999)),
            *((each,) for each in (1e13, 1e15, None)),
        ],
    ),
    "seconds_after": Case(
        "seconds_after('t', 's')",
        {"t": "moment", "s": "int"},
        [
            *(("2026-03-01 00:00:00", 86400), ("2026-03-01 00:00:00.5", -1)),
            *(("2026-03-01 00:00:00", 31536000), (None, 1)),
        ],
    ),
    "sha256_text": Case("sha256_text('a')", {"a": "text"}, [("a",), ("",), ("ä日",), (None,)]),
    "short_number": Case(
        "short_number('a')",
        {"a": "double"},
        [
            (each,)
            for each in (
                *(61.715, 0.25, 301.0, 3.0, 0.00707, 0.544, 1234.5, 99.96, 100.0, 0.0, -5.5),
                *(1e-5, 1.2e-5, 1.234e-7, 99.4, 0.1 + 0.2, 10.0, 20.0, 0.001, None),
                # halves, and what is written as one
                *(0.8125, 12.25, 100.5, 101.5, 0.1235, 0.1245, -2.345, 1.235e-5, 99.95, 9.995),
                *(0.00009996, 0.00009999, 999.5),
            )
        ],
    ),
    "sorted_set": Case(
        "sorted_set('a')",
        {"g": "int", "a": "text"},
        [(1, "b"), (1, "a"), (1, "b"), (1, None), (2, None)],
    ),
    "sorted_union": Case(
        "sorted_union('a', 'b')",
        {"a": "texts", "b": "texts"},
        [(["b", "a"], ["c", "a"]), (None, ["x"]), ([], None), (None, None), (["x", None], ["y"])],
    ),
    "value_at_last": Case(
        "value_at_last('a', 'o')",
        {"g": "int", "a": "text", "o": "int"},
        [(1, "x", 1), (1, None, 2), (2, "y", 2), (2, "z", 1)],
    ),
    "whole_days_between": Case(
        "whole_days_between('a', 'b')",
        {"a": "moment", "b": "moment"},
        [
            ("2026-03-01 00:00:00", "2026-03-02 00:00:00"),
            ("2026-03-01 00:00:00", "2026-03-01 23:59:59.999999"),
            ("2026-03-02 00:00:00", "2026-03-01 23:59:59"),
            (None, "2026-03-01 00:00:00"),
        ],
    ),
    "whole_quotient": Case(
        "whole_quotient('a', 'b')",
        {"a": "whole", "b": "whole"},
        [
            (7, 2),
            (-7, 2),
            (9, 3),
            (None, 1),
            (2**53 + 1, 2),
            (12345678901234567890123456789, 1000000000),
        ],
    ),
    "whole_seconds_between": Case(
        "whole_seconds_between('a', 'b')",
        {"a": "moment", "b": "moment"},
        [
            ("2026-03-01 00:00:00", "2026-03-02 00:00:00"),
            ("2026-03-01 00:00:00.5", "2026-03-01 00:00:02.4"),
            (None, "2026-03-01 00:00:00"),
        ],
    ),
    "wide_integer": Case(
        "'cast(a as ' ~ wide_integer() ~ ')'", {"a": "int"}, [(2**63 - 1,), (None,)]
    ),
}
for _types, _version in zip(
    TYPES.values(),
    ("struct(value varchar, version bigint)", "struct<value: string, version: bigint>"),
    strict=True,
):
    _types["version"] = _version

NOT_ASKED = {
    "computed_once": "a word of a CTE",
    "detected_language": "a function that Python registers with each engine",
    "for_engine": "a pattern, asked by those that take one",
}
"""What has no case, and why."""
