-- model:    versions
-- report:   which folders hold old versions and delete markers
-- grain:    one row per folder at a depth that holds some, per folder above them for what lies directly in it, and per
--           connector whose newest snapshot is a scan, which lists none
-- inputs:   folders_latest, snapshots
-- params:   $connector VARCHAR, $under VARCHAR, $depth BIGINT, $top BIGINT
-- defaults: $under '', $depth 1, $top 20
-- least:    $depth 0, $top 1
-- chart:    bar noncurrent_size_bytes
-- titles:   noncurrent_share of all bytes
-- quiet:    sample_rate
-- none:     no old versions and delete markers; a report of current versions only lists none
-- dialects: duckdb, trino
-- notes:    noncurrent_share is of all bytes in the folder. What isn't known is NULL
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
),

parted as (
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
),

known as (
    select * from parted where source <> 'api' and (noncurrent_object_count > 0 or delete_marker_count > 0)
),

unknown as (
    select distinct connector, sample_rate from parted where source = 'api'
)

select
    connector,
    path,
    counted,
    noncurrent_object_count,
    noncurrent_size_bytes,
    delete_marker_count,
    object_count,
    total_size_bytes,
    cast(noncurrent_size_bytes as double)
        / nullif(cast(noncurrent_size_bytes as double) + cast(total_size_bytes as double), 0) as noncurrent_share,
    sample_rate
from known
union all
select connector, '', 'not listed', null, null, null, null, null, null, sample_rate from unknown
order by 5 desc nulls last, 6 desc, 1, 2, 3
limit $top
