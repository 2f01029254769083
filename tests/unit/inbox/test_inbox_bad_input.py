"""Bad input: where the good rows, the bad rows, the file and the reason end up."""

from __future__ import annotations

import gzip

import pytest

from reachline.inbox import unpack

pytestmark = pytest.mark.usefixtures("both_ways")

ORDERS = "order_id,ordered_at,currency,gross_amount,status"
GOOD = ORDERS.replace(",", ";")


def order(number: int, status: str = "placed") -> str:
    return f"o{number},2026-03-01T10:00:00Z,USD,1{number}.50,{status}"


def landed(home, content, name="orders.csv"):
    found = home.land_one("orders", name, content)
    assert found.report.outcome == "landed", found.report.reason
    assert found.report.path == home.inbox / "_done" / "orders" / name
    assert found.report.path.exists()
    return found


def failed(home, content, name="orders.csv", folder="orders"):
    found = home.land_one(folder, name, content)
    assert found.report.outcome == "failed"
    assert found.report.path == home.inbox / "_failed" / folder / name
    assert found.report.path.exists()
    reason = found.report.path.with_name(name + ".reason.txt").read_text()
    assert reason == f"{folder}/{name}: {found.report.reason}\n"
    assert not list(home.root.rglob("*.parquet"))
    return found.report.reason


def ids(found):
    return [row["order_id"] for _, row in found.rows]


def test_an_empty_file_fails(home):
    assert "the file is empty: not even a header" in failed(home, b"")


@pytest.mark.parametrize("content", [b"\n\n\n", b"\xef\xbb\xbf", b"  \r\n"])
def test_a_file_of_blank_lines_fails(home, content):
    assert "the file is empty" in failed(home, content)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_header_alone_lands_no_rows(home, end):
    found = landed(home, ORDERS + end)
    assert found.rows == []
    assert found.columns == tuple(ORDERS.split(","))


def test_a_clean_file_lands_with_its_lines(home):
    found = landed(home, "\n".join([ORDERS, order(1), order(2), ""]))
    assert found.rows == [
        (
            2,
            {
                "order_id": "o1",
                "ordered_at": "2026-03-01T10:00:00Z",
                "currency": "USD",
                "gross_amount": "11.50",
                "status": "placed",
            },
        ),
        (3, found.rows[1][1]),
    ]
    assert found.rejects == []


def test_a_bom_is_no_part_of_the_first_name(home):
    found = landed(home, b"\xef\xbb\xbf" + f"{ORDERS}\n{order(1)}\n".encode())
    assert found.columns[0] == "order_id"
    assert ids(found) == ["o1"]


def test_a_bom_before_a_quoted_header(home):
    header = ",".join(f'"{name}"' for name in ORDERS.split(","))
    found = landed(home, b"\xef\xbb\xbf" + f"{header}\n{order(1)}\nx\n".encode())
    assert found.columns == tuple(ORDERS.split(","))
    assert (ids(found), found.lines, len(found.rejects)) == (["o1"], [2], 1)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_fails_and_is_told(home, encoding):
    reason = failed(home, f"{ORDERS}\n{order(1)}\n".encode(encoding))
    assert "the file is not UTF-8: byte 0x" in reason
    assert f"`encoding: {encoding}`" in reason


def test_cp1252_fails_and_names_byte_position_guess_and_option(home):
    text = f"{ORDERS},customer_id\n{order(1)},Zoe\n{order(2)},Zoé\n{order(3)},Müller\n"
    reason = failed(home, text.encode("cp1252"))
    at = text.index("é")
    assert f"byte 0xE9 at position {at} (line 3)" in reason
    assert "it looks like cp1252" in reason
    assert "`encoding: cp1252` in config/exports/<tool>.yml" in reason


def test_cp1252_in_the_header_fails(home):
    reason = failed(home, f"{ORDERS},Größe\n{order(1)},1\n".encode("cp1252"))
    assert "byte 0xF6 at position 51 (line 1)" in reason


