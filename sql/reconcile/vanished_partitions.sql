-- model:    vanished_partitions
-- grain:    one row per partition of a dataset that lost an object in some snapshot
-- inputs:   changes  (the columns connector, key, change, base_snapshot)
-- params:   $connector VARCHAR, $dataset VARCHAR, $prefix VARCHAR, $prefix_end VARCHAR, $pattern VARCHAR,
--           $partition VARCHAR, $partition_again VARCHAR
-- dialects: duckdb, trino
-- notes:    last_seen is the day on which the object that went last was there
with

deleted as (
    select key, base_snapshot
    from changes
    where connector = $connector
        and change = 'deleted'
        and key >= $prefix
        and ($prefix_end is null or key < $prefix_end)
        and nullif(regexp_extract(key, $pattern), '') is not null
)

select
    $connector as connector,
    $dataset as dataset,
    regexp_replace(key, $pattern, $partition) as partition,
    max(substr(base_snapshot, 1, 10)) as last_seen
from deleted
where regexp_replace(key, $pattern, $partition) = regexp_replace(key, $pattern, $partition_again)
group by 3
