"""Mappings of other tools' exports: what is wrong with one, which file fits, how it is read."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from reachline import landing
from reachline.configuration import EXAMPLE
from reachline.inbox import exports as of_tools
from reachline.inbox.check import check_file
from reachline.inbox.exports import load_exports
from reachline.settings import ConfigError

SOUND = """\
tool: shop
exports:
  - name: sales
    header: [No, When, Total]
    streams:
      orders:
        where: No is not null
        rows:
          paid: {sql: "try_cast(Total as decimal(18, 4))", required: true}
        group_by: [No]
        columns:
          order_id: No
          ordered_at: min("When")
          currency: "'EUR'"
          gross_amount: sum(paid)
          status: "'placed'"
"""


def problems_of(tmp_path, text, name="shop.yml"):
    folder = tmp_path / "exports"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    try:
        load_exports(tmp_path)
    except ConfigError as error:
        return [(p.line, p.field, p.problem, p.remedy) for p in error.problems]
    return []


def test_a_sound_mapping_has_no_problems(tmp_path):
    assert problems_of(tmp_path, SOUND) == []
    (export,) = load_exports(tmp_path)
    assert (export.tool, export.name, export.format, export.encoding) == (
        "shop", "sales", "csv", "utf-8",
    )  # fmt: skip
    assert export.streams["orders"].rows["paid"].required


def test_what_was_found_sound_is_not_checked_twice_and_what_changed_is(tmp_path, monkeypatch):
    monkeypatch.setenv("REACHLINE_CACHE", str(tmp_path / "cache"))
    checked = []

    def check(paths):
        checked.append(paths)
        return really_check(paths)

    really_check = of_tools._checked
    monkeypatch.setattr(of_tools, "_checked", check)

    def load(text):
        of_tools._load.cache_clear()  # as another process has it
        return problems_of(tmp_path, text)

    assert load(SOUND) == []
    first = load_exports(tmp_path)
    assert load(SOUND) == []
    assert load_exports(tmp_path) == first
    assert len(checked) == 1
    broken = SOUND.replace("sum(paid)", "sum(pad)")
    assert load(broken) == load(broken) != []
    assert len(checked) == 3
    assert load(SOUND) == []
    assert len(checked) == 3


def test_no_mappings_at_all(tmp_path):
    assert load_exports(tmp_path) == ()


WRONG = [
    ("order_id: No", "order_id: Number", 12, "exports[0].streams.orders.columns.order_id",
     '"Number"', "over the columns of `header`"),
    ("where: No is not null", "where: case when [] = 'PAID' and No not in ('a') then true end", 7,
     "exports[0].streams.orders.where", "can't be cast", "expression"),
    ("where: No is", "where: No iss", 7, "exports[0].streams.orders.where", "syntax", "expression"),
    ("order_id: No", "orderid: No", 12, "exports[0].streams.orders.columns.orderid",
     "is not a column of orders", "did you mean order_id?"),
    ("          currency: \"'EUR'\"\n", "", 11, "exports[0].streams.orders.columns",
     "lacks what orders requires: currency", "map these columns too"),
    ("orders:", "order:", 6, "exports[0].streams.order", "is not a stream", "did you mean orders?"),
    ("group_by: [No]", "group_by: [Nope]", 10, "exports[0].streams.orders.group_by[0]",
     "Nope", "expression"),
    ("sum(paid)", "sum(missing)", 15, "exports[0].streams.orders.columns.gross_amount",
     "missing", "names in `rows`"),
    ("rows:\n          paid:", "rows:\n          WHEN:", 9, "exports[0].streams.orders.rows.WHEN",
     "is a column of the export already", "name it otherwise"),
    ("rows:\n          paid:", "rows:\n          Line:", 9, "exports[0].streams.orders.rows.Line",
     "is a name that staging uses itself", "name it otherwise"),
    ("min(\"When\")", "now()", 13, "exports[0].streams.orders.columns.ordered_at",
     "uses now, so that the same file gives other rows each time", "expression"),
    ("header: [No, When, Total]", "header: [No, When, Total, no]", 4, "exports[0].header",
     "names columns twice: no", "once"),
    ("header: [No, When, Total]", "header: [No, When, Total, line]", 4, "exports[0].header",
     "land otherwise", "line_"),
    ("tool: shop", "tool: store", 1, "tool", "differs from the file's name", "write tool: shop"),
    ("  - name: sales", "  - name: sales\n    encoding: utf-99", 4, "exports[0].encoding",
     "is not an encoding", "utf-16"),
    ("  - name: sales", "  - name: sales\n    delimiter: ';;'", 4, "exports[0].delimiter",
     "is not a delimiter", "one character"),
    ("  - name: sales", "  - name: sales\n    records: data.items", 4, "exports[0].records",
     "is for format: json only", "remove it"),
    ("  - name: sales", "  - name: sales\n    format: parquet\n    encoding: cp1252", 5,
     "exports[0].encoding", "is for text formats only", "remove it"),
    ("  - name: sales", "  - name: sales\n    kind: x", 4, "exports[0].kind", "", ""),
    ("    header: [No, When, Total]\n", "", 3, "exports[0].header", "", ""),
    ("  - name: sales", "  - name: sales\n    format: jsonl\n    preamble: true", 5,
     "exports[0].preamble", "is for csv and xlsx only", "remove it"),
    ("  - name: sales", "  - name: sales\n    format: json\n    totals: {No: Total}", 5,
     "exports[0].totals", "is for csv and xlsx only", "remove it"),
    ("  - name: sales", "  - name: sales\n    totals: {Totals: Total}", 4,
     "exports[0].totals.Totals", "is not in `header`", "did you mean Total?"),
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong[1].strip()[:40])
def test_each_mistake_is_named_with_line_and_remedy(tmp_path, wrong):
    old, new, line, field, problem, remedy = wrong
    assert SOUND.count(old) >= 1
    found = problems_of(tmp_path, SOUND.replace(old, new, 1))
    named = {(p[0], p[1]): p[2:] for p in found}
    assert (line, field) in named, found
    assert problem in named[line, field][0]
    assert remedy in named[line, field][1]


def test_a_tool_may_not_take_the_name_of_a_stream(tmp_path):
    found = problems_of(tmp_path, SOUND.replace("tool: shop", "tool: orders"), "orders.yml")
    assert [(line, field, problem) for line, field, problem, _ in found] == [
        (1, "tool", "is the name of a stream")
    ]


def test_a_tool_may_not_take_the_name_of_a_connector(tmp_path):
    """Its records land under that name, as an export's rows would."""
    found = problems_of(tmp_path, SOUND.replace("tool: shop", "tool: shopify"), "shopify.yml")
    assert [(line, field, remedy) for line, field, _, remedy in found] == [
        (1, "tool", "name the tool otherwise, such as shopify_export")
    ]


