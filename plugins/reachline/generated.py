"""The files that are made of others: `make format` writes them, a test says when it was forgotten.

`python -m reachline.generated` does so. dbt can read nothing but its own project, BI tools
and readers of the documentation want files, so these stand in the repository beside what they are
made of.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from functools import cache
from html.entities import name2codepoint
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from reachline.configuration import EXAMPLE, content_types
from reachline.configuration.fields import ANY
from reachline.configuration.platforms import Platform, platforms
from reachline.configuration.quality import CHECKS
from reachline.inbox.casts import STREAM_MACROS, descriptions, stream_macros
from reachline.night import stream_grains
from reachline.publish import (
    evidence,
    notebook,
    reference_pages,
    semantic_layer,
    superset,
    texts,
)
from reachline.quality.facts import Night
from reachline.quality.suites import suites_of
from reachline.settings import Thresholds
from reachline.sql import literal
from reachline.warehouse import metrics
from reachline.warehouse.dbt import PROJECT

PLATFORM_MACROS = PROJECT / "macros" / "platforms" / "platforms.sql"
CONTENT_TYPES = PROJECT / "macros" / "social" / "content_type_of.sql"
ENTITY_MACROS = PROJECT / "macros" / "staging" / "entities.sql"
PLATFORM_METRICS = EXAMPLE / "platform_metrics.csv"
UNREAD = PROJECT / "models" / "staging" / "unread"


@cache
def files() -> Mapping[Path, str]:
    """Return the text of each generated file by its path."""
    made = {
        PLATFORM_MACROS: platform_macros(),
        CONTENT_TYPES: content_type_macro(),
        PLATFORM_METRICS: platform_metrics(),
        CHECKS: list_of_checks(),
        STREAM_MACROS: stream_macros(),
        ENTITY_MACROS: entity_macros(),
        metrics.DOCS: metrics.docs_text(),
        semantic_layer.TARGET: semantic_layer.text(),
        notebook.TARGET: notebook.text(),
        texts.TEMPLATE: texts.template(),
    }
    made |= {UNREAD / f"stg_unread__{name}.sql": unread_model(name) for name in descriptions()}
    made |= {reference_pages.DOCS / page: text() for page, text in reference_pages.PAGES.items()}
    made |= {superset.TARGET / name: text for name, text in superset.files().items()}
    made |= evidence.files()
    return made


def leftovers() -> set[Path]:
    """Return files in folders of generated ones that nothing generates any more."""
    found = {*superset.TARGET.rglob("*.yaml"), *UNREAD.glob("*.sql")}
    found |= {*(evidence.TARGET / "pages").rglob("*.md"), *evidence.TARGET.glob("sources/*/*.sql")}
    return found - files().keys()


def platform_facts() -> Mapping[str, Mapping[str, Any]]:
    """Return what macros know of each platform; `*` stands for all that have no module."""
    facts = {name: asdict(found) for name, found in {**platforms(), ANY: Platform()}.items()}
    # which handles may be asked for, which links tell nothing, what counts can't be true, and what
    # may be kept, no macro has to know
    left = ("handle", "short_links", "who_likes_has_viewed", "may_fall", "aggregates_may_stay")
    return {name: {k: v for k, v in own.items() if k not in left} for name, own in facts.items()}


def platform_macros() -> str:
    """Return the text of macros/platforms/platforms.sql."""
    facts = [
        f"    {json.dumps(name)}: {{\n"
        + "".join(f"        {json.dumps(key)}: {json.dumps(said)},\n" for key, said in own.items())
        + "    },\n"
        for name, own in platform_facts().items()
    ]
    return (
        "{#-\n"
        "    What is true of each platform, and of all others (`*`). `make format` writes this\n"
        "    from plugins/reachline/configuration/platforms, which says what each fact means.\n"
        "-#}\n"
        f"{{% macro platforms() %}}\n{{{{ return({{\n{''.join(facts)}}}) }}}}\n{{% endmacro %}}\n"
    )


def content_type_macro() -> str:
    """Return the text of macros/social/content_type_of.sql."""
    cases = "".join(
        f"        when {{{{ folded }}}} in ({', '.join(map(literal, others))}) then '{kind}'\n"
        for kind, others in content_types.SPELLINGS.items()
    )
    bare = "replace(replace(replace(lower(trim(\" ~ name ~ \")), ' ', ''), '_', ''), '-', '')"
    folded = f"regexp_replace({bare}, '{content_types.PREFIX}', '')"
    return (
        "{#-\n"
        "    What a content type is, by whichever name: CAROUSEL_ALBUM is carousel; unknown names\n"
        "    stay, folded. `make format` writes this from configuration/content_types.py.\n"
        "-#}\n"
        "{% macro content_type_of(name) -%}\n"
        f'    {{%- set folded = "{folded}" -%}}\n'
        f"    case\n{cases}        else {{{{ folded }}}}\n    end\n"
        "{%- endmacro %}\n"
    )


def entity_macros() -> str:
    """Return the text of macros/staging/entities.sql: names and code points of HTML's entities."""
    named = dict(sorted({**name2codepoint, "apos": ord("'"), "nbsp": ord(" ")}.items()))
    names = ", ".join(f"'{name}'" for name in named)
    codes = ", ".join(map(str, named.values()))
    return (
        "{#-\n"
        "    HTML's named entities and their code points, in one order; `&nbsp;` is a blank.\n"
        "    `make format` writes this from Python's html.entities.\n"
        "-#}\n"
        f"{{% macro entity_names() -%}}\n    [{names}]\n{{%- endmacro %}}\n\n"
        f"{{% macro entity_codes() -%}}\n    [{codes}]\n{{%- endmacro %}}\n"
    )


