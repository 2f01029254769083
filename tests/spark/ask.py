"""Answers queries by a Spark of one thread; run by the Python of the environment that has it.

Reads {name: query} as JSON, and writes {name: {type, rows}}; rows are text as Spark writes JSON.
"""

from __future__ import annotations

import json
import sys

from pyspark.sql import SparkSession

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
}


def main() -> None:
    builder = SparkSession.builder.master("local[1]")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    answers = {}
    for name, query in json.load(sys.stdin).items():
        try:
            frame = spark.sql(query)
            made = frame.schema["made"].dataType.simpleString()
            rows = [[row["place"], row["made"]] for row in frame.collect()]
            answers[name] = {"type": made, "rows": rows}
        except Exception as error:
            answers[name] = {"error": str(error)[:1000]}
    spark.stop()
    json.dump(answers, sys.stdout, default=str)


if __name__ == "__main__":
    main()
