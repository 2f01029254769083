"""The model of config/upkeep.yml: how long what no night needs is kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt

from reachline.configuration.fields import Cron, Strict

PARTS = ("releases", "scratch", "gates", "logs", "airflow", "packs", "verify")
"""What upkeep does, in this order: each by itself, by its name."""

Days = Annotated[StrictInt, Field(ge=1)]


class Upkeep(Strict):
    """config/upkeep.yml: the file and each line of it may be left out."""

    schedule: Cron = "0 12 * * 0"
    """When the DAG `upkeep` runs: cron, in the reporting time zone."""
    keep_logs_days: Days = 30
    """Logs of Airflow, and of its processes that ended."""
    keep_airflow_days: Days = 90
    """Runs, tasks and their events in Airflow's database."""
    keep_scratch_days: Days = 2
    """What killed runs left: half releases, older nights that were not built to their end."""
    pack_after_days: Days = 45
    """A month of landing that ended so long ago has its small files packed."""
    pack_below_kib: Annotated[StrictInt, Field(ge=0, le=16_384)] = 1_024
    """Files that are shorter than this go into packs; 0: none."""
