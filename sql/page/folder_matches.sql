-- model:    folder_matches
-- grain:    one row: how many folders of the page's index have a text in their path
-- inputs:   folder_index
-- params:   $path VARCHAR, $path_end VARCHAR, $search VARCHAR
-- dialects: duckdb
-- notes:    of those below $path
select count(*) as total
from folder_index
where path > $path and ($path_end is null or path < $path_end) and contains(folded_path, lower($search))