def test_a_few_rows_of_another_encoding_are_refused_alone(home):
    rows = [f"{order(n)},Zoë".encode() for n in range(1, 5)]
    rows[1] = f"{order(2)},Zoë".encode("cp1252")
    found = landed(home, b"\n".join([f"{ORDERS},customer_id".encode(), *rows]))
    assert (ids(found), found.lines) == (["o1", "o3", "o4"], [2, 4, 5])
    assert found.rejects == [
        (
            3,
            "o2,2026-03-01T10:00:00Z,USD,12.50,placed,Zo\\xeb",
            "customer_id",
            "byte 0xEB at position 43 of the row is not UTF-8",
        )
    ]


def test_one_damaged_row_in_a_long_ascii_file_is_refused_alone(home):
    rows = [order(n).encode() for n in range(400)]
    rows[200] += b"\xff"
    found = landed(home, b"\n".join([ORDERS.encode(), *rows]))
    assert len(found.rows) == 399
    assert [reject[0] for reject in found.rejects] == [202]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system(home, end):
    found = landed(home, end.join([ORDERS, order(1), order(2), order(3), ""]))
    assert (ids(found), found.lines) == (["o1", "o2", "o3"], [2, 3, 4])
    assert found.rows[0][1]["status"] == "placed"


def test_mixed_line_ends(home):
    text = f"{ORDERS}\r\n{order(1)}\n{order(2)}\r\n\n{order(3)}\rwrong\n{order(4)}"
    found = landed(home, text)
    assert (ids(found), found.lines) == (["o1", "o2", "o3", "o4"], [2, 3, 5, 7])
    assert [(r[0], r[1]) for r in found.rejects] == [(6, "wrong")]


