-- model:    changes
-- grain:    one row per key that differs between a snapshot and the one it is compared with, of those that start with a text
-- inputs:   changes
-- params:   $connector VARCHAR, $dt DATE, $snapshot VARCHAR, $prefix VARCHAR, $prefix_end VARCHAR
-- dialects: duckdb, trino
-- notes:    $prefix_end is the first text after all that start with $prefix, NULL where there is none
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
where connector = $connector
    and dt = cast($dt as date)
    and snapshot = $snapshot
    and key >= $prefix
    and ($prefix_end is null or key < $prefix_end)
order by key
