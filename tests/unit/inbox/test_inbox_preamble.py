"""What in a tool's file is no data: lines before its header, and rows of totals."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from reachline import landing
from reachline.inbox import row_filter
from reachline.inbox.check import check_file
from reachline.inbox.exports import load_exports
from reachline.landing.manifests import parse_manifest
from tests.unit.inbox.homes import Home

MAPPING = """\
tool: tool
exports:
  - name: {name}
    format: {format}
    encoding: {encoding}
    preamble: true
    totals: {{No: ["", Total], Note: ["", Sum]}}
    header: [No, When, Amount, Note]
    streams:
      orders:
        columns:
          order_id: No
          ordered_at: '"When"'
          currency: "'EUR'"
          gross_amount: Amount
          status: "'placed'"
"""


def home_of(home: Home, tmp_path: Path, **options: str) -> Home:
    """A home whose one tool exports as told, with lines before the header and rows of totals."""
    folder = tmp_path / "config" / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    told = {"name": "sales", "format": "csv", "encoding": "utf-8", **options}
    (folder / "tool.yml").write_text(MAPPING.format(**told))
    return replace(home, settings=replace(home.settings, config_dir=folder.parent))


@pytest.fixture
def tool(home: Home, tmp_path: Path) -> Home:
    return home_of(home, tmp_path)


def row(number: int, note: str = "n") -> str:
    return f"{number},2026-03-01T00:00:00Z,{number}.5,{note}"


def origin(home: Home, batch_id: str | None) -> landing.FileOrigin:
    manifest = landing.find_batch(home.root, str(batch_id))
    assert manifest.file is not None
    return manifest.file


BEFORE = ["# ----", "# Report, with a comma", '# an open " quote', "", "No,When", "# ----"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_lines_before_the_header_are_kept_and_are_no_rows(tool: Home, mark: bytes, end: str):
    text = end.join([*BEFORE, "When,NO,Note,Amount", "2026-03-01T00:00:00Z,1,n,5", row(2), ""])
    found = tool.land_one("tool", "a.csv", mark + text.encode())
    assert (found.report.outcome, found.report.stream) == ("landed", "sales")
    assert found.columns == ("When", "NO", "Note", "Amount")
    assert found.lines == [8, 9]
    assert found.values[0] == ("2026-03-01T00:00:00Z", "1", "n", "5")
    assert found.report.reason == "its header stands on line 7: what is before it are no rows"
    assert origin(tool, found.report.batch_id).preamble == tuple(BEFORE)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_that_of_the_header_not_of_what_stands_before(
    tool: Home, delimiter: str
) -> None:
    lines = [
        "a,b,c,d,e",
        "No,When,Amount,Note".replace(",", delimiter),
        row(1).replace(",", delimiter),
    ]
    found = tool.land_one("tool", "a.csv", "\n".join(lines))
    assert (found.lines, found.values[0][2]) == ([3], "1.5")


def test_a_header_that_comes_first_has_nothing_before_it(tool: Home) -> None:
    found = tool.land_one("tool", "a.csv", f"No,When,Amount,Note\n{row(1)}\n")
    assert (found.lines, found.report.reason) == ([2], "")
    assert origin(tool, found.report.batch_id).preamble == ()


def test_a_header_over_two_lines_is_found(tool: Home) -> None:
    found = tool.land_one("tool", "a.csv", f'# top\nNo,When,Amount,Note,"and\nmore"\n{row(1)},x\n')
    assert (found.lines, found.columns[-1]) == ([4], "and\nmore")


def test_without_a_header_below_the_file_fails_and_names_what_stands_first(tool: Home) -> None:
    found = tool.land_one("tool", "a.csv", "# top\n# more\nNo,When,Amount\n1,2,3\n")
    assert found.report.outcome == "failed"
    assert "Expected: sales: No, When, Amount, Note. Found: # top." in found.report.reason
    far = "#\n" * 40_000 + f"No,When,Amount,Note\n{row(1)}\n"
    assert tool.land_one("tool", "b.csv", far).report.outcome == "failed"
    assert "is empty" in tool.land_one("tool", "c.csv", "").report.reason


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_file_whose_header_stands_below_names_the_option(
    home: Home, tmp_path: Path, ending: str
) -> None:
    tool = home_of(home, tmp_path, format=ending)
    path = tool.settings.config_dir / "exports" / "tool.yml"
    path.write_text(path.read_text().replace("preamble: true", "preamble: false"))
    rows = [["# top"], ["No", "When", "Amount", "Note"], ["1", "2026-03-01T00:00:00Z", "1.5", "n"]]
    text = "\n".join(",".join(row) for row in rows).encode()
    content = text if ending == "csv" else as_workbook([list(row) for row in rows])
    failed = tool.land_one("tool", f"a.{ending}", content).report
    assert failed.outcome == "failed"
    assert "The columns of sales stand further down: write `preamble: true` there." in failed.reason
    other = content if ending == "csv" else as_workbook([["x"], ["No"]])
    other = other.replace(b"Amount", b"Sum")
    assert "further down" not in tool.land_one("tool", f"b.{ending}", other).report.reason


def test_an_encoding_is_read_before_the_header_is_looked_for(home: Home, tmp_path: Path) -> None:
    tool = home_of(home, tmp_path, encoding="utf-16")
    text = f"# Übersicht\nNo,When,Amount,Note\n{row(1, 'Köln')}\n"
    found = tool.land_one("tool", "a.csv", text.encode("utf-16"))
    assert (found.lines, found.values[0][3]) == ([3], "Köln")
    assert origin(tool, found.report.batch_id).preamble == ("# Übersicht",)


TOTALS = f"""\
No,When,Amount,Note
,,212.5,,Grand total
{row(1)}

