"""Writes the pages and what they share into a folder."""

from __future__ import annotations

from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path

import jinja2

from reachline.publish.report import words
from reachline.publish.report.cells import apart, rows_html, source_attributes
from reachline.publish.report.pages import all_pages
from reachline.publish.report.pages.release import Release, read_release
from reachline.publish.report.queries import reading
from reachline.publish.report.scripts import charts_script, runtime_script
from reachline.publish.report.tables import Page

_AREAS = (
    ("index", "index.html", "Overview"),
    ("campaigns", "campaigns.html", "Campaigns"),
    ("creators", "creators.html", "Creators"),
    ("shortlists", "shortlists.html", "Shortlists"),
    ("voice", "voice.html", "Share of voice"),
    ("hashtags", "hashtags.html", "Hashtags"),
    ("tiers", "tiers.html", "Tiers"),
    ("outreach", "outreach.html", "Outreach"),
    ("quality", "quality.html", "Quality"),
    ("definitions", "definitions.html", "Definitions"),
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
    _write(assets / "charts.js", charts_script())
    _write(assets / "vega.js", runtime_script())
    environment = _environment(release)
    for page in all_pages(release):
        path = folder / page.path
        path.parent.mkdir(exist_ok=True)
        _write(path, _rendered(environment, page))


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
        as_of=words.day(release.run["logical_date"]),
        time_zone=release.run["time_zone"],
        currency=release.catalogue.currency,
        default_method=release.default_method,
        rows_html=rows_html,
        source_attributes=source_attributes,
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
