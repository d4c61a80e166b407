"""Writes to and reads an Iceberg table through Glue with pyiceberg, as another program would.

usage: glue_table.py ENDPOINT TABLE append TIMES PREFIX | read | create COLUMNS
TABLE is DATABASE.NAME. append: so many commits of one row each, whose first column (text) is PREFIX
and a number; again from the start where another writer was first. read: prints the rows as JSON
lines, and last the metadata file. create: a table of these text columns (JSON).
"""

import json
import sys

import pyarrow
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.schema import Schema
from pyiceberg.types import NestedField, StringType


def open_catalog(endpoint):
    return GlueCatalog(
        "glue",
        **{
            "glue.endpoint": endpoint,
            "glue.region": "us-east-1",
            "glue.access-key-id": "test",
            "glue.secret-access-key": "test",
            "s3.endpoint": endpoint,
            "s3.region": "us-east-1",
            "s3.access-key-id": "test",
            "s3.secret-access-key": "test",
        },
    )


def append(catalog, name, times, prefix):
    lost = 0
    for i in range(int(times)):
        while True:
            table = catalog.load_table(name)
            schema = table.schema().as_arrow()
            row = {field.name: None for field in schema} | {schema[0].name: f"{prefix}{i}"}
            try:
                table.append(pyarrow.Table.from_pylist([row], schema=schema))
                break
            except CommitFailedException:
                lost += 1
    print(json.dumps({"lost": lost}))


def read(catalog, name):
    table = catalog.load_table(name)
    for row in table.scan().to_arrow().to_pylist():
        print(json.dumps(row, default=str))
    print(json.dumps({"metadata": table.metadata_location}))


def create(catalog, name, columns):
    fields = [NestedField(i + 1, column, StringType(), required=False) for i, column in enumerate(json.loads(columns))]
    print(json.dumps({"location": catalog.create_table(name, Schema(*fields)).location()}))


def main(endpoint, name, act, *rest):
    {"append": append, "read": read, "create": create}[act](open_catalog(endpoint), name, *rest)


main(*sys.argv[1:])