def test_a_tool_may_not_take_the_name_under_which_aggregates_land(tmp_path):
    found = problems_of(tmp_path, SOUND.replace("tool: shop", "tool: retention"), "retention.yml")
    assert [(line, field, problem) for line, field, problem, _ in found] == [
        (1, "tool", "is where aggregates land")
    ]


def test_all_mistakes_of_all_files_at_once(tmp_path):
    problems_of(tmp_path, SOUND.replace("No is", "Nix is").replace("sum(paid)", "sum(x)"))
    found = problems_of(tmp_path, SOUND.replace("tool: shop", "tool: b"), "a.yml")
    assert [line for line, *_ in found] == [1, 7, 15]


# --- reading --------------------------------------------------------------------------------------


@pytest.fixture
def shop(home, tmp_path):
    """An inbox with mappings of a shop that exports in every way."""
    folder = tmp_path / "config" / "exports"
    folder.mkdir(parents=True)
    plain = SOUND.split("  - name", 1)[1]
    one = "  - name" + plain
    streams = one.split("    streams:\n")[1]

    def export(name, header, more="", body=streams):
        return f"  - name: {name}\n    header: {header}\n{more}    streams:\n{body}"

    text = "tool: shop\nexports:\n" + "".join(
        [
            one,
            export("sales_long", "[No, When, Total, Tax]"),
            export("old", "[No, When, Total, Straße]", "    encoding: cp1252\n"),
            export("wide", "[No, When, Total, Größe]", "    encoding: utf-16\n"),
            export("api", "[No, When, Total]", "    format: json\n    records: data.items\n"),
            export("events", "[No, When, Total]", "    format: jsonl\n"),
        ]
    )
    (folder / "shop.yml").write_text(text)
    config = tmp_path / "config"
    return replace(home, settings=replace(home.settings, config_dir=config))


