-- model:    folder_pairs
-- grain:    one row per folder of a snapshot, and per folder that its base had and that is gone
-- inputs:   newer_folders, base_folders  (the folders of the snapshot, and of its base)
-- params:   $has_base BOOLEAN
-- dialects: duckdb
-- notes:    of the index that the page's folders come from. id stands for the path: strings of a million folders don't fit
--           into the memory of a join. $has_base: whether the base is still there
with

newer as (select *, md5_number(path) as id from newer_folders),

base as (select md5_number(path) as id, object_count, total_size_bytes from base_folders),

gone as (
    select base_folders.*, md5_number(base_folders.path) as id
    from base_folders
    where md5_number(base_folders.path) not in (select md5_number(path) from newer_folders)
)

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
