"""Makes Great Expectations' data docs readable without a network.

Its pages take styles, scripts and logos from half a dozen servers. Those references are taken out
and one short style is put in; the tables, which are plain HTML, stay. So a page also tells nobody
that it was opened.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

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


def take_offline(site: Path) -> None:
    """Rewrite every page under `site` so that it refers to nothing outside of it."""
    shutil.rmtree(site / "static", ignore_errors=True)
    for page in sorted(site.rglob("*.html")):
        page.write_text(offline(page.read_text(encoding="utf-8")), encoding="utf-8")


def offline(html: str) -> str:
    """Return the page without its outside references and with a style of its own."""
    for pattern in _OUTSIDE:
        html = pattern.sub("", html)
    html = _LINK_AWAY.sub(r"\1", html)
    return _HEAD_END.sub(_STYLE + "</head>", html, count=1)


def prune(folder: Path, keep: int) -> None:
    """Keep the data docs of the newest `keep` nights below `folder`; names are dates."""
    nights = sorted(path for path in folder.glob("*") if path.is_dir())
    for old in nights[: max(0, len(nights) - keep)]:
        shutil.rmtree(old, ignore_errors=True)