ROW = {"No": "1", "When": "2026-03-01T00:00:00Z", "Total": "5"}


def test_an_export_is_known_by_its_header(shop):
    found = shop.land_one("shop", "a.csv", "No,When,Total,Other\n1,x,5,y\n")
    assert (found.report.source, found.report.stream) == ("shop", "sales")
    assert found.columns == ("No", "When", "Total", "Other")
    assert found.report.path == shop.inbox / "_done" / "shop" / "a.csv"
    # of two that fit, the one that names more columns
    assert (
        shop.land_one("shop", "b.csv", "tax,TOTAL,no,when\n1,2,3,4\n").report.stream == "sales_long"
    )


def test_a_header_that_fits_nothing_fails_and_names_both(shop):
    found = shop.land_one("shop", "a.csv", "No,When,Sum\n1,2,3\n")
    assert found.report.outcome == "failed"
    assert (
        "Expected: sales: No, When, Total; sales_long: No, When, Total, Tax" in found.report.reason
    )
    assert "Found: No, When, Sum" in found.report.reason
    assert "config/exports/shop.yml" in found.report.reason


def test_another_format_than_declared_fails(shop):
    found = shop.land_one("shop", "a.parquet", b"x")
    assert "shop exports csv or json or jsonl by its mapping, not parquet" in found.report.reason


@pytest.mark.parametrize(
    ("name", "text", "encoding"),
    [
        ("old", "No;When;Total;Straße\n1;x;5;Köln\r\n2;y;6;“quoted” €\n", "cp1252"),
        ("wide", "No,When,Total,Größe\n1,x,5,Köln\r\n2,y,6,\U0001f389\n", "utf-16"),
    ],
)
def test_a_declared_encoding_is_read(shop, name, text, encoding):
    found = shop.land_one("shop", "a.csv", text.encode(encoding))
    assert found.report.outcome == "landed", found.report.reason
    assert found.report.stream == name
    assert found.columns == tuple(text.replace(";", ",").split("\n")[0].split(","))
    values = [tuple(line.strip().replace(";", ",").split(",")) for line in text.split("\n")[1:3]]
    assert found.values == values
    manifest = landing.find_batch(shop.root, found.report.batch_id)
    assert manifest.file.encoding == encoding
    assert manifest.file.bytes == len(text.encode(encoding))


def test_a_byte_that_has_no_meaning_in_the_declared_encoding_fails_its_row(shop):
    text = "No;When;Total;Straße\n1;x;5;Köln\n2;y;6;?\n".encode("cp1252")
    found = shop.land_one("shop", "a.csv", text.replace(b"?", b"\x81"))
    assert found.lines == [2]
    assert found.rejects[0][0] == 3
    assert "byte 0x81" in found.rejects[0][3]


def test_utf_16_that_is_cut_in_a_character_fails(shop):
    text = "No,When,Total,Größe\n1,x,5,Köln\n".encode("utf-16")
    found = shop.land_one("shop", "a.csv", text[:-1])
    assert "the file is not utf-16, as its mapping declares" in found.report.reason


def test_records_of_a_document_are_found_by_their_path(shop):
    document = {"data": {"items": [ROW, {**ROW, "No": 2**63, "tags": ["a"]}, 7]}, "next": None}
    found = shop.land_one("shop", "a.json", json.dumps(document, indent=2))
    assert found.report.stream == "api"
    assert [row["No"] for _, row in found.rows] == ["1", str(2**63)]
    assert found.rows[1][1]["tags"] == '["a"]'
    assert (found.lines, [r[0] for r in found.rejects]) == ([1, 2], [3])
    for text, reason in (
        ('{"data": {"items": {}}}', "no list of records at data.items, but object"),
        ('{"data": 1}', "but nothing"),
        ("{", "not a JSON document"),
        ('{"data": {"items": []}}', "is empty"),
        ("", "is empty"),
    ):
        assert reason in shop.land_one("shop", "b.json", text).report.reason


