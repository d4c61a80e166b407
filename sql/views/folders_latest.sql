-- model:    folders_latest
-- grain:    one row per folder of each connector's newest snapshot
-- inputs:   folders_v1, snapshots_v1
-- dialects: duckdb, trino
-- notes:    the newest snapshot of the whole bucket; where there is none, the newest sample, whose sample_rate is not NULL
with

ranked as (
    select
        import_id,
        sample_rate,
        row_number() over (
            partition by connector
            -- without the Z a scan, named to the second, comes after the report of its minute
            order by case when sample_rate is null then 0 else 1 end, replace(snapshot, 'Z', '') desc
        ) as place
    from snapshots_v1
    where scope = ''
),

latest as (select import_id, sample_rate from ranked where place = 1)

select
    folders_v1.connector,
    folders_v1.dt,
    folders_v1.snapshot,
    folders_v1.import_id,
    folders_v1.guid,
    folders_v1.path,
    folders_v1.parent,
    folders_v1.depth,
    folders_v1.object_count,
    folders_v1.total_size_bytes,
    folders_v1.direct_object_count,
    folders_v1.direct_size_bytes,
    folders_v1.noncurrent_object_count,
    folders_v1.noncurrent_size_bytes,
    folders_v1.delete_marker_count,
    folders_v1.last_modified,
    folders_v1.discovered_at,
    folders_v1.fingerprint,
    latest.sample_rate
from folders_v1
inner join latest on latest.import_id = folders_v1.import_id
