-- model:    folders_at_depth
-- grain:    one row per folder at a depth below $under, and per folder above them for what lies directly in it
-- inputs:   folders_latest, snapshots
-- params:   $connector VARCHAR, $under VARCHAR, $depth BIGINT
-- defaults: $under '', $depth 1
-- least:    $depth 0
-- dialects: duckdb, trino
-- notes:    the rows add up to the folder $under: none of its objects is in two of them, or in none
with

place as (select case when $under = '' or substr($under, length($under)) = '/' then $under else $under || '/' end as path),

wanted as (
    select
        folders_latest.*,
        snapshots.source,
        length(place.path) - length(replace(place.path, '/', '')) + $depth as wanted_depth
    from folders_latest
    inner join snapshots on snapshots.import_id = folders_latest.import_id
    cross join place
    where ($connector is null or folders_latest.connector = $connector)
        and starts_with(folders_latest.path, place.path)
        and folders_latest.depth <= length(place.path) - length(replace(place.path, '/', '')) + $depth
),

below as (
    select
        import_id,
        parent,
        sum(noncurrent_object_count) as noncurrent_object_count,
        sum(noncurrent_size_bytes) as noncurrent_size_bytes,
        sum(delete_marker_count) as delete_marker_count
    from wanted
    group by 1, 2
)

select
    connector,
    path,
    'all' as counted,
    object_count,
    total_size_bytes,
    noncurrent_object_count,
    noncurrent_size_bytes,
    delete_marker_count,
    last_modified,
    source,
    sample_rate
from wanted
where depth = wanted_depth
union all
select
    wanted.connector,
    wanted.path,
    'direct' as counted,
    wanted.direct_object_count as object_count,
    wanted.direct_size_bytes as total_size_bytes,
    cast(wanted.noncurrent_object_count - coalesce(below.noncurrent_object_count, 0) as bigint) as noncurrent_object_count,
    cast(wanted.noncurrent_size_bytes - coalesce(below.noncurrent_size_bytes, 0) as bigint) as noncurrent_size_bytes,
    cast(wanted.delete_marker_count - coalesce(below.delete_marker_count, 0) as bigint) as delete_marker_count,
    cast(null as timestamp) as last_modified,
    wanted.source,
    wanted.sample_rate
from wanted
left join below on below.import_id = wanted.import_id and below.parent = wanted.path
where wanted.depth < wanted.wanted_depth