def test_json_lines_of_a_tool(shop):
    found = shop.land_one("shop", "a.jsonl", json.dumps(ROW) + "\n" + json.dumps({"x": 1}))
    assert (found.report.stream, found.columns) == ("events", ("No", "When", "Total", "x"))
    missing = shop.land_one("shop", "b.jsonl", '{"No": 1}')
    assert "Expected: events: No, When, Total" in missing.report.reason


def test_a_decimal_comma_is_read_where_a_column_stands_for_itself(tmp_path):
    text = SOUND.replace("- name: sales", "- name: sales\n    decimal: ','")
    for old, new in (
        ("        group_by: [No]\n", ""),
        ("sum(paid)", "Total"),
        ("min(", "("),
        ("No is not null", "1 = 1"),
    ):
        text = text.replace(old, new)
    text = text.replace(
        '          paid: {sql: "try_cast(Total as decimal(18, 4))", required: true}\n', ""
    )
    text = text.replace("        rows:\n", "") + "          customer_id: Total\n"
    assert problems_of(tmp_path, text) == []
    exports = load_exports(tmp_path)
    assert exports[0].streams["orders"].columns["customer_id"] == "Total"  # an id is no number
    path = tmp_path / "a.csv"
    moment = "2026-03-01T00:00:00Z"
    path.write_text(f"No;When;Total\n1;{moment};12,5\n2;{moment};1.012,5\n3;{moment};7\n")
    found = check_file(path, "shop", exports)
    # a dot is a thousands sign there, which no number may have
    assert found.streams == {"orders": 2}
    assert [(r.line, r.reason.split(":")[0]) for r in found.refusals] == [(3, "gross_amount")]


# --- what is shipped ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exports(project):
    return load_exports(EXAMPLE)


def test_the_shipped_mappings(exports):
    assert [(e.tool, e.name, tuple(e.streams)) for e in exports] == [
        ("aspire", "members", ("creators", "creator_accounts")),
        ("aspire", "posts", ("posts", "post_metrics")),
        ("dub", "clicks", ("clicks",)),
        ("ga4_export", "purchases", ("orders", "refunds")),
        ("grin", "creators", ("creators", "creator_accounts")),
        ("grin", "content", ("posts", "post_metrics")),
        ("impact", "actions", ("payments",)),
        ("impact", "clicks", ("clicks",)),
        ("online_retail", "invoice_lines", ("orders", "refunds")),
        ("refersion", "webhooks", ("payments",)),
        ("refersion", "conversions", ("payments",)),
        ("shopify_export", "orders", ("orders", "refunds", "customers")),
        ("stripe", "payments", ("orders", "refunds", "customers")),
        ("stripe", "payments_with_metadata", ("orders", "refunds", "customers")),
        ("upfluence", "list", ("creators", "creator_accounts")),
        ("upfluence", "posts", ("posts", "post_metrics")),
        ("woocommerce", "orders", ("orders", "customers")),
        ("woocommerce", "order_lines", ("orders", "customers")),
        ("woocommerce", "refunds", ("refunds",)),
        ("woocommerce", "refund_lines", ("refunds",)),
        ("woocommerce", "analytics", ("orders", "refunds")),
        ("youtube_trending", "videos", ("posts", "post_metrics", "profiles")),
    ]


SAMPLES = {
    ("aspire", "members"): ["77", "a@x.example", "zoe", "", "", "DE"],
    ("aspire", "posts"): ["https://instagram.com/p/Cx1/?igsh=1", "Instagram", "zoe", "2026-02-28",
                          "2026-03-01", "Hi #ad", "5", "1", "", "", "", "90"],
    ("grin", "creators"): ["Zoë", "Ash", "Z@x.example", "US", "@zoe"],
    ("grin", "content"): ["https://www.youtube.com/watch?v=abc-_1", "YouTube", "zoe", "2026-02-28",
                          "2026-03-01", "Hi", "5", "1", "90", "100"],
    ("upfluence", "list"): ["9", "https://tiktok.com/@zoe?lang=de", "Zoe", "Zoe", "Ash", "", "FR"],
    ("upfluence", "posts"): ["9", "https://x.com/zoe/status/77", "x", "zoe", "2026-02-28T10:00:00Z",
                             "2026-03-01T00:00:00Z", "Hi", "5", "1", "90", "80", "100"],
}  # fmt: skip


