"""A Spark of one thread, set as the target `spark` of dbt_project/profiles.yml sets it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pyspark.sql import SparkSession

LANGUAGE = Path(__file__).parents[2] / "plugins" / "reachline" / "warehouse" / "language.py"
MEANINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    # a sum of two DECIMAL(38, 9) keeps its nine decimals
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
}
"""What results depend on."""

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "3g",
    "spark.sql.shuffle.partitions": "1",
    "spark.log.level": "ERROR",
}


def with_ansi() -> None:
    """Let dbt leave ANSI on: it turns it off, and numbers that are too large would wrap in silence.

    Over thrift the materializations turn it on again; this method sets it before each statement.
    """
    from dbt.adapters.spark.connections import SparkCredentials

    given = SparkCredentials.__post_init__

    def kept(self: SparkCredentials) -> None:
        given(self)
        self.server_side_parameters["spark.sql.ansi.enabled"] = "true"

    SparkCredentials.__post_init__ = kept


def session(tables: Path | None = None) -> SparkSession:
    """Return a session, its tables below a folder; functions of the models are registered."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = SparkSession.builder.master("local[1]")
    for name, value in {**SETTINGS, **MEANINGS}.items():
        builder = builder.config(name, value)
    if tables is not None:
        builder = builder.config("spark.sql.warehouse.dir", str(tables))
    spark = builder.getOrCreate()
    # the file by itself: the package around it needs what is not installed beside Spark
    spark.sparkContext.addPyFile(str(LANGUAGE))
    from language import detect_language

    spark.udf.register("detect_language", detect_language, "string")
    return spark
