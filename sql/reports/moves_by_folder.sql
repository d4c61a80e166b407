-- model:    moves_by_folder
-- grain:    one row per pair of folders between which keys look as if they had moved, most of them first
-- inputs:   moves
-- dialects: duckdb, trino
-- notes:    uncertain_count is of those that aren't matched by their content alone: several have it, or it is empty
select
    folder_before,
    folder_after,
    count(*) as moved_count,
    cast(sum(size) as bigint) as size_bytes,
    count(*) filter (where matched_by <> 'content') as uncertain_count
from moves
group by 1, 2
order by 3 desc, 1, 2