{row(2, '"two' + chr(10) + 'lines"')}
Total,,3.5,Sum
No,When,Amount,Note
{row(3, "Sum")}
,,1.5,n
{row(4)}
"Total",,"4
",""
,,,
"""


def test_rows_of_totals_are_kept_and_are_no_rows_wherever_they_stand(tool: Home) -> None:
    found = tool.land_one("tool", "a.csv", TOTALS)
    # a row is one of totals only where all columns say so
    assert found.lines == [3, 5, 9, 10, 11]
    assert [values[0] for values in found.values] == ["1", "2", "3", None, "4"]
    assert found.rejects == []
    assert found.report.reason == (
        "its header stands again on line 8: no rows; was it put together of several?; "
        "totals stand on line 2 and 2 more: no rows; rows without any value: 1, they are no rows"
    )
    assert origin(tool, found.report.batch_id).totals == (
        (2, ",,212.5,,Grand total"),
        (7, "Total,,3.5,Sum"),
        (12, '"Total",,"4\n",""'),
    )


def test_a_row_too_long_that_is_none_of_totals_is_refused(tool: Home) -> None:
    found = tool.land_one("tool", "a.csv", f"No,When,Amount,Note\n{row(1)},Grand total\n{row(2)}\n")
    assert (found.lines, [reject[0] for reject in found.rejects]) == ([3], [2])


def test_a_mapping_that_takes_data_for_totals_fails_the_file(
    tool: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_filter, "MOST_TOTALS", 3)
    text = "No,When,Amount,Note\n" + ",,1,\n" * 3
    assert tool.land_one("tool", "a.csv", text).report.outcome == "landed"
    failed = tool.land_one("tool", "b.csv", text + row(1) + "\n,,2,\n").report
    assert failed.outcome == "failed"
    assert "more than 3 rows are totals by the mapping, so is line 6: ,,2,." in failed.reason
    assert "Correct `totals` in config/exports" in failed.reason


def as_workbook(rows: list[list[object]], gap: int = 0) -> bytes:
    book = openpyxl.Workbook()
    for at, cells in enumerate(rows, 1 + gap):
        for column, value in enumerate(cells, 1):
            if value is not None:
                book.active.cell(at, column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_is_read_by_the_same_rule(home: Home, tmp_path: Path) -> None:
    tool = home_of(home, tmp_path, format="xlsx")
    sheet = as_workbook(
        [
            ["Sales of March"],
            [],
            ["from", "2026-03-01"],
            ["No", "When", "Amount", "Note"],
            [None, None, 212.5, None, "Grand total"],
            ["1", "2026-03-01T00:00:00Z", 1.5, "n"],
            [],
            ["No", "When", "Amount", "Note"],
            ["Total", None, 1.5, "Sum"],
            ["2", "2026-03-01T00:00:00Z", 2.5, "n"],
        ],
        gap=1,
    )
    found = tool.land_one("tool", "a.xlsx", sheet)
    assert (found.lines, found.rejects) == ([7, 11], [])
    assert found.values == [
        ("1", "2026-03-01T00:00:00Z", "1.5", "n"),
        ("2", "2026-03-01T00:00:00Z", "2.5", "n"),
    ]
    file = origin(tool, found.report.batch_id)
    assert file.preamble == ("", "Sales of March", "", "from\t2026-03-01")
    assert file.totals == ((6, "212.5\tGrand total"), (10, "Total\t1.5\tSum"))
    assert "its header stands on line 5" in found.report.reason
    no_header = as_workbook([["Sales"], ["No", "When"], [1, 2]])
    assert "Found: Sales." in tool.land_one("tool", "b.xlsx", no_header).report.reason


def test_a_check_tells_of_them_and_counts_them_as_no_rows(tool: Home, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("# top\n" + TOTALS)
    found = check_file(path, "tool", load_exports(tool.settings.config_dir))
    assert (found.rows, found.streams) == (5, {"orders": 4})
    assert [refusal.line for refusal in found.refusals] == [11]
    assert found.content.preamble == ("# top",)
    assert [line for line, _ in found.content.totals] == [3, 8, 13]


def test_a_manifest_of_before_has_neither(tool: Home) -> None:
    found = tool.land_one("tool", "a.csv", f"No,When,Amount,Note\n{row(1)}\n")
    manifest = landing.find_batch(tool.root, str(found.report.batch_id))
    body = json.loads(manifest.to_json())
    del body["digest"]
    assert (body["file"].pop("preamble"), body["file"].pop("totals")) == ([], [])
    assert parse_manifest(json.dumps(body), Path("manifest.json")) == manifest
