"""Answers queries by a Spark of one thread; run by the Python of the environment that has it.

Reads {name: query} as JSON, and writes {name: {type, rows}}; rows are text as Spark writes JSON.
"""

from __future__ import annotations

import json
import sys

from session import session


def main() -> None:
    spark = session()
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
