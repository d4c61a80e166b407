-- model:    change_totals
-- grain:    one row: what differs between a snapshot and the one it is compared with, in all
-- inputs:   changes
-- params:   $connector VARCHAR, $dt DATE, $snapshot VARCHAR, $base_snapshot VARCHAR, $prefix VARCHAR,
--           $prefix_end VARCHAR
-- dialects: duckdb, trino
-- notes:    count_if of no rows is NULL in DuckDB. $prefix_end is the first text after all that start with $prefix, NULL
--           where there is none
with

wanted as (
    select change, size_before, size_after from changes
    where connector = $connector and dt = cast($dt as date) and snapshot = $snapshot
        and key >= $prefix and ($prefix_end is null or key < $prefix_end)
)

select
    $connector as connector,
    $snapshot as snapshot,
    $base_snapshot as base_snapshot,
    count(*) filter (where change = 'new') as new_count,
    cast(coalesce(sum(case when change = 'new' then size_after end), 0) as bigint) as new_size_bytes,
    count(*) filter (where change = 'modified') as modified_count,
    cast(coalesce(sum(case when change = 'modified' then size_after - size_before end), 0) as bigint) as modified_size_change,
    count(*) filter (where change = 'deleted') as deleted_count,
    cast(coalesce(sum(case when change = 'deleted' then size_before end), 0) as bigint) as deleted_size_bytes,
    count(*) filter (where change = 'touched') as touched_count
from wanted
