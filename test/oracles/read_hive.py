"""Reads Parquet files below a folder with Polars, by hive partitioning.

usage: read_hive.py FOLDER
Prints {"columns": [[name, type], ...], "rows": [[value, ...], ...]}: values as texts, NULL as null.
"""

import json
import sys

import polars as pl


def main(folder):
    schema = {"product_id": pl.String, "date": pl.Date}
    frame = pl.scan_parquet(f"{folder}/**/*.parquet", hive_partitioning=True, hive_schema=schema).collect()
    columns = [[name, str(dtype)] for name, dtype in frame.schema.items()]
    texts = frame.select(pl.all().cast(pl.String))
    print(json.dumps({"columns": columns, "rows": [list(row) for row in texts.rows()]}))


main(*sys.argv[1:])
