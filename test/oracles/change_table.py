"""Changes an Iceberg table with pyiceberg.

usage: change_table.py METADATA_FILE STEPS
STEPS is a JSON list of {"append": PREFIX} (the rows that are there once more, PREFIX before the
values of their first column), {"delete": FILTER}, {"add": [NAME, TYPE]}, {"rename": [NAME, NAME]},
{"widen": [NAME, TYPE]}, {"drop": NAME}, {"partition": [COLUMN, TRANSFORM]}. Each is a commit: the
next vN.metadata.json beside the one before it.
"""

import json
import pathlib
import re
import sys

import pyarrow
import pyarrow.compute
from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.io import load_file_io
from pyiceberg.serializers import FromInputFile, ToOutputFile
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.table.update import update_table_metadata
from pyiceberg.types import IcebergType
from pydantic import TypeAdapter


class FolderCatalog(NoopCatalog):
    def commit_table(self, table, requirements, updates):
        for requirement in requirements:
            requirement.validate(table.metadata)
        metadata = update_table_metadata(
            table.metadata, updates, metadata_location=table.metadata_location
        )
        folder, version = re.fullmatch(r"(.*/)v(\d+)\.metadata\.json", table.metadata_location).groups()
        location = f"{folder}v{int(version) + 1}.metadata.json"
        ToOutputFile.table_metadata(metadata, table.io.new_output(location))
        return CommitTableResponse(metadata=metadata, metadata_location=location)


def load(location):
    io = load_file_io({}, location)
    metadata = FromInputFile.table_metadata(io.new_input(location))
    return Table(("tables", "changed"), metadata, location, io, FolderCatalog("folder"))


def append(table, prefix):
    rows = table.scan().to_arrow()
    first = pyarrow.compute.binary_join_element_wise(
        pyarrow.scalar(prefix, rows.schema.field(0).type), rows.column(0), pyarrow.scalar("", rows.schema.field(0).type)
    )
    table.append(rows.set_column(0, rows.schema.field(0), first))


def change_columns(table, change):
    with table.update_schema() as update:
        change(update)


def partition(table, column, transform):
    with table.update_spec() as update:
        update.add_field(column, transform)


STEPS = {
    "append": append,
    "delete": lambda table, where: table.delete(where),
    "add": lambda table, of: change_columns(table, lambda update: update.add_column(of[0], parse_type(of[1]))),
    "rename": lambda table, of: change_columns(table, lambda update: update.rename_column(of[0], of[1])),
    "widen": lambda table, of: change_columns(table, lambda update: update.update_column(of[0], parse_type(of[1]))),
    "drop": lambda table, name: change_columns(table, lambda update: update.delete_column(name)),
    "partition": lambda table, of: partition(table, of[0], of[1]),
}


def parse_type(text):
    return TypeAdapter(IcebergType).validate_python(text)


def main(metadata, steps):
    table = load(pathlib.Path(metadata).as_posix())
    for step in json.loads(steps):
        for name, given in step.items():
            STEPS[name](table, given)


main(*sys.argv[1:])
