-- model:    folder_places
-- grain:    one row per folder of the page's index that is wanted, in order
-- inputs:   folder_index
-- params:   $first BIGINT, $end BIGINT, $path VARCHAR, $path_end VARCHAR, $search VARCHAR, $sort VARCHAR, $passed BIGINT,
--           $row_count BIGINT
-- dialects: duckdb
-- notes:    n is where it is in the index. Rows from $first to before $end are looked at; of these, with $search, those below
--           $path that have it in their path. The order is that of shown_folders
select rowid as n
from folder_index
where rowid >= $first and rowid < $end
    and ($search is null or (path > $path and ($path_end is null or path < $path_end) and contains(folded_path, lower($search))))
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
limit $row_count offset $passed