def platform_metrics() -> str:
    """Return the platform_metrics.csv that a new configuration begins with."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["platform", "metric"])
    for name, facts in platform_facts().items():
        writer.writerows([name, count] for count in facts["public_counts"])
    return stream.getvalue()


def list_of_checks() -> str:
    """Return the checks.csv that config/quality.yml is held to: every check of every gate."""
    night = Night(date(2026, 3, 1), datetime(2026, 3, 2), Thresholds(), streams=stream_grains())  # noqa: DTZ001 - as the models count
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["gate", "table", "check", "severity"])
    for stage, suites in suites_of(night).items():
        writer.writerows(
            (stage, suite.table, check.name, check.severity)
            for suite in suites
            for check in suite.checks
        )
    return stream.getvalue()


def unread_model(stream: str) -> str:
    """Return the SQL of a stream's union: its files, then each model that feeds it, by name."""
    feeding = [
        "    union all by name\n"
        f"    select\n        *,\n        '{source}' as source,\n        '{model}' as mapped_by\n"
        f"    from {{{{ ref('{model}') }}}}\n"
        for model, source, fed in _feeding()
        if fed == stream
    ]
    files_alone = (
        "    select\n        *,\n        cast(null as varchar) as mapped_by\n"
        f"    from {{{{ source('inbox', '{stream}') }}}}\n"
    )
    first = f"    select * from {{{{ source('inbox', '{stream}') }}}}\n" if feeding else files_alone
    return (
        "-- written by `make format` from the models that feed the stream (meta: stream)\n"
        f"with unread as (\n{first}{''.join(feeding)})\n\n"
        f"{{{{ typed_rows(stream_{stream}(), 'unread') }}}}\n"
    )


@cache
def _feeding() -> list[tuple[str, str, str]]:
    """Return (model, source, stream) of the models of platforms, by model."""
    return sorted(
        (model["name"], path.parent.name, model["config"]["meta"]["stream"])
        for path in (PROJECT / "models" / "staging").glob("*/_*__models.yml")
        if path.parent.name != "inbox"
        for model in YAML(typ="safe").load(path)["models"]
    )


def main() -> None:
    """Write the files, and remove those that nothing generates any more."""
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in leftovers():
        path.unlink()


if __name__ == "__main__":
    main()
