-- model:    found_folders
-- grain:    one row per folder that was found, in the order they were found
-- inputs:   found_paths, newer_folders, base_folders, newer_changes, gone_folders
-- params:   $has_base BOOLEAN, $has_changes BOOLEAN
-- dialects: duckdb
-- notes:    the columns are those of shown_folders, but for total, and for guid, which follows from the path: in the files it
--           would be a third of what is read
with

newer as (
    select
        path,
        object_count,
        total_size_bytes,
        direct_object_count,
        direct_size_bytes,
        noncurrent_object_count,
        noncurrent_size_bytes,
        last_modified
    from newer_folders
    where path in (select path from found_paths)
),

base as (
    select path, object_count, total_size_bytes from base_folders
    where path in (select path from found_paths)
),

-- a page is short: each of its folders is compared with each key, as finding the folders above all keys would take longer
changes_below as (
    select
        found_paths.path,
        count(*) filter (where newer_changes.change = 'new') as new_count,
        count(*) filter (where newer_changes.change = 'modified') as modified_count,
        count(*) filter (where newer_changes.change = 'deleted') as deleted_count
    from found_paths
    inner join newer_changes on starts_with(newer_changes.key, found_paths.path)
    group by 1
),

parents as (
    select parent as path, count(*) as folders from newer_folders
    where parent in (select path from found_paths)
    group by 1
    union all
    select parent as path, count(*) as folders from gone_folders
    where parent in (select path from found_paths)
    group by 1
),

folder_counts as (select path, cast(sum(folders) as bigint) as folder_count from parents group by 1)

select
    found_paths.path,
    regexp_replace(found_paths.path, '[^/]*/$', '') as parent,
    len(string_split(found_paths.path, '/')) - 1 as depth,
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
        when changes_below.new_count + changes_below.modified_count + changes_below.deleted_count > 0 then 'modified'
    end as change,
    case when $has_changes then coalesce(changes_below.new_count, 0) end as new_count,
    case when $has_changes then coalesce(changes_below.modified_count, 0) end as modified_count,
    case when $has_changes then coalesce(changes_below.deleted_count, 0) end as deleted_count,
    case when $has_base then coalesce(newer.object_count, 0) - coalesce(base.object_count, 0) end as object_count_change,
    case when $has_base then coalesce(newer.total_size_bytes, 0) - coalesce(base.total_size_bytes, 0) end as size_change,
    coalesce(folder_counts.folder_count, 0) as folder_count
from found_paths
left join newer on newer.path = found_paths.path
left join base on base.path = found_paths.path
left join changes_below on changes_below.path = found_paths.path
left join folder_counts on folder_counts.path = found_paths.path
order by found_paths.position
