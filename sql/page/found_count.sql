-- model:    found_count
-- grain:    one row: how many folders below a folder have a text in their path
-- inputs:   newer_folders, gone_folders
-- params:   $path VARCHAR, $path_end VARCHAR, $search VARCHAR
-- dialects: duckdb
with

paths as (
    select path from newer_folders
    union all
    select path from gone_folders
)

select count(*) as total
from paths
where path > $path and ($path_end is null or path < $path_end) and contains(lower(path), lower($search))
