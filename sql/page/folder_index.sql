-- model:    folder_index
-- grain:    one row per folder of the page's index: the root, then the folders of each folder together, the largest first
-- inputs:   folder_pairs, changes_below
-- params:   $has_base BOOLEAN, $has_changes BOOLEAN, $place_from DOUBLE, $place_to DOUBLE
-- dialects: duckdb
-- notes:    those whose parent_place is from $place_from up to below $place_to
with

below as (select parent_place as place, count(*) as folder_count from folder_pairs group by 1)

select
    pairs.place,
    pairs.parent_place,
    pairs.guid,
    pairs.path,
    lower(pairs.path) as folded_path,
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
    pairs.size_change,
    coalesce(below.folder_count, 0) as folder_count
from folder_pairs as pairs
left join changes_below as changed on changed.id = pairs.id
left join below on below.place = pairs.place
where pairs.parent_place >= $place_from and pairs.parent_place < $place_to
order by pairs.parent_place, pairs.total_size_bytes desc, pairs.path
