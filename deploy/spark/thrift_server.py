"""A thrift server of Spark that knows the functions which models call and Spark lacks.

    spark-submit --master spark://<host>:7077 --py-files plugins/reachline/warehouse/language.py \
        deploy/spark/thrift_server.py

A function in Python can't be made by a statement, so it is registered in the one session that all
who connect have. Needs py3langid on this host and on all workers. Host and port are the settings
spark.hadoop.hive.server2.thrift.bind.host and .port. Ends when Spark ends.
"""

from __future__ import annotations

import time

from language import detect_language
from pyspark.sql import SparkSession

MEANINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    # a sum of two DECIMAL(38, 9) keeps its nine decimals
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
}
"""What results depend on, as the target `spark` of dbt_project/profiles.yml sets it."""


def main() -> None:
    """Serve until Spark ends."""
    builder = SparkSession.builder.appName("reachline").enableHiveSupport()
    for name, value in {**MEANINGS, "spark.sql.hive.thriftServer.singleSession": "true"}.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.udf.register("detect_language", detect_language, "string")
    server = spark._jvm.org.apache.spark.sql.hive.thriftserver.HiveThriftServer2
    server.startWithSparkSession(spark._jsparkSession, True)
    while not spark.sparkContext._jsc.sc().isStopped():
        time.sleep(1)


if __name__ == "__main__":
    main()