def test_line_ends_inside_cells_stay_and_lines_are_physical(home):
    cells = ["a\nb", "a\rb", "a\r\nb", "a\r\n\nb"]
    rows = [f'{order(n)},"{cell}"' for n, cell in enumerate(cells)]
    found = landed(home, "\n".join([f"{ORDERS},customer_id", *rows, order(9), order(8) + ",z"]))
    assert [row["customer_id"] for _, row in found.rows] == [*cells, "z"]
    # o0 takes lines 2-3, o1 line 4 (a lone CR in a cell ends no line), o2 5-6, o3 7-9
    assert found.lines == [2, 4, 5, 7, 11]
    assert [(r[0], r[3]) for r in found.rejects] == [
        (10, "5 values, where the header names 6 columns")
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_without_a_fault_but_of_long_rows_has_its_lines(home, end):
    """DuckDB takes it whole, and still a row is not a line."""
    rows = [f'{order(1)},"a{end}b"', order(2) + ",c", f'{order(3)},"{end}"', order(4) + ","]
    found = landed(home, end.join([f"{ORDERS},customer_id", *rows, ""]))
    assert (ids(found), found.lines) == (["o1", "o2", "o3", "o4"], [2, 4, 5, 7])
    assert found.rows[0][1]["customer_id"] == f"a{end}b"


def test_nul_bytes_fail_their_rows(home):
    text = f"{ORDERS}\n{order(1)}\no\x002,x,USD,1,placed\n{order(3)}\n"
    found = landed(home, text)
    assert (ids(found), found.lines) == (["o1", "o3"], [2, 4])
    assert found.rejects == [
        (3, "o\\x002,x,USD,1,placed", "order_id", "a NUL byte at position 1 of the row")
    ]


def test_a_nul_byte_in_the_header_fails_the_file(home):
    assert "a NUL byte at position 3, in the header" in failed(home, f"ord\x00{ORDERS}\n")


def test_a_block_of_nuls_where_a_write_was_cut(home):
    text = f"{ORDERS}\n{order(1)}\n".encode() + b"\x00" * 4096 + f"\n{order(2)}\n".encode()
    found = landed(home, text)
    assert ids(found) == ["o1", "o2"]
    assert found.rejects[0][0] == 3


def test_ragged_rows(home):
    text = "\n".join(
        [ORDERS, "short,1", order(1), order(2) + ",more", order(3) + ",,", "long" + ","]
    )
    found = landed(home, text)
    # values that are empty and too many lose nothing
    assert (ids(found), found.lines) == (["o1", "o3"], [3, 5])
    assert [(r[0], r[3]) for r in found.rejects] == [
        (2, "2 values, where the header names 5 columns"),
        (4, "6 values, where the header names 5 columns"),
        (6, "2 values, where the header names 5 columns"),
    ]


def test_a_quote_that_is_never_closed_takes_one_line_only(home):
    text = f'{ORDERS}\n{order(1)}\n"open,2026\n{order(2)}\n{order(3)}\n'
    found = landed(home, text)
    assert (ids(found), found.lines) == (["o1", "o2", "o3"], [2, 4, 5])
    assert found.rejects == [(3, '"open,2026', None, "a quote is opened and never closed")]


def test_text_behind_a_closing_quote(home):
    text = f'{ORDERS}\n"o0"x,2,USD,1,placed\n{order(1)}\n"o2" ,2, "USD" ,1,placed\n'
    found = landed(home, text)
    assert (ids(found), found.lines) == (["o1", "o2"], [3, 4])
    assert found.rows[1][1]["currency"] == "USD"
    assert found.rejects[0][:2] == (2, '"o0"x,2,USD,1,placed')


def test_quotes_inside_a_value_are_characters(home):
    text = f'{ORDERS},customer_id\n{order(1)},5" vinyl\n{order(2)},"say ""hi"""\n'
    found = landed(home, text)
    assert [row["customer_id"] for _, row in found.rows] == ['5" vinyl', 'say "hi"']


def test_blank_lines_are_no_rows(home):
    found = landed(home, f"{ORDERS}\n\n{order(1)}\n\n\n{order(2)}\n\n")
    assert (ids(found), found.lines, found.rejects) == (["o1", "o2"], [3, 6], [])


def test_empty_values_are_null(home):
    found = landed(home, f'{ORDERS}\n{order(1, "")}\n,"",USD,,NULL\n')
    assert found.values[0][-1] is None
    assert found.values[1] == (None, None, "USD", None, "NULL")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_read_from_the_header(home, delimiter):
    text = "\n".join([ORDERS, order(1), "x" + order(2) + ",1,2", order(3)])
    found = landed(home, text.replace(",", delimiter))
    assert (ids(found), found.lines) == (["o1", "o3"], [2, 4])
    assert len(found.rejects) == 1


def test_a_delimiter_in_a_quoted_name_decides_nothing(home):
    found = landed(home, f'{GOOD};"a,b,c,d,e,f,g"\n' + order(1).replace(",", ";") + ";x\n")
    assert found.columns[-1] == "a,b,c,d,e,f,g"
    assert ids(found) == ["o1"]


def test_unknown_columns_stay_in_landing(home):
    found = landed(home, f"{ORDERS},Memo to self,\n{order(1)},hi,there\n")
    assert found.columns[-2:] == ("Memo to self", "column_7")
    assert found.values[0][-2:] == ("hi", "there")


def test_a_missing_required_column_fails_the_file(home):
    reason = failed(home, f"order_id,ordered_at,gross_amount\n{order(1)}\n")
    assert "required columns of orders are missing: currency, status" in reason
    assert "The file has: order_id, ordered_at, gross_amount" in reason


def test_a_file_without_header_fails_by_its_columns(home):
    assert "required columns of orders are missing" in failed(home, f"{order(1)}\n{order(2)}\n")


def test_a_file_that_deletes_needs_the_key_alone(home):
    found = landed(home, "order_id,is_deleted\no1,true\n")
    assert found.values == [("o1", "true")]


def test_names_are_trimmed_and_compared_without_case(home):
    found = landed(home, f" Order_ID , ordered_at,CURRENCY,gross_amount,status\n{order(1)}\n")
    assert found.columns[:3] == ("Order_ID", "ordered_at", "CURRENCY")


@pytest.mark.parametrize("again", ["status", "STATUS", " status "])
def test_a_column_named_twice_fails_the_file(home, again):
    reason = failed(home, f"{ORDERS},{again}\n{order(1)},x\n")
    assert f"the header names columns twice: {again.strip()}" in reason


def test_names_that_staging_uses_itself_are_set_aside(home):
    found = landed(home, f"{ORDERS},line,filename,Batch_ID\n{order(1)},1,2,3\n")
    assert found.columns[-3:] == ("line_", "filename_", "Batch_ID_")


def test_every_script_arrives_as_it_is(home):
    handle = "x" * 300
    texts = ["🎉👩‍👩‍👧", "مرحبا بالعالم", "#Ünï #ÜNÏ #ünï #uNï", "é", handle, "9007199254740993"]
    rows = [f"{order(n)},{text}" for n, text in enumerate(texts)]
    found = landed(home, "\n".join([f"{ORDERS},customer_id", *rows]))
    assert [row["customer_id"] for _, row in found.rows] == texts


def test_values_that_do_not_cast_arrive_as_text(home):
    rows = ["o1,0001-01-01T00:00:00Z,USD,-5,placed", "o2,2024-02-29T23:00:00+14:00,?,1e400,x"]
    found = landed(home, "\n".join([ORDERS, *rows]))
    assert [",".join(row) for row in found.values] == rows


def test_a_line_of_8_mb_and_more_is_refused_and_the_others_arrive(home):
    long = f"{order(2)},{'x' * (8 * 1024 * 1024 + 1)}"
    found = landed(
        home, "\n".join([f"{ORDERS},customer_id", order(1) + ",a", long, order(3) + ",b"])
    )
    assert (ids(found), found.lines) == (["o1", "o3"], [2, 4])
    ((line, raw, _, reason),) = found.rejects
    assert line == 3
    assert f"{len(long)} bytes long; up to 8388608 are read" in reason
    assert raw.startswith("o2,")
    assert len(raw) < 11_000


def test_a_long_row_below_the_limit_arrives(home):
    long = "y" * (8 * 1024 * 1024 - 100)
    found = landed(home, f"{ORDERS},customer_id\n{order(1)},{long}\n{order(2)},z\nwrong\n")
    assert [row["customer_id"] for _, row in found.rows] == [long, "z"]


def test_an_open_quote_before_more_than_a_row_may_hold(home):
    rows = [order(n) for n in range(250_000)]
    found = landed(home, "\n".join([ORDERS, '"open', *rows]))
    assert len(found.rows) == 250_000
    assert found.lines[0] == 3
    assert [(r[0], r[1]) for r in found.rejects] == [(2, '"open')]


def test_names_with_everything_in_them(home):
    names = [
        "a b.csv",
        'o\'brien "x".csv',
        "x..\\..%2f..%2f.csv",
        "--.csv",
        "*?[a].csv",
        "ü;$(x).csv",
    ]
    for number, name in enumerate(names):
        home.drop("orders", name, f"{ORDERS}\n{order(number)}\n")
    report = home.land()
    assert [file.outcome for file in report.files] == ["landed"] * len(names)
    done = {path.name for path in (home.inbox / "_done" / "orders").iterdir()}
    assert done == set(names)
    found = {file.name: ids(home.read(file)) for file in report.files}
    assert found == {name: [f"o{number}"] for number, name in enumerate(names)}


def test_a_name_that_is_no_text_and_one_too_long(home):
    path = home.drop("orders", "x.csv", f"{ORDERS}\n{order(1)}\n")
    path.rename(path.parent / b"bad\xff\nname.csv".decode("utf-8", "surrogateescape"))
    home.drop("orders", "y" * 251 + ".csv", "nothing\n")
    bad, long = home.land().files
    assert (bad.outcome, bad.name) == ("landed", "bad\\xff\\x0aname.csv")
    assert bad.path.exists()
    assert long.outcome == "failed"
    assert long.path.exists()
    assert long.path.with_name(long.path.name + ".reason.txt").exists()


def test_a_bad_file_stops_no_other(home):
    home.drop("orders", "a.csv", b"\x00\xff\xfe")
    home.drop("orders", "b.xlsx", b"no workbook")
    home.drop("orders", "c.parquet", b"no parquet")
    home.drop("orders", "d.csv.gz", b"no gzip")
    home.drop("orders", "e.csv", f"{ORDERS}\n{order(1)}\n")
    home.drop("posts", "f.csv", "x\n")
    report = home.land()
    assert [f.outcome for f in report.files] == ["failed"] * 4 + ["landed", "failed"]


def test_a_reader_that_breaks_fails_its_file_only(home, monkeypatch):
    from reachline.inbox import land

    read = land.read_delimited

    def breaks(source, header, *rest):
        if "customer_id" in header.columns:
            raise RuntimeError("what nobody foresaw")
        return read(source, header, *rest)

    monkeypatch.setattr(land, "read_delimited", breaks)
    home.drop("orders", "a.csv", f"{ORDERS},customer_id\n{order(1)},x\n")
    home.drop("orders", "b.csv", f"{ORDERS}\n{order(1)}\n")
    first, second = home.land().files
    assert (first.outcome, second.outcome) == ("failed", "landed")
    assert "RuntimeError: what nobody foresaw" in first.reason


HEAD = b"creator_id,creator_name,country"


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
@pytest.mark.parametrize("packing", [bytes, gzip.compress], ids=["plain", "gz"])
def test_a_header_that_stands_again_is_no_row_and_is_told_of(home, end, mark, packing):
    lines = [
        mark + HEAD,
        b"cr-1,Ana,AT",
        mark + HEAD,
        mark + HEAD,
        b'cr-2,"Ben, B",DE',
        mark + HEAD,
    ]
    name = "a.csv.gz" if packing is gzip.compress else "a.csv"
    found = home.land_one("creators", name, packing(end.join(lines)))
    assert found.values == [("cr-1", "Ana", "AT"), ("cr-2", "Ben, B", "DE")]
    assert (found.lines, found.rejects) == ([2, 5], [])
    said = "its header stands again on line 3 and 2 more: no rows; was it put together of several?"
    assert (found.report.reason, found.report.rejected) == (said, 0)


def test_a_quoted_header_of_two_lines_that_stands_again_keeps_the_lines_of_rows(home):
    head = '"creator_id","creator_name","a\nnote"'
    found = home.land_one("creators", "a.csv", f"{head}\ncr-1,Ana,x\n{head}\ncr-2,Ben,y\n")
    assert [row["creator_id"] for _, row in found.rows] == ["cr-1", "cr-2"]
    assert found.lines == [3, 6]


def test_a_header_within_a_value_is_a_value(home):
    text = f'{HEAD.decode()}\ncr-1,"{HEAD.decode()}",AT\ncr-2,{HEAD.decode()}\n'
    found = home.land_one("creators", "a.csv", text)
    assert found.values == [("cr-1", HEAD.decode(), "AT")]
    assert [line for line, *_ in found.rejects] == [3]
    assert found.report.reason == ""


def test_a_header_on_the_seam_of_two_chunks_is_found(tmp_path):
    path = tmp_path / "a.csv"
    for before in range(len(HEAD) + 2):
        path.write_bytes(
            HEAD + b"\n" + b"x" * (unpack._CACHED - 2 * len(HEAD) + before) + b"\n" + HEAD
        )
        assert unpack.text_facts(path, find=HEAD).finds == 2
