"""Reads an Iceberg table by its metadata file with pyiceberg.

usage: read_table.py METADATA_FILE [FILTER [SNAPSHOT_ID]]
Prints the matching rows as JSON lines (times in ISO 8601, bytes in hex, decimals, NaN and
infinities as text), and last
{"columns": [[name, type], ...], "planned_files": N}: how many data files the filter leaves.
"""

import datetime
import decimal
import json
import math
import sys

from pyiceberg.expressions import AlwaysTrue
from pyiceberg.table import StaticTable


def plain(value):
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, decimal.Decimal):
        return str(value)
    raise TypeError(f"no JSON for {type(value)}")


def finite(value):
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def main(metadata, row_filter=None, snapshot=None):
    table = StaticTable.from_metadata(metadata)
    scan = table.scan(
        row_filter=row_filter or AlwaysTrue(),
        snapshot_id=int(snapshot) if snapshot else None,
    )
    for row in scan.to_arrow().to_pylist():
        print(json.dumps({name: finite(value) for name, value in row.items()}, default=plain))
    columns = [[field.name, str(field.field_type)] for field in scan.projection().fields]
    print(json.dumps({"columns": columns, "planned_files": len(list(scan.plan_files()))}))


main(*sys.argv[1:])
