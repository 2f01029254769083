"""What a post is made of, by whichever name a platform, a tool or a team calls it."""

from __future__ import annotations

import re

from reachline.configuration.fields import lower

SPELLINGS = {
    "carousel": (
        "album",
        "carouselalbum",
        "carouselcontainer",
        "carousels",
        "gallery",
        "graphsidecar",
        "sidecar",
        "slideshow",
        "xdtgraphsidecar",
    ),
    "gif": ("animatedgif", "gifs"),
    "image": ("graphimage", "images", "photo", "photos", "picture", "pictures", "xdtgraphimage"),
    "live": ("livestream", "livevideo"),
    "reel": ("clip", "clips", "reels"),
    "short": ("shorts",),
    "story": ("stories",),
    "text": ("status", "textpost"),
    "video": ("feedvideo", "graphvideo", "tv", "videos", "xdtgraphvideo"),
}
"""Other names of a content type, as `folded` has them.

Instagram's and Threads' media_type (CAROUSEL_ALBUM, TEXT_POST) and media_product_type (REELS), the
types of Instagram's own web pages (GraphSidecar) and of tools that read them (Sidecar, clips), the
plural and everyday words of exports (Photos, IG reel, IGTV).
"""

PREFIX = "^(instagram|facebook|youtube|ig|fb)"
"""Names of platforms that exports put before the type: IG reel, YouTube Short."""

_KINDS = {other: kind for kind, others in SPELLINGS.items() for other in others}


def folded(text: str) -> str:
    """Return a name in lower case, without blanks, `_`, `-` and the platform before it."""
    bare = lower(text.strip()).replace(" ", "").replace("_", "").replace("-", "")
    return re.sub(PREFIX, "", bare)


def content_type(text: str) -> str:
    """Return what a content type is: CAROUSEL_ALBUM is carousel; `*` and unknown names stay."""
    name = folded(text)
    return _KINDS.get(name, name)
