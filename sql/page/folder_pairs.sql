-- model:    folder_pairs
-- grain:    one row per folder of a snapshot, and per folder that its base had and that is gone
-- inputs:   newer_folders, base_folders  (the folders of the snapshot, and of its base)
-- params:   $has_base BOOLEAN, $part BIGINT, $parts BIGINT
-- dialects: duckdb
-- notes:    of the index that the page's folders come from: of so many parts one. id stands for the path, as strings of a
--           million folders don't fit into the memory of a join; place and parent_place for the paths as numbers that
--           JavaScript holds exactly. $has_base: whether the base is still there
with

newer as (select *, md5_number(path) as id from newer_folders where hash(path) % $parts = $part),

base as (
    select md5_number(path) as id, object_count, total_size_bytes
    from base_folders
    where hash(path) % $parts = $part
),

gone as (
    select base_folders.*, md5_number(base_folders.path) as id
    from base_folders
    where hash(path) % $parts = $part
        and md5_number(base_folders.path) not in (select md5_number(path) from newer_folders where hash(path) % $parts = $part)
),

pairs as (
    select
        newer.id,
        newer.guid,
        newer.path,
        coalesce(newer.parent, '') as parent,
        newer.depth,
        newer.object_count,
        newer.total_size_bytes,
        newer.direct_object_count,
        newer.direct_size_bytes,
        newer.noncurrent_object_count,
        newer.noncurrent_size_bytes,
        newer.last_modified,
        case when $has_base and base.id is null then 'new' end as change,
        case when $has_base then newer.object_count - coalesce(base.object_count, 0) end as object_count_change,
        case when $has_base then newer.total_size_bytes - coalesce(base.total_size_bytes, 0) end as size_change
    from newer
    left join base on base.id = newer.id
    union all
    select
        id, guid, path, coalesce(parent, ''), depth, 0, 0, 0, 0, 0, 0, null, 'deleted', -object_count, -total_size_bytes
    from gone
)

select
    *,
    cast(md5_number_upper(path) >> 11 as double) as place,
    case when path = '' then -1e0 else cast(md5_number_upper(parent) >> 11 as double) end as parent_place
from pairs
