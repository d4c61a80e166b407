-- model:    folder_step
-- grain:    one row per folder of a range of paths, of a snapshot, and per folder that its base had and that is gone
-- inputs:   newer_folders, base_folders  (the folders of the snapshot, and of its base), changes_below
-- params:   $has_base BOOLEAN, $has_changes BOOLEAN, $path_from VARCHAR, $path_to VARCHAR, $first BIGINT
-- dialects: duckdb
-- notes:    of the index that the page's folders come from: paths from $path_from up to below $path_to, NULL for all others.
--           n counts them by path, from $first. place and parent_place stand for paths, as numbers that JavaScript holds exactly.
--           $has_base: whether the base is still there
with

newer as (
    select * from newer_folders
    where path >= $path_from and ($path_to is null or path < $path_to)
),

base as (
    select * from base_folders
    where path >= $path_from and ($path_to is null or path < $path_to)
),

pairs as (
    select
        coalesce(newer.guid, base.guid) as guid,
        coalesce(newer.path, base.path) as path,
        coalesce(newer.parent, base.parent, '') as parent,
        coalesce(newer.depth, base.depth) as depth,
        coalesce(newer.object_count, 0) as object_count,
        coalesce(newer.total_size_bytes, 0) as total_size_bytes,
        coalesce(newer.direct_object_count, 0) as direct_object_count,
        coalesce(newer.direct_size_bytes, 0) as direct_size_bytes,
        coalesce(newer.noncurrent_object_count, 0) as noncurrent_object_count,
        coalesce(newer.noncurrent_size_bytes, 0) as noncurrent_size_bytes,
        newer.last_modified,
        case
            when not $has_base then null
            when newer.path is null then 'deleted'
            when base.path is null then 'new'
        end as change,
        case when $has_base then coalesce(newer.object_count, 0) - coalesce(base.object_count, 0) end as object_count_change,
        case when $has_base then coalesce(newer.total_size_bytes, 0) - coalesce(base.total_size_bytes, 0) end as size_change
    from newer
    full join base on base.path = newer.path
)

select
    $first + row_number() over (order by pairs.path) - 1 as n,
    cast(md5_number_upper(pairs.path) >> 11 as double) as place,
    case when pairs.path = '' then -1e0 else cast(md5_number_upper(pairs.parent) >> 11 as double) end as parent_place,
    pairs.guid,
    pairs.path,
    pairs.parent,
    pairs.depth,
    pairs.object_count,
    pairs.total_size_bytes,
    pairs.direct_object_count,
    pairs.direct_size_bytes,
    pairs.noncurrent_object_count,
    pairs.noncurrent_size_bytes,
    pairs.last_modified,
    case
        when pairs.change is not null then pairs.change
        when $has_base and changed.id is not null then 'modified'
    end as change,
    case when $has_changes then coalesce(changed.new_count, 0) end as new_count,
    case when $has_changes then coalesce(changed.modified_count, 0) end as modified_count,
    case when $has_changes then coalesce(changed.deleted_count, 0) end as deleted_count,
    pairs.object_count_change,
    pairs.size_change
from pairs
left join changes_below as changed on changed.id = md5_number(pairs.path)
