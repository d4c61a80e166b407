"""Reads an Arrow, Parquet, CSV or JSON lines file with pyarrow and with Polars.

usage: read_arrow.py FILE
Prints a JSON object: for each of the two its columns as [name, type], and its rows as lists of
values, which are texts (times in ISO 8601, bytes in hex) inside of whatever is nested; and how many
record batches pyarrow found.
"""

import datetime
import json
import pathlib
import sys

import polars
import pyarrow.csv
import pyarrow.ipc
import pyarrow.json
import pyarrow.parquet

PYARROW = {
    ".arrow": lambda path: pyarrow.ipc.open_file(path).read_all(),
    ".arrows": lambda path: pyarrow.ipc.open_stream(path).read_all(),
    ".parquet": pyarrow.parquet.read_table,
    ".csv": pyarrow.csv.read_csv,
    ".jsonl": pyarrow.json.read_json,
}
POLARS = {
    ".arrow": polars.read_ipc,
    ".arrows": polars.read_ipc_stream,
    ".parquet": polars.read_parquet,
    ".csv": polars.read_csv,
    ".jsonl": polars.read_ndjson,
}


def plain(value):
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return {name: plain(inside) for name, inside in value.items()}
    if isinstance(value, (list, tuple, polars.Series)):
        return [plain(inside) for inside in value]
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)


def main(path):
    kind = pathlib.Path(path).suffix
    table = PYARROW[kind](path)
    table.validate(full=True)
    frame = POLARS[kind](path)
    columns = [column.to_pylist() for column in table.columns]
    print(
        json.dumps(
            {
                "pyarrow": {
                    "columns": [[field.name, str(field.type)] for field in table.schema],
                    "rows": [plain(list(row)) for row in zip(*columns)],
                },
                "polars": {
                    "columns": [[name, str(kind)] for name, kind in frame.schema.items()],
                    "rows": [plain(row) for row in frame.iter_rows()],
                },
                "batches": len(table.to_batches()),
            }
        )
    )


main(sys.argv[1])
