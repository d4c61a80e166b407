"""A Spark session that runs SQL for whoever asks, one statement after the other, with Iceberg at hand.

usage: spark_server.py PORT JARS FOLDER
It answers on a port of the loopback: to a POST of a statement with {"columns": [[name, type], ...],
"rows": [[value, ...], ...]}, where decimals, NaN, infinities and whole numbers beyond 2^53 are texts, and
times in ISO 8601 with microseconds; or with status 400 and what Spark said. JARS are separated by commas;
FOLDER is for its own files.
"""

import datetime
import decimal
import http.server
import json
import math
import sys

from pyspark.sql import SparkSession

PORT, JARS, FOLDER = int(sys.argv[1]), sys.argv[2], sys.argv[3]

SETTINGS = {
    "spark.jars": JARS,
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.warehouse.dir": FOLDER,
    "spark.local.dir": FOLDER,
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": f"-Djava.io.tmpdir={FOLDER}",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
}


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, list):
        return [plain(inside) for inside in value]
    if isinstance(value, decimal.Decimal) or (isinstance(value, float) and not math.isfinite(value)):
        return str(value)
    if isinstance(value, int) and abs(value) > 2**53:
        return str(value)
    return value


def answer(session, statement):
    frame = session.sql(statement)
    return {
        "columns": [[field.name, field.dataType.simpleString()] for field in frame.schema],
        "rows": [[plain(value) for value in row] for row in frame.collect()],
    }


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        statement = self.rfile.read(int(self.headers["content-length"])).decode()
        try:
            status, body = 200, json.dumps(answer(SESSION, statement), default=str)
        except Exception as error:
            status, body = 400, str(error)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


builder = SparkSession.builder.master("local[2]")
for name, value in SETTINGS.items():
    builder = builder.config(name, value)
SESSION = builder.getOrCreate()
SESSION.sparkContext.setLogLevel("OFF")
http.server.HTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