@pytest.mark.parametrize("sample", SAMPLES, ids=".".join)
def test_a_row_of_each_named_tool_loads_in_each_stream(exports, tmp_path, sample):
    tool, name = sample
    export = next(e for e in exports if (e.tool, e.name) == sample)
    path = tmp_path / "export.csv"
    with path.open("w", newline="") as out:
        csv.writer(out).writerows([export.header, SAMPLES[sample]])
    found = check_file(path, tool, exports)
    assert (found.target.stream, found.refusals) == (name, ())
    assert found.streams == dict.fromkeys(export.streams, 1)


def mapped(exports, tool, path):
    """Return the rows that a file gives each stream, typed as staging types them."""
    import duckdb

    from reachline.inbox.casts import typed_select
    from reachline.inbox.mapping_sql import mapped_rows

    export = next(e for e in exports if e.tool == tool)
    result = {}
    with duckdb.connect() as con:
        source = f"read_csv('{path}', all_varchar = true, header = true, quote = '\"')"
        con.execute(f"create table raw as select *, row_number() over () as line from {source}")
        for stream, mapping in export.streams.items():
            mapped = f"({mapped_rows(mapping, 'raw')})"
            typed = typed_select(stream, list(mapping.columns), mapped, ["line"])
            result[stream] = con.sql(typed).to_arrow_table().to_pylist()
    return result


def test_the_account_of_a_tiktok_address(exports, tmp_path):
    path = tmp_path / "a.csv"
    with path.open("w", newline="") as out:
        export = next(e for e in exports if e.tool == "upfluence")
        csv.writer(out).writerows([export.header, SAMPLES["upfluence", "list"]])
    (account,) = mapped(exports, "upfluence", path)["creator_accounts"]
    assert (account["platform"], account["handle"], account["creator_id"]) == (
        "tiktok", "zoe", "upfluence:9",
    )  # fmt: skip


VIDEOS = [
    # id, title, channel, tags, views, likes, comments, comments off, ratings off, description
    ("aaaaaaaaaaa", "One", "UC1", "Tea|#Chai|Green Tea", 100, 10, 0, "True", "False", "l1\r\rl2"),
    ("bbbbbbbbbbb", 'Two, "2"', "UC1", "[none]", 200, 0, 5, "False", "True", "x\ny\r\n#tea"),
    ("aaaaaaaaaaa", "One", "UC1", "Tea|#Chai|Green Tea", 101, 11, 0, "True", "False", "l1"),
]


def write_videos(path):
    header = ("video_id,title,publishedAt,channelId,channelTitle,categoryId,trending_date,tags,"
              "view_count,likes,dislikes,comment_count,thumbnail_link,comments_disabled,"
              "ratings_disabled,description")  # fmt: skip
    with path.open("w", newline="", encoding="utf-8") as out:
        out.write(header + "\r\n")
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        for vid, title, channel, tags, views, likes, comments, no_c, no_r, text in VIDEOS:
            writer.writerow([vid, title, "2018-10-30T23:00:04.000Z", channel, "Chan", 1, "18.01.11",
                             tags, views, likes, 3, comments, "u", no_c, no_r, text])  # fmt: skip


def test_videos_like_those_of_youtube_trending(home, exports, tmp_path):
    path = tmp_path / "18.01.11_XX_videos.csv"
    write_videos(path)
    found = home.land_one("youtube_trending", path.name, path.read_bytes())
    assert (found.report.stream, found.report.rows, found.rejects) == ("videos", 3, [])
    assert [row["description"] for _, row in found.rows] == [row[-1] for row in VIDEOS]
    assert found.lines == [2, 3, 6]
    rows = mapped(exports, "youtube_trending", path)
    assert [r["reject_reason"] for rs in rows.values() for r in rs] == [None] * 9
    first, second, _ = rows["posts"]
    assert str(first["observed_at"]) == "2018-11-01 23:59:59"  # YY.DD.MM, the end of that day
    assert (first["hashtags"], second["hashtags"]) == (["tea", "chai", "green tea"], None)
    assert second["text"] == 'Two, "2"\nx\ny\r\n#tea'
    assert first["permalink"] == "https://www.youtube.com/watch?v=aaaaaaaaaaa"
    metrics = [(r["views"], r["likes"], r["comments"]) for r in rows["post_metrics"]]
    # where comments or ratings are off, their counts are not reported
    assert metrics == [(100, 10, None), (200, None, 5), (101, 11, None)]
    assert rows["profiles"][0]["display_name"] == "Chan"


