-- model:    shown_folders
-- grain:    one row per folder of some depths below a folder, those among them that are gone since the base
-- inputs:   newer_folders, base_folders, newer_changes  (each of one snapshot: its folders, those of its base, its changes)
-- params:   $has_base BOOLEAN, $has_changes BOOLEAN, $is_itself BOOLEAN, $path VARCHAR, $path_end VARCHAR,
--           $depth_from BIGINT, $depth_to BIGINT, $search VARCHAR, $sort VARCHAR, $first BIGINT, $row_count BIGINT
-- dialects: duckdb
-- notes:    $is_itself: the folder of the path alone is wanted; the depths say the same. $has_base: whether the base is still
--           there. Without it nothing is known of folders that are gone, nor what is new; the changes may be known all the
--           same. Of a folder that is gone, all that it held is 0. $path_end is the first text after all that start with
--           $path, NULL where there is none. $first rows are passed over, and $row_count given; NULL: all of them. total is
--           how many there are. size_change is sorted by how large it is, in either direction
with

wanted_newer as (
    select * from newer_folders
    where ($path = '' or path >= $path) and ($path_end is null or path < $path_end)
        and depth >= $depth_from and depth <= $depth_to
        and ($search is null or contains(lower(path), lower($search)))
),

wanted_base as (
    select * from base_folders
    where ($path = '' or path >= $path) and ($path_end is null or path < $path_end)
        and depth >= $depth_from and depth <= $depth_to
        and ($search is null or contains(lower(path), lower($search)))
),

-- of one level, the folder is in the key up to a slash; of all levels, a path of depth d is what precedes the dth slash
changed as (
    select
        case
            when $search is not null then regexp_replace(key, '[^/]*$', '')
            when $is_itself then $path
            else substr(key, 1, length($path) + strpos(substr(key, length($path) + 1), '/'))
        end as folder,
        count(*) filter (where change = 'new') as new_count,
        count(*) filter (where change = 'modified') as modified_count,
        count(*) filter (where change = 'deleted') as deleted_count
    from newer_changes
    where ($path = '' or key >= $path) and ($path_end is null or key < $path_end)
    group by 1
),

lines as (
    select
        unnest(generate_series($depth_from, least($depth_to, len(string_split(folder, '/')) - 1))) as depth,
        string_split(folder, '/') as names,
        new_count,
        modified_count,
        deleted_count
    from changed
    where $search is not null
),

changes_below as (
    select folder as path, new_count, modified_count, deleted_count from changed where $search is null
    union all
    select
        array_to_string(list_slice(names, 1, depth), '/') || '/' as path,
        cast(sum(new_count) as bigint) as new_count,
        cast(sum(modified_count) as bigint) as modified_count,
        cast(sum(deleted_count) as bigint) as deleted_count
    from lines
    group by 1
),

shown as materialized (
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
            when changes_below.path is not null
                and changes_below.new_count + changes_below.modified_count + changes_below.deleted_count > 0 then 'modified'
        end as change,
        case when $has_changes then coalesce(changes_below.new_count, 0) end as new_count,
        case when $has_changes then coalesce(changes_below.modified_count, 0) end as modified_count,
        case when $has_changes then coalesce(changes_below.deleted_count, 0) end as deleted_count,
        case when $has_base then coalesce(newer.object_count, 0) - coalesce(base.object_count, 0) end as object_count_change,
        case when $has_base then coalesce(newer.total_size_bytes, 0) - coalesce(base.total_size_bytes, 0) end as size_change
    from wanted_newer as newer
    full join wanted_base as base on base.path = newer.path
    left join changes_below on changes_below.path = coalesce(newer.path, base.path)
),

-- no count(*) over (): where there are no rows, DuckDB 1.5 fails of it now and then (its issue 25713), and for good
page as (
    select *, (select count(*) from shown) as total
    from shown
    order by
        case $sort
            when 'bytes' then total_size_bytes
            when 'objects' then object_count
            when 'size_change' then abs(size_change)
            when 'new' then new_count
            when 'deleted' then deleted_count
        end desc nulls last,
        case when $sort = 'modified' then last_modified end desc nulls last,
        path
    limit $row_count offset $first
),

-- by depth first, as a number is soon read
below as (
    select parent, path from newer_folders
    where depth > $depth_from and depth <= $depth_to + 1
        and ($path = '' or path >= $path) and ($path_end is null or path < $path_end)
        and parent in (select path from page)
    union
    select parent, path from base_folders
    where depth > $depth_from and depth <= $depth_to + 1
        and ($path = '' or path >= $path) and ($path_end is null or path < $path_end)
        and parent in (select path from page)
),

folder_counts as (select parent as path, count(*) as folder_count from below group by 1)

select page.*, coalesce(folder_counts.folder_count, 0) as folder_count
from page
left join folder_counts on folder_counts.path = page.path
order by
    case $sort
        when 'bytes' then page.total_size_bytes
        when 'objects' then page.object_count
        when 'size_change' then abs(page.size_change)
        when 'new' then page.new_count
        when 'deleted' then page.deleted_count
    end desc nulls last,
    case when $sort = 'modified' then page.last_modified end desc nulls last,
    page.path
