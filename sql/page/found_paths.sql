-- model:    found_paths
-- grain:    one row per folder of a page of those below a folder that have a text in their path
-- inputs:   newer_folders, base_folders, newer_changes, gone_folders
-- params:   $has_base BOOLEAN, $has_changes BOOLEAN, $path VARCHAR, $path_end VARCHAR, $search VARCHAR, $sort VARCHAR,
--           $first BIGINT, $row_count BIGINT
-- dialects: duckdb
-- notes:    position is where it is on the page. The order is that of shown_folders. Only what it needs is read: the base for
--           size_change, the changes for new and deleted
with

found as (
    select path, object_count, total_size_bytes, last_modified from newer_folders
    where path > $path and ($path_end is null or path < $path_end) and contains(lower(path), lower($search))
    union all
    select path, 0, 0, null from gone_folders
    where path > $path and ($path_end is null or path < $path_end) and contains(lower(path), lower($search))
),

-- by hashes, as a million paths would take longer, and more memory; those of two paths are equal once in ten million such lakes
before as (
    select hash(path) as id, total_size_bytes from base_folders
    where $has_base and $sort = 'size_change'
        and path > $path and ($path_end is null or path < $path_end) and contains(lower(path), lower($search))
),

changed as (
    select
        regexp_replace(key, '[^/]*$', '') as folder,
        count(*) filter (where change = 'new') as new_count,
        count(*) filter (where change = 'deleted') as deleted_count
    from newer_changes
    where $has_changes and $sort in ('new', 'deleted')
        and key > $path and ($path_end is null or key < $path_end)
    group by 1
),

lines as (
    select
        unnest(generate_series(1, len(string_split(folder, '/')) - 1)) as depth,
        string_split(folder, '/') as names,
        new_count,
        deleted_count
    from changed
),

changes_below as (
    select
        array_to_string(list_slice(names, 1, depth), '/') || '/' as path,
        sum(new_count) as new_count,
        sum(deleted_count) as deleted_count
    from lines
    group by 1
),

page as (
    select
        found.path,
        case $sort
            when 'bytes' then found.total_size_bytes
            when 'objects' then found.object_count
            when 'size_change' then case when $has_base then abs(found.total_size_bytes - coalesce(before.total_size_bytes, 0)) end
            when 'new' then coalesce(changes_below.new_count, 0)
            when 'deleted' then coalesce(changes_below.deleted_count, 0)
        end as amount,
        case when $sort = 'modified' then found.last_modified end as modified
    from found
    left join before on before.id = hash(found.path)
    left join changes_below on changes_below.path = found.path
    order by amount desc nulls last, modified desc nulls last, path
    limit $row_count offset $first
)

select path, row_number() over (order by amount desc nulls last, modified desc nulls last, path) as position
from page