LINES = """\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1001,22745,POPPY'S PLAYHOUSE,6,2010-12-01 08:26:00,2.1,17850.0,United Kingdom
1001,22745,POPPY'S PLAYHOUSE,6,2010-12-01 08:26:00,2.1,17850.0,United Kingdom
1001,POST,POSTAGE,1,2010-12-01 08:27:00,18.0,17850.0,France
1002,22748,KITCHEN,3,2010-07-01 12:00:00,1.1,,United Kingdom
C1003,22748,KITCHEN,-2,2010-12-01 09:00:00,1.1,17850.0,United Kingdom
C1003,POST,POSTAGE,-1,2010-12-01 09:00:00,5.0,17850.0,United Kingdom
1004,21777,,-10,2010-12-01 16:50:00,0.0,,United Kingdom
1005,AMAZONFEE,AMAZON FEE,1,2010-12-01 16:50:00,13541.33,,United Kingdom
A1006,B,Adjust bad debt,1,2010-12-01 14:50:00,11062.06,,United Kingdom
1007,22748,KITCHEN,many,2010-12-01 09:00:00,1.1,17850.0,United Kingdom
"""


def test_invoices_like_those_of_online_retail(home, exports, tmp_path):
    path = tmp_path / "2010-12-01.csv"
    path.write_text(LINES)
    found = home.land_one("online_retail", path.name, LINES)
    assert (found.report.stream, found.report.rows) == ("invoice_lines", 10)
    rows = mapped(exports, "online_retail", path)
    assert [r["reject_reason"] for rs in rows.values() for r in rs] == [None] * 3
    orders = {r["order_id"]: r for r in rows["orders"]}
    assert sorted(orders) == ["1001", "1002"]
    # two equal lines are two; postage is shipping: 2 x 6 x 2.10 and 18.00
    assert (str(orders["1001"]["gross_amount"]), str(orders["1001"]["shipping_amount"])) == (
        "25.2000", "18.0000",
    )  # fmt: skip
    assert (orders["1001"]["customer_id"], orders["1002"]["customer_id"]) == ("17850", None)
    assert str(orders["1001"]["ordered_at"]) == "2010-12-01 08:26:00"
    assert str(orders["1002"]["ordered_at"]) == "2010-07-01 11:00:00"  # summer time in the shop
    (refund,) = rows["refunds"]
    assert (refund["refund_id"], refund["order_id"], str(refund["amount"])) == (
        "C1003", "C1003", "2.2000",
    )  # fmt: skip
    checked = check_file(path, "online_retail", exports)
    # stock correction, fee, bad debt, and a quantity that is none feed no stream
    assert [r.line for r in checked.refusals] == [8, 9, 10, 11]


def real(folder):
    base = Path(os.environ.get("REACHLINE_REAL_DATA", Path(__file__).parents[4] / "shared/data"))
    return sorted((base / folder).glob("*.csv"))


@pytest.mark.parametrize("tool", ["youtube_trending", "online_retail"])
def test_the_real_files_land_whole(home, tmp_path, tool):
    """On the real files where they are (REACHLINE_REAL_DATA), else on files made like them."""
    paths = real(tool)[:4]
    if not paths:
        paths = [tmp_path / "18.01.11_XX_videos.csv"]
        if tool == "youtube_trending":
            write_videos(paths[0])
        else:
            paths[0].write_text(LINES)
    for path in paths:
        home.drop(tool, path.name, path.read_bytes())
    reports = home.land().files
    assert [f.outcome for f in reports] == ["landed"] * len(paths)
    for path, report in zip(paths, reports, strict=True):
        with path.open(newline="", encoding="utf-8") as lines:
            expected = list(csv.reader(lines))
        found = home.read(report)
        assert found.columns == tuple(expected[0])
        assert found.values == [tuple(v or None for v in row) for row in expected[1:]]
        assert found.rejects == []
        text = path.read_bytes().split(b"\n")
        starts = [text[line - 1].lstrip(b'"') for line in found.lines]
        assert all(
            start.startswith(str(row[0]).encode())
            for start, row in zip(starts, found.values, strict=True)
        )
