"""Counts the rows of an Iceberg table on S3 with pyiceberg.

usage: count_s3_table.py ENDPOINT ACCESS_KEY SECRET_KEY METADATA_URL GROUP_COLUMN [DISTINCT_COLUMN]
Prints JSON: by value of the first column, how many rows there are, and how many values of the second.
"""

import json
import sys

from pyiceberg.table import StaticTable


def main(endpoint, access_key, secret_key, metadata, group, distinct):
    properties = {
        "s3.endpoint": endpoint,
        "s3.access-key-id": access_key,
        "s3.secret-access-key": secret_key,
        "s3.region": "us-east-1",
    }
    found = StaticTable.from_metadata(metadata, properties).scan(selected_fields=(group, distinct)).to_arrow()
    counts = found.group_by(group).aggregate([(distinct, "count"), (distinct, "count_distinct")])
    rows = [
        {"group": row[group], "rows": row[f"{distinct}_count"], "distinct": row[f"{distinct}_count_distinct"]}
        for row in counts.to_pylist()
    ]
    print(json.dumps(sorted(rows, key=lambda row: row["group"])))


main(*sys.argv[1:])
