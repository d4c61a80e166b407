-- model:    treemap
-- grain:    one row per part of a connector's map: each of its largest folders, what lies directly in one that has some of
--           them below it, and what is gathered of the smaller folders there
-- inputs:   folders_latest
-- params:   $connector VARCHAR, $by VARCHAR, $depth BIGINT, $top BIGINT
-- defaults: $by 'bytes', $depth 8, $top 1500
-- dialects: duckdb, trino
-- notes:    the largest are by bytes, or where $by is 'objects' by objects. part is folder, direct or others. A folder is
--           as large as its parts of the next level together, and never among the largest without the one it lies in. Of
--           others, path is the folder they lie in, and folder_count how many they are; folders without current objects
--           are nowhere
with

measured as (
    select
        path,
        parent,
        depth,
        object_count,
        total_size_bytes,
        direct_object_count,
        direct_size_bytes,
        last_modified,
        case when $by = 'objects' then object_count else total_size_bytes end as area
    from folders_latest
    where connector = $connector and object_count > 0
),

-- none is larger than the one it lies in, and that one is of less depth: it comes first
largest as (
    select * from measured
    where depth <= $depth
    order by area desc, depth, path
    limit $top
),

-- the root, and those with one of the largest in them
parted as (
    select * from largest
    where depth = 0 or path in (select parent from largest where depth > 0)
),

inside as (
    select
        measured.parent,
        cast(count(*) filter (where largest.path is null) as bigint) as other_count,
        cast(coalesce(sum(measured.object_count) filter (where largest.path is null), 0) as bigint) as other_object_count,
        cast(coalesce(sum(measured.total_size_bytes) filter (where largest.path is null), 0) as bigint) as other_size_bytes,
        max(measured.last_modified) filter (where largest.path is null) as other_last_modified
    from measured
    inner join parted on parted.path = measured.parent
    left join largest on largest.path = measured.path
    where measured.depth > 0
    group by 1
),

parts as (
    select path, parent, depth, 'folder' as part, cast(null as bigint) as folder_count, object_count, total_size_bytes, last_modified
    from largest
    union all
    select
        path,
        parent,
        depth,
        'direct' as part,
        cast(null as bigint) as folder_count,
        direct_object_count as object_count,
        direct_size_bytes as total_size_bytes,
        cast(null as timestamp) as last_modified
    from parted
    where direct_object_count > 0
    union all
    select
        parted.path,
        parted.parent,
        parted.depth,
        'others' as part,
        inside.other_count as folder_count,
        inside.other_object_count as object_count,
        inside.other_size_bytes as total_size_bytes,
        inside.other_last_modified as last_modified
    from parted
    inner join inside on inside.parent = parted.path
    where inside.other_count > 0
)

select path, parent, depth, part, folder_count, object_count, total_size_bytes, last_modified
from parts
order by depth, path, part
