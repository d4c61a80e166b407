-- model:    folder_order
-- grain:    one row per folder of the page's index: the folders of each folder together, the largest first
-- inputs:   folder_index
-- params:   $place_from DOUBLE, $place_to DOUBLE, $first BIGINT
-- dialects: duckdb
-- notes:    those whose parent_place is from $place_from up to below $place_to; position counts them from $first. n grows with
--           the path
select
    $first + row_number() over (order by parent_place, total_size_bytes desc, n) - 1 as position,
    n,
    place,
    parent_place
from folder_index
where parent_place >= $place_from and parent_place < $place_to
