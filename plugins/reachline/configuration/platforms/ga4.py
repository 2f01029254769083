"""GA4's BigQuery export, as files."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt

from reachline.configuration.fields import Text
from reachline.configuration.platforms.base import ConnectorOptions, Source


class Options(ConnectorOptions):
    """GA4's BigQuery export, as files."""

    folder: Annotated[Text, Field(description="where the files are exported to")]
    first_days: Annotated[
        StrictInt, Field(ge=4, le=365, description="files of older days are left")
    ] = 60


SOURCE = Source(
    Options,
    asks="the files `events_YYYYMMDD….json`, `.ndjson`, `.jsonl`, `.csv` (each also `.gz`) "
    "or `.parquet` of GA4's BigQuery export in `folder`",
    connection="nothing",
    limits="the last 3 days' files are read again where they changed",
)
