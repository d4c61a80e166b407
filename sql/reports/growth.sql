-- model:    growth
-- report:   how the buckets grew from snapshot to snapshot
-- grain:    one row per snapshot of a whole bucket, oldest first
-- inputs:   snapshots
-- params:   $connector VARCHAR
-- chart:    spark total_size_bytes by connector
-- titles:   object_change_count change, total_size_change_bytes change
-- quiet:    noncurrent_object_count, noncurrent_size_bytes
-- none:     no snapshot of a whole bucket
-- dialects: duckdb, trino
-- notes:    samples and scans of prefixes are left out. A scan lists no old versions: theirs are NULL
with

whole as (
    select
        connector,
        snapshot,
        source,
        object_count,
        total_size_bytes,
        case when source <> 'api' then noncurrent_object_count end as noncurrent_object_count,
        case when source <> 'api' then noncurrent_size_bytes end as noncurrent_size_bytes,
        -- without the Z a scan, named to the second, comes after the report of its minute
        replace(snapshot, 'Z', '') as moment
    from snapshots
    where scope = '' and sample_rate is null and ($connector is null or connector = $connector)
)

select
    connector,
    snapshot,
    source,
    object_count,
    object_count - lag(object_count) over (partition by connector order by moment) as object_change_count,
    total_size_bytes,
    total_size_bytes - lag(total_size_bytes) over (partition by connector order by moment) as total_size_change_bytes,
    noncurrent_object_count,
    noncurrent_size_bytes
from whole
order by connector, moment
