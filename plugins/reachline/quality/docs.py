"""Writes Great Expectations' data docs of a gate's results, readable without a network.

Its pages take styles, scripts and logos from half a dozen servers. Those references are taken out
and one short style is put in; the tables, which are plain HTML, stay. So a page also tells nobody
that it was opened.
"""

from __future__ import annotations

import html
import logging
import re
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from reachline.quality.checks import Result, Stage, Suite
from reachline.quality.duckdb_gx import great_expectations, new_context
from reachline.quality.results import read_results, results_file
from reachline.quality.validation import expectation_suite

log = logging.getLogger("reachline.quality")

_STYLE = """<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 72rem; padding: 0 1rem;
       color: #1c2126; background: #fff; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { border: 1px solid #d5dbe1; padding: .35rem .6rem; text-align: left; vertical-align: top; }
nav, .ge-breadcrumbs { margin-bottom: 1rem; } ol.breadcrumb { list-style: none; padding: 0; }
ol.breadcrumb li { display: inline; margin-right: 1rem; } pre { white-space: pre-wrap; }
.badge, code { background: #eef1f4; padding: 0 .3rem; } .text-success { color: #11703a; }
.text-danger { color: #a4161a; } .modal, .newsletter, .footer, .tooltip { display: none; }
@media (prefers-color-scheme: dark) { body { color: #e6e9ec; background: #15191d; }
th, td { border-color: #3a424a; } .badge, code { background: #2a3138; } }
</style>"""

_INDEX = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head><body>
<h1>{title}</h1>
<table><tr><th>suite</th><th>checks</th><th>failed</th></tr>
{rows}
</table></body></html>
"""

_OUTSIDE = (
    re.compile(r"<link\b[^>]*https?://[^>]*>", re.IGNORECASE),
    re.compile(r"<script\b[^>]*\bsrc=[\"']https?://[^>]*>\s*</script>", re.IGNORECASE),
    re.compile(r"<img\b[^>]*\bsrc=[\"']https?://[^>]*>", re.IGNORECASE),
    re.compile(r"<iframe\b[^>]*https?://.*?</iframe>", re.IGNORECASE | re.DOTALL),
    # what is left of scripts drives the libraries that were just taken out
    re.compile(r"<script\b.*?</script>", re.IGNORECASE | re.DOTALL),
    re.compile(r"url\(\s*['\"]?https?://[^)]*\)", re.IGNORECASE),
)
_HEAD_END = re.compile(r"</head>", re.IGNORECASE)
_LINK_AWAY = re.compile(r"<a\b[^>]*\bhref=[\"']https?://[^>]*>(.*?)</a>", re.IGNORECASE | re.DOTALL)


def write_docs(folder: Path, stage: Stage, suites: Sequence[Suite]) -> Path:
    """Write the pages of the results that `folder` holds of a stage; return the first page.

    Nothing is evaluated: the pages say what was found when the results were written, of every check
    that `suites` define. Older pages of the stage go.
    """
    site = folder / stage
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    great_expectations()
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = new_context()
    context.add_data_docs_site(
        site_name="gate",
        site_config={
            "class_name": "SiteBuilder",
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(site.resolve()),
            },
        },
    )
    at = datetime.fromtimestamp(results_file(folder, stage).stat().st_mtime, UTC)
    by_table: dict[str, dict[str, Result]] = {}
    for result in read_results(folder, stage):
        by_table.setdefault(result.table, {})[result.expectation] = result
    for suite in suites:
        found = by_table.get(suite.table, {})
        shown = [found.pop(check.name) for check in suite.checks if check.name in found]
        if shown:
            _add(context, suite, shown, at)
    for table, results in by_table.items():
        for name in results:
            log.warning(
                "gate %s: %s: %s is no longer defined; what it found stands in %s",
                *(stage, table, name, results_file(folder, stage)),
            )
    context.build_data_docs(build_index=False)
    index = site / "index.html"
    index.write_text(_index(folder, stage), encoding="utf-8")
    take_offline(site)
    return index


def _add(context: Any, suite: Suite, results: Sequence[Result], at: datetime) -> None:
    """Add a suite and its results, in the order of its checks, to what is drawn."""
    from great_expectations.core import (
        ExpectationSuiteValidationResult,
        ExpectationValidationResult,
        RunIdentifier,
    )
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    definition = context.suites.add(expectation_suite(suite))
    configurations = {
        expectation.meta["check"]: expectation.configuration
        for expectation in definition.expectations
    }
    passed = sum(result.success for result in results)
    run = RunIdentifier(run_name=suite.stage, run_time=at)
    context.validation_results_store.set(
        ValidationResultIdentifier(
            expectation_suite_identifier=ExpectationSuiteIdentifier(name=suite.table),
            run_id=run,
            batch_identifier=suite.table,
        ),
        ExpectationSuiteValidationResult(
            success=passed == len(results),
            results=[
                ExpectationValidationResult(
                    success=result.success,
                    expectation_config=configurations[result.expectation],
                    result=_gx_result(result),
                )
                for result in results
            ],
            suite_name=suite.table,
            statistics={
                "evaluated_expectations": len(results),
                "successful_expectations": passed,
                "unsuccessful_expectations": len(results) - passed,
                "success_percent": 100 * passed / len(results),
            },
            meta={
                "run_id": run,
                "validation_time": at.isoformat(),
                "great_expectations_version": great_expectations().__version__,
            },
        ),
    )


def _gx_result(result: Result) -> dict[str, Any]:
    """Return a result in Great Expectations' own form, with the failing keys as its rows."""
    counts = re.fullmatch(r"(\d+) of (\d+) rows", result.observed)
    if counts is None and result.observed != "0 rows":
        return {
            "observed_value": result.observed,
            "unexpected_count": None,
            "partial_unexpected_list": list(result.failing_keys),
        }
    failing, looked_at = (int(counts[1]), int(counts[2])) if counts else (0, 0)
    return {
        "element_count": looked_at,
        "unexpected_count": failing,
        "unexpected_percent": 100 * failing / looked_at if looked_at else 0.0,
        "partial_unexpected_list": list(result.failing_keys),
    }


def _index(folder: Path, stage: Stage) -> str:
    """Return a first page that links the suites, those that failed before the others.

    That of Great Expectations is empty until a script from outside has filled it in.
    """
    site = folder / stage
    pages = {page.stem: page.relative_to(site) for page in site.glob("validations/**/*.html")}
    checks: dict[str, list[bool]] = {table: [] for table in pages}
    for result in read_results(folder, stage):
        if result.table in pages:
            checks[result.table].append(result.success)
    rows = "\n".join(
        f'<tr><td><a href="{quote(str(pages[table]))}">{html.escape(table)}</a></td>'
        f"<td>{len(passed)}</td><td>{passed.count(False) or ''}</td></tr>"
        for table, passed in sorted(checks.items(), key=lambda each: (all(each[1]), each[0]))
    )
    return _INDEX.format(title=f"Gate {stage}, night of {folder.name}", rows=rows)


def take_offline(site: Path) -> None:
    """Rewrite every page under `site` so that it refers to nothing outside of it."""
    shutil.rmtree(site / "static", ignore_errors=True)
    for page in sorted(site.rglob("*.html")):
        page.write_text(offline(page.read_text(encoding="utf-8")), encoding="utf-8")


def offline(page: str) -> str:
    """Return the page without its outside references and with a style of its own."""
    for pattern in _OUTSIDE:
        page = pattern.sub("", page)
    page = _LINK_AWAY.sub(r"\1", page)
    return _HEAD_END.sub(_STYLE + "</head>", page, count=1)
