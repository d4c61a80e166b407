-- model:    folder_index
-- grain:    one row per folder of a step of the page's index
-- inputs:   folder_step
-- dialects: duckdb
-- notes:    what folders are sorted and searched by; the rest of them is in the lines
select
    n,
    place,
    parent_place,
    path,
    lower(path) as folded_path,
    object_count,
    total_size_bytes,
    last_modified,
    new_count,
    deleted_count,
    size_change
from folder_step
