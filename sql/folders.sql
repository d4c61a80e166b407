-- model:    folders
-- grain:    one row per folder of the snapshot: every prefix of a key that ends in `/`, and the root `''`
-- inputs:   direct_folders, base_folders, later_folders  (the folders of the base snapshot, none where there is no base; rows of
--           this model for other objects of the snapshot, which are added: so it may be rolled up part by part)
-- output:   partition (connector, dt, import_id) of folders_v1, sorted by path; visible once the receipt is
-- params:   $connector VARCHAR, $connector_guid VARCHAR, $dt DATE, $snapshot VARCHAR, $import_id VARCHAR, $taken_at TIMESTAMP
-- dialects: duckdb, trino
with

direct as (
    select *, split(path, '/') as names from direct_folders
    union all
    select '', 0, 0, 0, 0, 0, null, null, split('', '/')  -- the root is there even if nothing is
),

-- a folder at depth d counts in itself and in each of the d folders above it
counted as (
    select
        case when level.n = 0 then '' else array_join(slice(direct.names, 1, level.n), '/') || '/' end as path,
        level.n as depth,
        level.n = cardinality(direct.names) - 1 as is_itself,
        direct.direct_object_count,
        direct.direct_size_bytes,
        direct.noncurrent_object_count,
        direct.noncurrent_size_bytes,
        direct.delete_marker_count,
        direct.last_modified,
        direct.fingerprint
    from direct
    cross join unnest(sequence(0, cardinality(direct.names) - 1)) as level (n)
    union all
    select
        path,
        depth,
        true,
        direct_object_count,
        direct_size_bytes,
        noncurrent_object_count,
        noncurrent_size_bytes,
        delete_marker_count,
        last_modified,
        fingerprint
    from later_folders
    union all
    -- what lies deeper in it: the rest of its current objects
    select path, depth, false, object_count - direct_object_count, total_size_bytes - direct_size_bytes, 0, 0, 0, null, null
    from later_folders
),

totals as (
    select
        path,
        max(depth) as depth,
        cast(sum(direct_object_count) as bigint) as object_count,
        cast(sum(direct_size_bytes) as bigint) as total_size_bytes,
        cast(coalesce(sum(direct_object_count) filter (where is_itself), 0) as bigint) as direct_object_count,
        cast(coalesce(sum(direct_size_bytes) filter (where is_itself), 0) as bigint) as direct_size_bytes,
        cast(sum(noncurrent_object_count) as bigint) as noncurrent_object_count,
        cast(sum(noncurrent_size_bytes) as bigint) as noncurrent_size_bytes,
        cast(sum(delete_marker_count) as bigint) as delete_marker_count,
        max(last_modified) as last_modified,
        bitwise_xor_agg(case when is_itself then fingerprint end) as fingerprint
    from counted
    group by 1
)

select
    $connector as connector,
    cast($dt as date) as dt,
    $snapshot as snapshot,
    $import_id as import_id,
    'fld_' || substr(lower(to_hex(md5(to_utf8($connector_guid || chr(10) || totals.path)))), 1, 26) as guid,
    totals.path,
    case
        when totals.path = '' then null
        else regexp_replace(totals.path, '[^/]*/$', '')
    end as parent,
    cast(totals.depth as bigint) as depth,
    totals.object_count,
    totals.total_size_bytes,
    totals.direct_object_count,
    totals.direct_size_bytes,
    totals.noncurrent_object_count,
    totals.noncurrent_size_bytes,
    totals.delete_marker_count,
    totals.last_modified,
    coalesce(base_folders.discovered_at, cast($taken_at as timestamp)) as discovered_at,
    totals.fingerprint
from totals
left join base_folders on base_folders.path = totals.path
