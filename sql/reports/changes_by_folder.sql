-- model:    changes_by_folder
-- grain:    one row per folder, of some depths, in which something changed at any depth below; the root `''` is one
-- inputs:   changes, folders
-- params:   $connector VARCHAR, $dt DATE, $snapshot VARCHAR, $base_dt DATE, $base_snapshot VARCHAR, $prefix VARCHAR,
--           $prefix_end VARCHAR, $depth_from BIGINT, $depth_to BIGINT
-- dialects: duckdb, trino
-- notes:    every change counts in each of the folders it lies in. The objects and bytes before and after are those that the
--           folder held in the two snapshots, at any depth: NULL where a snapshot isn't there any more, where its report has
--           no sizes, and for the folder that $prefix starts in the middle of. size_change is that of the new, modified and
--           deleted objects; NULL where one of their sizes isn't known. mostly_in is a folder below it that has most of its
--           changes, touched ones included: the deepest that has nine tenths of them or more; else the one with most, if that
--           is more than half. $prefix_end is the first text after all that start with $prefix, NULL where there is none.
--           The text up to the nth slash is found by the lengths of the names before it: no function on lists that only one
--           of the engines has
with

wanted as (
    select
        regexp_replace(key, '[^/]*$', '') as folder,
        change,
        case when change = 'new' then 0 when change in ('modified', 'deleted') then size_before end as size_before,
        case when change = 'deleted' then 0 when change in ('modified', 'new') then size_after end as size_after
    from changes
    where connector = $connector
        and dt = cast($dt as date)
        and snapshot = $snapshot
        and key >= $prefix
        and ($prefix_end is null or key < $prefix_end)
),

direct as (
    select
        folder,
        count(*) as change_count,
        count(*) filter (where change = 'new') as new_count,
        count(*) filter (where change = 'modified') as modified_count,
        count(*) filter (where change = 'deleted') as deleted_count,
        count(*) filter (where change = 'touched') as touched_count,
        cast(coalesce(sum(size_before), 0) as bigint) as size_before,
        cast(coalesce(sum(size_after), 0) as bigint) as size_after,
        count(*) filter (where change <> 'touched' and (size_before is null or size_after is null)) as unsized_count
    from wanted
    group by 1
),

-- the folders that a folder lies in, the root first, and itself
names as (
    select direct.folder, part.n, length(part.name) + 1 as name_length
    from direct
    cross join unnest(split(direct.folder, '/')) with ordinality as part (name, n)
),

lines as (
    select
        folder,
        n - 1 as depth,
        cast(coalesce(sum(name_length) over (
            partition by folder order by n rows between unbounded preceding and 1 preceding
        ), 0) as bigint) as path_length
    from names
),

totals as (
    select
        substr(direct.folder, 1, lines.path_length) as path,
        lines.depth,
        cast(sum(direct.change_count) as bigint) as change_count,
        cast(sum(direct.new_count) as bigint) as new_count,
        cast(sum(direct.modified_count) as bigint) as modified_count,
        cast(sum(direct.deleted_count) as bigint) as deleted_count,
        cast(sum(direct.touched_count) as bigint) as touched_count,
        cast(sum(direct.size_before) as bigint) as size_before,
        cast(sum(direct.size_after) as bigint) as size_after,
        cast(sum(direct.unsized_count) as bigint) as unsized_count
    from direct
    inner join lines on lines.folder = direct.folder
    group by 1, 2
),

-- each folder with each of those above it; the lines of any folder below lead through it
pairs as (
    select distinct
        substr(lines.folder, 1, upper_lines.path_length) as path,
        substr(lines.folder, 1, lines.path_length) as deeper_path
    from lines
    inner join lines as upper_lines on upper_lines.folder = lines.folder and upper_lines.depth < lines.depth
    where upper_lines.depth >= $depth_from and upper_lines.depth <= $depth_to
),

shares as (
    select
        pairs.path,
        pairs.deeper_path,
        deeper.depth as deeper_depth,
        cast(deeper.change_count as double) / cast(upper_totals.change_count as double) as share
    from pairs
    inner join totals as upper_totals on upper_totals.path = pairs.path
    inner join totals as deeper on deeper.path = pairs.deeper_path
    where deeper.change_count * 2 > upper_totals.change_count
),

ranked as (
    select
        path,
        deeper_path,
        share,
        row_number() over (
            partition by path
            order by case when share >= 0.9 then 1 else share end desc, deeper_depth desc
        ) as place
    from shares
),

densest as (select path, deeper_path, share from ranked where place = 1),

held_before as (
    select path, object_count, total_size_bytes from folders
    where connector = $connector and dt = cast($base_dt as date) and snapshot = $base_snapshot
),

held_after as (
    select path, object_count, total_size_bytes from folders
    where connector = $connector and dt = cast($dt as date) and snapshot = $snapshot
),

-- of each snapshot: whether it is there, and whether its objects have sizes
known_before as (
    select count(*) > 0 as has_counts, coalesce(max(total_size_bytes) > 0 or max(object_count) = 0, false) as has_sizes
    from held_before
    where path = ''
),

known_after as (
    select count(*) > 0 as has_counts, coalesce(max(total_size_bytes) > 0 or max(object_count) = 0, false) as has_sizes
    from held_after
    where path = ''
)

select
    totals.path,
    case when totals.path = '' then null else regexp_replace(totals.path, '[^/]*/$', '') end as parent,
    totals.depth,
    totals.change_count,
    totals.new_count,
    totals.modified_count,
    totals.deleted_count,
    totals.touched_count,
    case when known_before.has_counts and starts_with(totals.path, $prefix) then coalesce(held_before.object_count, 0) end as object_count_before,
    case when known_after.has_counts and starts_with(totals.path, $prefix) then coalesce(held_after.object_count, 0) end as object_count_after,
    case when known_before.has_sizes and starts_with(totals.path, $prefix) then coalesce(held_before.total_size_bytes, 0) end as size_before,
    case when known_after.has_sizes and starts_with(totals.path, $prefix) then coalesce(held_after.total_size_bytes, 0) end as size_after,
    case when totals.unsized_count = 0 then totals.size_after - totals.size_before end as size_change,
    coalesce(itself.change_count, 0) as direct_change_count,
    coalesce(itself.new_count, 0) as direct_new_count,
    coalesce(itself.modified_count, 0) as direct_modified_count,
    coalesce(itself.deleted_count, 0) as direct_deleted_count,
    coalesce(itself.touched_count, 0) as direct_touched_count,
    case when coalesce(itself.unsized_count, 0) = 0 then coalesce(itself.size_after - itself.size_before, 0) end as direct_size_change,
    densest.deeper_path as mostly_in,
    densest.share as mostly_in_share
from totals
left join direct as itself on itself.folder = totals.path
left join densest on densest.path = totals.path
left join held_before on held_before.path = totals.path
left join held_after on held_after.path = totals.path
cross join known_before
cross join known_after
where totals.depth >= $depth_from and totals.depth <= $depth_to
order by totals.path
