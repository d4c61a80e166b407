-- model:    changes
-- grain:    one row per key that differs between a snapshot and its base
-- inputs:   changes
-- params:   $connector VARCHAR, $dt DATE, $snapshot VARCHAR
-- dialects: duckdb, trino
select
    key,
    change,
    size_before,
    size_after,
    last_modified_before,
    last_modified_after,
    e_tag_before,
    e_tag_after,
    storage_class_before,
    storage_class_after
from changes
where connector = $connector and dt = cast($dt as date) and snapshot = $snapshot
order by key
