"""Options that several commands have."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

Night = Annotated[
    datetime,
    typer.Option("--date", formats=["%Y-%m-%d"], help="The logical date, like 2026-03-01."),
]

Promote = Annotated[
    bool,
    typer.Option(
        "--promote",
        help="Move `current` to the release even if the night is older than the warehouse.",
    ),
]

Force = Annotated[
    bool,
    typer.Option("--force", help="Run a night after tomorrow; older ones are then built beside."),
]
