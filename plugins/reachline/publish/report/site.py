"""Writes the pages and what they share into a folder."""

from __future__ import annotations

import json
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path

import jinja2
from markupsafe import Markup

from reachline.languages import N_, SOURCE, day_text, gettext, spoken
from reachline.publish.labels import label_of
from reachline.publish.report import words
from reachline.publish.report.cells import (
    apart,
    head_html,
    headers_html,
    rows_html,
    source_attributes,
    totals_html,
)
from reachline.publish.report.pages import all_pages
from reachline.publish.report.pages.release import Release, read_release
from reachline.publish.report.queries import reading
from reachline.publish.report.scripts import charts_script, runtime_script, texts_script
from reachline.publish.report.tables import Page

_AREAS = (
    ("index", "index.html", N_("Morning")),
    ("needs", "needs.html", N_("Needs somebody")),
    ("bookings", "bookings.html", N_("Next bookings")),
    ("campaigns", "campaigns.html", N_("Campaigns")),
    ("creators", "creators.html", N_("Creators")),
    ("shortlists", "shortlists.html", N_("Shortlists")),
    ("voice", "voice.html", N_("Share of voice")),
    ("hashtags", "hashtags.html", N_("Hashtags")),
    ("works", "works.html", N_("What works")),
    ("tiers", "tiers.html", N_("Tiers")),
    ("outreach", "outreach.html", N_("Outreach")),
    ("quality", "quality.html", N_("Quality")),
    ("definitions", "definitions.html", N_("Definitions")),
)


def write_site(database: Path, folder: Path, previous: Path | None) -> None:
    """Write every page of a release's database, and the scripts and styles that they share."""
    with ExitStack() as stack:
        connection = stack.enter_context(reading(database))
        before = stack.enter_context(reading(previous)) if previous else None
        release = read_release(connection, before)
    own = files(__package__)
    assets = folder / "assets"
    assets.mkdir(parents=True, exist_ok=True)
    for name in ("report.css", "report.js"):
        _write(assets / name, own.joinpath("assets", name).read_text("utf-8"))
    _write(assets / "words.js", _words_script(release))
    if spoken().locale is not None:
        _write(assets / "texts.js", texts_script())
    _write(assets / "charts.js", charts_script())
    _write(assets / "vega.js", runtime_script())
    environment = _environment(release)
    for page in all_pages(release):
        path = folder / page.path
        path.parent.mkdir(exist_ok=True)
        _write(path, _rendered(environment, page))


def _words_script(release: Release) -> str:
    """Return a script with what each figure is, why there may be none, and where it comes from."""
    said: dict[str, tuple[str, ...]] = {}
    for name, metric in release.catalogue.metrics.items():
        label = label_of(name)
        said[f"metric-{name}"] = (
            label.text,
            _capital(words.in_words(gettext(metric.formula))),
            words.in_words(gettext(metric.null_rule)),
            words.sources(metric.source),
        )
    for name, text in words.OWN_WORDS.items():
        said[f"report-{name}"] = (label_of(name).text, gettext(text))
    for (table, column), (text, metric_name) in release.catalogue.columns.items():
        if metric_name is None:
            anchor = release.catalogue.anchor(table, column)
            said[str(anchor)] = (label_of(column).text, _capital(words.in_words(text)))
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"window.reachlineWords={text};\n"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _environment(release: Release) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("reachline.publish.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["clipped"] = words.clipped
    environment.filters["apart"] = apart
    environment.globals.update(
        areas=_AREAS,
        _=gettext,
        language=spoken(),
        source_language="" if spoken().code == SOURCE else Markup(' lang="en"'),
        files=(
            ("reachline.xlsx", N_("Workbook")),
            ("reports", N_("CSV files")),
            ("tables", N_("Tables")),
        ),
        as_of=day_text(release.run["logical_date"]),
        time_zone=release.run["time_zone"],
        brands=json.dumps(sorted({row["voice"] for row in release.rows["voice"]})),
        currency=release.catalogue.currency,
        default_method=release.default_method,
        picture_hosts=[row["host"] for row in release.rows["pictures"]],
        head_html=head_html,
        headers_html=headers_html,
        rows_html=rows_html,
        totals_html=totals_html,
        source_attributes=source_attributes,
        default_method_words=words.method_within(release.default_method),
        methods=[(name, words.method_label(name)) for name in release.methods],
    )
    return environment


def _rendered(environment: jinja2.Environment, page: Page) -> str:
    has_charts = any(
        table.charts and table.rows for section in page.sections for table in section.tables
    )
    return environment.get_template(page.template).render(page=page, has_charts=has_charts)


def _write(path: Path, text: str) -> None:
    # a lone half of a surrogate pair can't be UTF-8: it is shown as what is not known
    path.write_text(text, encoding="utf-8", errors="replace", newline="\n")
