"""Empty files for people to fill in."""

from __future__ import annotations

import csv
import io

from reachline.inbox.delimited import HELP_MARK
from reachline.inbox.streams import Stream

_LISTS = ("list", "handle_list", "hashtag_list", "code_list")


def template(stream: Stream) -> str:
    """Return an empty CSV file of a stream: a line of help, and the header.

    The line of help begins with a mark by which every reader of the inbox passes it over, and is
    one quoted cell, so that a spreadsheet program keeps it so.
    """
    parts = []
    for column in stream.columns:
        form = " | ".join(column.values) or ("joined by |" if column.kind in _LISTS else "")
        star = "*" if column.required else ""
        parts.append(f"{column.name}{star}: {column.description}{f' ({form})' if form else ''}")
    text = (
        f"{HELP_MARK.decode()} {stream.name}: this line is not read. * is required; "
        f"key: {' + '.join(stream.key)}. " + "; ".join(parts) + "; is_deleted: true removes the key"
    )
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow([text])
    csv.writer(out, lineterminator="\n").writerow([column.name for column in stream.columns])
    return out.getvalue()
