"""Reads tables by pyiceberg's own GlueCatalog into files, or appends their first rows once more.

usage: glue_rows.py read|append ENDPOINT FOLDER DATABASE.TABLE...
read: each into FOLDER/pyiceberg DATABASE.TABLE.parquet
"""

import sys

import pyarrow.parquet
from pyiceberg.catalog.glue import GlueCatalog


def main(act, endpoint, folder, *names):
    settings = {}
    for service in ("glue", "s3"):
        settings |= {f"{service}.endpoint": endpoint, f"{service}.region": "us-east-1"}
        settings |= {f"{service}.access-key-id": "test", f"{service}.secret-access-key": "test"}
    catalog = GlueCatalog("lake", **settings)
    for name in names:
        table = catalog.load_table(name)
        rows = table.scan().to_arrow()
        if act == "read":
            pyarrow.parquet.write_table(rows, f"{folder}/pyiceberg {name}.parquet")
        else:
            table.append(rows.slice(0, 1))


main(*sys.argv[1:])
