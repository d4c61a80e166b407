-- model:    folders
-- grain:    one row per folder below a folder, as deep as is asked for
-- inputs:   folders
-- params:   $connector VARCHAR, $dt DATE, $snapshot VARCHAR, $base_dt DATE, $base_snapshot VARCHAR, $path VARCHAR,
--           $path_end VARCHAR, $depth_from BIGINT, $depth_to BIGINT, $sort VARCHAR
-- dialects: duckdb, trino
-- notes:    the two changes are against the base snapshot; NULL where there is none
with

newer as (
    select * from folders
    where connector = $connector and dt = cast($dt as date) and snapshot = $snapshot
        and path >= $path and ($path_end is null or path < $path_end)
        and depth >= $depth_from and depth <= $depth_to
),

base as (
    select path, object_count, total_size_bytes from folders
    where connector = $connector and dt = cast($base_dt as date) and snapshot = $base_snapshot
        and path >= $path and ($path_end is null or path < $path_end)
        and depth >= $depth_from and depth <= $depth_to
)

select
    newer.guid,
    newer.path,
    newer.parent,
    newer.depth,
    newer.object_count,
    newer.total_size_bytes,
    newer.direct_object_count,
    newer.direct_size_bytes,
    newer.noncurrent_object_count,
    newer.noncurrent_size_bytes,
    newer.delete_marker_count,
    newer.last_modified,
    newer.discovered_at,
    case when $base_snapshot is not null then newer.object_count - coalesce(base.object_count, 0) end as object_count_change,
    case when $base_snapshot is not null then newer.total_size_bytes - coalesce(base.total_size_bytes, 0) end as size_change
from newer
left join base on base.path = newer.path
order by
    case $sort when 'bytes' then newer.total_size_bytes when 'objects' then newer.object_count end desc,
    case when $sort = 'modified' then newer.last_modified end desc,
    newer.path
