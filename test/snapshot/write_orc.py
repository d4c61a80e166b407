"""Writes rows as an ORC file like those of S3 Inventory.

usage: write_orc.py ROWS_JSON ORC_FILE NAME:TYPE,…     (types: string, long, boolean, timestamp)
"""

import datetime
import json
import sys

import pyarrow as pa
import pyarrow.orc as orc

TYPES = {"string": pa.string(), "long": pa.int64(), "boolean": pa.bool_(), "timestamp": pa.timestamp("ms")}


def main(rows_path, orc_path, columns):
    with open(rows_path, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file.read().split("\n") if line]
    arrays = {}
    for column in columns.split(","):
        name, kind = column.split(":")
        values = [row[name] for row in rows]
        if kind == "timestamp":
            values = [None if value is None else datetime.datetime.fromisoformat(value) for value in values]
        if kind == "long":
            values = [None if value is None else int(value) for value in values]
        arrays[name] = pa.array(values, TYPES[kind])
    orc.write_table(pa.table(arrays), orc_path, compression="zlib", file_version="0.12")


main(*sys.argv[1:])
