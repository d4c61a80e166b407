-- model:    folder_places
-- grain:    one row per folder of the page's index that is wanted, in order
-- inputs:   folder_index
-- params:   $parent_place DOUBLE, $path VARCHAR, $path_end VARCHAR, $search VARCHAR, $sort VARCHAR, $passed BIGINT,
--           $row_count BIGINT
-- dialects: duckdb
-- notes:    n is where it is in the index. With $search, those below $path that have it in their path; else those directly in
--           $path, whose place is $parent_place. The order is that of shown_folders
select n
from folder_index
where path > $path and ($path_end is null or path < $path_end)
    and case when $search is null then parent_place = $parent_place else contains(folded_path, lower($search)) end
order by
    case $sort
        when 'bytes' then total_size_bytes
        when 'objects' then object_count
        when 'size_change' then abs(size_change)
        when 'new' then new_count
        when 'deleted' then deleted_count
    end desc nulls last,
    case when $sort = 'modified' then last_modified end desc nulls last,
    n
limit $row_count offset $passed
