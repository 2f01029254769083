"""What a mapping makes of rows, and of what it can't work out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reachline.inbox import expressions
from reachline.inbox.exports import StreamMapping, load_exports
from reachline.inbox.mapping_sql import mapped_rows, takes
from reachline.settings import ConfigError

LINES = [
    # Name, Paid at, Qty, Price, Tags
    ("#1", "2026-03-01", "1", "10.00", "['a', 'b']"),
    ("#1", "2026-03-02", "2", "2.50", "[]"),
    ("#2", "yesterday", "3", "1.00", None),
    ("#3", "2026-03-03", "4", "n/a", "[x]"),
    ("#3", "2026-03-03", "5", "1.00", "[x]"),
]


def mapped(mapping: StreamMapping, *columns: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as con:
        con.execute(
            'create table landed (line bigint, "Name" varchar, "Paid at" varchar, qty varchar,'
            " price varchar, tags varchar)"
        )
        con.executemany(
            "insert into landed values (?, ?, ?, ?, ?, ?)",
            [(number, *line) for number, line in enumerate(LINES, 2)],
        )
        listed = ", ".join(columns)
        return con.execute(
            f"select {listed} from ({mapped_rows(mapping, 'landed')}) order by line"
        ).fetchall()


def test_an_expression_that_fails_refuses_its_row_and_what_is_null_stays_null() -> None:
    mapping = StreamMapping(
        rows={"paid_on": "strptime(\"Paid at\", '%Y-%m-%d')::date"},
        columns={
            "likes": "price::decimal(9, 2)",
            "views": "nullif(qty, '1')::bigint",
            "text": '"Name"',
        },
    )
    found = mapped(mapping, "likes", "views", "text", "split_part(row_reject, ': ', 1)")
    assert found == [
        ("10.00", None, "#1", None),
        ("2.50", "2", "#1", None),
        ("1.00", "3", "#2", "paid_on"),
        (None, "4", "#3", "likes"),
        ("1.00", "5", "#3", None),
    ]
    ((reason,),) = [row for row in mapped(mapping, "row_reject") if row[0] and "likes" in row[0]]
    expected = "the mapping's expression fails on this row, or on its group: price::decimal(9, 2)"
    assert reason == f"likes: {expected}"


TWICE = "price::decimal(9, 2)"


@pytest.mark.parametrize(
    "mapping",
    [
        StreamMapping(columns={"likes": TWICE, "views": f"{TWICE} * 2"}),
        StreamMapping(rows={"a": TWICE, "b": f"{TWICE} + 1"}, columns={"likes": "a", "views": "b"}),
        StreamMapping(where=f"{TWICE} > 0", columns={"likes": TWICE}),
        StreamMapping(
            group_by=("line",), columns={"likes": f"max({TWICE})", "views": f"sum({TWICE})"}
        ),
        StreamMapping(
            group_by=("line",), columns={f: f"max(price)::decimal(9, 2) + {f!r}::int" for f in "12"}
        ),
    ],
    ids=["columns", "rows", "where", "aggregates", "groups"],
)
def test_what_two_expressions_have_in_common_and_fails_refuses_its_row_alone(
    mapping: StreamMapping,
) -> None:
    """An optimizer that works out once what stands in both must not take it out of its `try`."""
    found = mapped(mapping, "line", "row_reject is not null")
    assert found == [(2, False), (3, False), (4, False), (5, True), (6, False)]


def test_what_the_where_of_several_streams_have_in_common_and_fails_is_taken_by_both() -> None:
    one, other = (takes(StreamMapping(where=f"{TWICE} {sign} 5", columns={})) for sign in "<>")
    with duckdb.connect() as con:
        con.execute("create table landed (line bigint, price varchar)")
        con.execute("insert into landed values (2, '10.00'), (3, '5'), (4, 'n/a'), (5, null)")
        found = con.execute(f"select line, {one}, {other} from landed order by line").fetchall()
    assert found == [(2, False, True), (3, False, False), (4, True, True), (5, False, False)]


def test_a_row_whose_where_fails_is_refused_and_one_where_it_is_null_is_left() -> None:
    mapping = StreamMapping(where="nullif(price, '2.50')::double > 5", columns={"text": '"Name"'})
    assert mapped(mapping, "line", "split_part(row_reject, ': ', 1)") == [(2, None), (5, "where")]
    assert takes(StreamMapping(columns={})) == "true"


GROUPS = [
    # of an aggregate's argument, filter and order; of what is made of aggregates; of a key
    ("sum(price::decimal(9, 2))", ["12.50", "1.00", None]),
    ("coalesce(sum(price::decimal(9, 2)), 0) / 2", ["6.25", "0.5", None]),
    ("sum(qty::int) filter (where price::double > 1)", ["3", None, None]),
    ("string_agg(qty, '-' order by price::double)", ["2-1", "3", None]),
    ("max(price)::double", ["2.5", "1.0", None]),
    ("count(*)", ["2", "1", "2"]),
]


@pytest.mark.parametrize(("sql", "values"), GROUPS, ids=[sql for sql, _ in GROUPS])
def test_what_fails_in_a_group_refuses_all_of_its_lines_and_no_other(
    sql: str, values: list[str | None]
) -> None:
    mapping = StreamMapping(group_by=('"Name"',), columns={"order_id": "name", "amount": sql})
    found = mapped(mapping, "order_id", "amount", "source_lines", "split_part(row_reject, ': ', 1)")
    fails = "amount" if sql != "count(*)" else None
    assert [row[0] for row in found] == ["#1", "#2", "#3"]
    assert [row[2] for row in found] == [[2, 3], [4], [5, 6]]
    assert [row[3] for row in found] == [None, None, fails]
    if fails is None:
        assert [row[1] for row in found] == values
    else:
        assert [float_text(row[1]) for row in found[:2]] == [float_text(v) for v in values[:2]]


def float_text(value: str | None) -> float | str | None:
    try:
        return float(value) if value is not None else None
    except ValueError:
        return value


def test_a_key_that_fails_is_a_group_of_its_own_and_refused() -> None:
    day = "strptime(\"Paid at\", '%Y-%m-%d')::date"
    mapping = StreamMapping(
        group_by=(day, "lower(name)"),
        columns={"paid_on": day, "order_id": "'o' || LOWER(Name)", "lines": "count(*)"},
    )
    found = mapped(mapping, "paid_on", "order_id", "lines", "split_part(row_reject, ': ', 1)")
    assert found == [
        ("2026-03-01", "o#1", "1", None),
        ("2026-03-02", "o#1", "1", None),
        (None, "o#2", "1", "group_by"),
        ("2026-03-03", "o#3", "2", None),
    ]


def test_lists_and_objects_are_json_as_files_have_them() -> None:
    mapping = StreamMapping(
        columns={
            "hashtags": "[qty, price]",
            "text": "{'a': qty}",
            "urls": "string_split('a b', ' ')",
        }
    )
    assert mapped(mapping, "hashtags", "text", "urls")[0] == (
        '["1","10.00"]',
        '{"a":"1"}',
        '["a","b"]',
    )


NO_EXPRESSIONS = [
    ("1 from landed", "not one expression"),
    ("1; select 2", "not one expression"),
    ("1, 2", "not one expression"),
    ("1 where false", "not one expression"),
    ("1 union select 2", "not one expression"),
    ("(select max(a) from read_csv('/etc/passwd'))", "holds a query of its own"),
    ("exists(from b)", "holds a query of its own"),
    ("*", "stands for several columns"),
    ("columns('a.*')", "stands for several columns"),
    ("a +", "syntax error"),
]


@pytest.mark.parametrize(("sql", "why"), NO_EXPRESSIONS, ids=[sql for sql, _ in NO_EXPRESSIONS])
def test_a_mapping_sees_its_row_or_group_alone(sql: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=why):
        expressions.parse(sql)
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "shop.yml").write_text(
        "tool: shop\nexports:\n  - name: lines\n    header: [a]\n    streams:\n      creators:\n"
        f'        columns: {{creator_id: a, creator_name: "{sql}"}}\n'
    )
    with pytest.raises(ConfigError, match=why) as refused:
        load_exports(tmp_path)
    assert "columns.creator_name" in str(refused.value)


ATTACKS = [
    # what reads, writes, waits or tells of the machine
    ("read_text('/etc/passwd')", "uses read_text"),
    ("getenv('HOME')", "uses getenv"),
    ("current_setting('home_directory')", "uses current_setting, so that the same file"),
    ("getvariable('x')", "uses getvariable, so that"),
    ("query('attach ''x'' as y')", "uses query"),
    ("query_table('orders')", "uses query_table"),
    ("glob('/etc/*')", "uses glob"),
    ("write_log('x')", "uses write_log, so that"),
    ("nextval('s')", "uses nextval, so that"),
    ("sleep_ms(1000000)", "uses sleep_ms, so that"),
    ("pg_sleep(1000)", "uses pg_sleep"),
    ("error('stop')", "uses error"),
    ("json_execute_serialized_sql('x')", "uses json_execute_serialized_sql"),
    ("json_deserialize_sql('x')", "uses json_deserialize_sql"),
    ("copy t to '/tmp/x'", "syntax error"),
    ("a; attach 'x'", "Only SELECT statements"),
    ("a; pragma version", "Only SELECT statements"),
    ("main.lower(a)", "uses lower"),
    ('work.macros."lower"(a)', "uses lower"),
    # what tells another thing each time
    ("now()", "uses now, so that the same file gives other rows each time"),
    ("get_current_timestamp()", "uses get_current_timestamp, so that"),
    ("localtimestamp", "uses localtimestamp, so that"),
    ("Current_Date", "uses Current_Date, so that"),
    ("uuidv7()", "uses uuidv7, so that"),
    ("age(a::timestamp)", "uses age"),
    # what makes much of little
    ("len(range(10000000000))", "uses range"),
    ("list_sum(generate_series(1, 10000000000))", "uses generate_series"),
    ("repeat(a, 1000000000)", "uses repeat"),
    ("list_resize([1], 3000000000)", "uses list_resize"),
    ("format('{:>2000000000}', a)", "uses format"),
    ("printf('%2000000000d', 1)", "uses printf"),
    ("levenshtein(a, a)", "uses levenshtein"),
    ("list_reduce(string_split(a, ''), lambda x, y: x || x)", "uses list_reduce"),
    ("lpad(a, 2000000000, 'x')", "lpad fills up to another length"),
    ("rpad(a, length(a) * 1000000, 'x')", "rpad fills up to another length"),
    ("replace(a, 'a', a)", "replace puts in something else than a fixed text"),
    ("regexp_replace(a, '.', a, 'g')", "regexp_replace puts in something else"),
    (
        "list_transform(string_split(a, ''), lambda x: list_transform(string_split(a, ''),"
        " lambda y: y))",
        "a lambda within a lambda",
    ),
    (f"a || {' || '.join(['a'] * 3000)}", "up to 10,000 are taken"),
    # what is over other rows, or can't be worked out for one group alone
    ("sum(1) over ()", "looks at other rows"),
    ("lag(a) over (order by a)", "looks at other rows"),
    ("kurtosis(a::double)", "uses kurtosis"),
    ("bitstring_agg(a::int, 1, 9)", "uses bitstring_agg"),
    ("?", "holds a parameter"),
    ("$1", "holds a parameter"),
    ("#1", "names a column by its place"),
    ("default", "names a column by its place, or none"),
    # wherever it stands
    ("case when a = 'x' then upper(repeat(a, 9)) end", "uses repeat"),
    ("[repeat(x, 9) for x in string_split(a, ',')]", "uses repeat"),
    ("sum(len(range(9))) filter (where len(a) > 1)", "uses range"),
    ("{'a': {'b': [getenv('HOME')]}}", "uses getenv"),
    ("a[len(range(9)):]", "uses range"),
    ("string_agg(a, ',' order by sleep_ms(1))", "uses sleep_ms"),
]


@pytest.mark.parametrize(("sql", "why"), ATTACKS, ids=[sql[:60] for sql, _ in ATTACKS])
def test_a_mapping_calls_nothing_that_reaches_beyond_its_row(sql: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        expressions.parse(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "counts -> 'likes' ->> 'total'",
        "list_transform(from_json(a, '[\"JSON\"]'), lambda tag: tag -> 'name' ->> 'text')",
        "[lower(x) for x in string_split(a, ',') if x <> '']",
        "list_sum(list_transform(list_filter(a, lambda x: x > 1), lambda x: x * 2))",
        "lpad(a, 12, '0') || replace(a, ',', '.') || regexp_replace(a, '\\D', '', 'g')",
        "sum(a::decimal(18, 4)) filter (where b <> 'x') / count(distinct c)",
        "strptime(a, '%d.%m.%Y') at time zone 'Europe/Berlin' + interval 1 day",
        "case when a is null or a in ('x', 'y') then b[1:3] else coalesce(a, nullif(b, '')) end",
    ],
)
def test_what_mappings_are_made_of_is_taken(sql: str) -> None:
    assert expressions.text(expressions.parse(sql))


def test_whatever_a_mapping_may_call_is_there_and_gives_the_same_each_time() -> None:
    with duckdb.connect() as con:
        for names, kind in (
            (expressions.FUNCTIONS, "scalar"),
            (expressions.AGGREGATES, "aggregate"),
        ):
            found = con.execute(
                "select function_name, bool_and(coalesce(stability, 'CONSISTENT') = 'CONSISTENT')"
                " from duckdb_functions() where function_type in ($kind, 'macro') group by all",
                {"kind": kind},
            ).fetchall()
            stable = {name for name, is_stable in found if is_stable}
            assert names <= stable, sorted(names - stable)


def test_a_sum_that_is_too_large_refuses_its_group_alone() -> None:
    large = "case qty when '1' then '99999999999999999999999999999999999999' else qty end"
    mapping = StreamMapping(
        group_by=('"Name"',),
        columns={
            "order_id": "name",
            "amount": f"sum(({large})::decimal(38, 0))",
            "lines": "coalesce(sum(distinct qty::int) filter (where qty = '5'), 0)",
        },
    )
    found = mapped(mapping, "order_id", "amount", "lines", "split_part(row_reject, ': ', 1)")
    assert found == [
        ("#1", None, "0", "amount"),
        ("#2", "3", "0", None),
        ("#3", "9", "5", None),
    ]


def test_a_comment_hides_nothing_of_what_follows() -> None:
    assert expressions.text(expressions.parse("a -- the name")) == "a"
