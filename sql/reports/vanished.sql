-- model:    vanished
-- grain:    one row per folder that lost some of its objects since the base, and not all
-- inputs:   changes, folders
-- params:   $connector VARCHAR, $dt DATE, $snapshot VARCHAR
-- dialects: duckdb, trino
-- notes:    an object whose content is new under another key was moved, and a folder that is empty now was put away:
--           neither is here
with

wanted as (
    select key, change, size_before, e_tag_before, e_tag_after from changes
    where connector = $connector and dt = cast($dt as date) and snapshot = $snapshot
),

lost as (
    select regexp_replace(key, '[^/]*$', '') as path, size_before from wanted
    where change = 'deleted'
        and not exists (select 1 from wanted as came where came.change = 'new' and came.e_tag_after = wanted.e_tag_before)
),

totals as (
    select path, count(*) as deleted_count, cast(sum(size_before) as bigint) as deleted_size_bytes from lost group by 1
),

remaining as (
    select path, direct_object_count from folders
    where connector = $connector and dt = cast($dt as date) and snapshot = $snapshot
)

select
    totals.path,
    totals.deleted_count,
    totals.deleted_size_bytes,
    remaining.direct_object_count as remaining_count
from totals
inner join remaining on remaining.path = totals.path
where remaining.direct_object_count > 0
order by 2 desc, 1
