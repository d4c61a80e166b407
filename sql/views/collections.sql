-- model:    collections
-- grain:    one row per collection: a folder that a person gave a name to
-- inputs:   collections_v1
-- dialects: duckdb, trino
select
    collection,
    name,
    connector,
    folder,
    created_at
from collections_v1
