"""Every text that readers see, as gettext's template: what a language has to have.

Texts stand where they are shown, and Babel finds them there; those of tables (labels, metrics,
states) are taken from the tables. `make format` writes languages/reachline.pot, `make texts` brings
the catalogue of each language up to it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_javascript, extract_python
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from reachline.languages import FOLDER, SOURCE, catalogue_of, known_languages
from reachline.publish import sheets
from reachline.publish.labels import texts_of_labels
from reachline.publish.report import words
from reachline.warehouse.metrics import load_metrics

TEMPLATE = FOLDER / "reachline.pot"

_KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "N_")),
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
_PUBLISH = Path(__file__).parent
_Extract = Callable[[BinaryIO, Any, Any, Any], Iterator[Any]]
_EXTRACTORS: dict[str, _Extract | Callable[..., Any]] = {
    ".py": extract_python,
    ".j2": babel_extract,
    ".js": extract_javascript,
}


def template() -> str:
    """Return the text of languages/reachline.pot: every text, by the file it stands in."""
    catalogue = Catalog(charset="utf-8")
    for path in sorted(_PUBLISH.rglob("*")):
        if path.suffix in _EXTRACTORS:
            _add_texts_of(catalogue, path)
    for place, texts in (
        ("labels", texts_of_labels(words.OWN_WORDS)),
        ("words", words.texts()),
        ("sheets", sheets.texts()),
        ("metrics", _texts_of_metrics()),
    ):
        for text in filter(None, texts):
            catalogue.add(text, locations=[(place, 0)])
    for word in words.STATES:
        catalogue.add(word, locations=[("states", 0)], context="state")
    return _written(catalogue, "")


def _written(catalogue: Catalog, more: str) -> str:
    """Return a catalogue as a file has it, with as little of a head as gettext needs."""
    written = io.BytesIO()
    write_po(
        written, catalogue, omit_header=True, include_lineno=False, sort_output=True, width=100
    )
    head = f'msgid ""\nmsgstr ""\n{more}"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    return head + written.getvalue().decode()


def _add_texts_of(catalogue: Catalog, path: Path) -> None:
    place = path.relative_to(_PUBLISH).as_posix()
    with path.open("rb") as file:
        for _, function, found, _ in _EXTRACTORS[path.suffix](file, _KEYWORDS, (), {}):
            texts = found if isinstance(found, tuple) else (found,)
            if texts[0] is None:  # a variable: its texts are marked where they stand
                continue
            context = texts[0] if function == "pgettext" else None
            text = texts[:2] if function == "ngettext" else texts[1 if context else 0]
            if text is not None:
                catalogue.add(text, locations=[(place, 0)], context=context)


def _texts_of_metrics() -> Iterator[str]:
    for metric in load_metrics().values():
        yield from (metric.formula, metric.null_rule, metric.unit, metric.not_over or "")


def update() -> None:
    """Bring each language's catalogue up to the template: a new text has no translation yet."""
    wanted = read_po(io.StringIO(template()))
    for code in known_languages():
        if code != SOURCE:
            path = catalogue_of(code)
            with path.open("rb") as file:
                catalogue = read_po(file, locale=code)
            catalogue.update(wanted, no_fuzzy_matching=True)
            catalogue.obsolete.clear()
            forms = f'"Plural-Forms: {catalogue.plural_forms}\\n"\n'
            text = _written(catalogue, f'"Language: {code}\\n"\n{forms}')
            path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    update()
