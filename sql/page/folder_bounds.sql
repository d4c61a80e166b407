-- model:    folder_bounds
-- grain:    one row per path of a sample of a snapshot's folders and those of its base, by path
-- inputs:   newer_folders, base_folders  (the folders of the snapshot, and of its base)
-- dialects: duckdb
-- notes:    of the index that the page's folders come from, which is made in ranges of paths that have about as many folders
--           each
with

paths as (
    select path from newer_folders
    union all
    select path from base_folders
)

select path
from (select path from paths using sample reservoir(5000 rows) repeatable (1))
order by path
