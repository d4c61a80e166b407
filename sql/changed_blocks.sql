-- model:    changed_blocks
-- grain:    one row per block of keys, a row group of a sorted file of `objects`
-- inputs:   key_blocks, changed_folders
-- dialects: duckdb
-- notes:    is_changed: a direct child of a changed folder may be in the block. Of the folders that the least key lies in,
--           only those have children there that don't have all of the block in one folder below them; any other folder
--           with children there comes after the least key, and not after the greatest.
--           Only for DuckDB, which alone reads the blocks of local files, and has the nearest row of an inequality (asof)
with

folders as (
    select *, string_split(least, '/') as names
    from key_blocks
),

-- the folders that a block's least key lies in, each with the next one on the way to it
lines as (
    select
        path,
        block,
        greatest,
        unnest(list_transform(range(len(names)), n -> array_to_string(names[:n], '/') || case when n > 0 then '/' else '' end)) as folder,
        unnest(list_transform(range(len(names)), n -> case when n + 1 < len(names) then array_to_string(names[:n + 1], '/') || '/' end)) as deeper
    from folders
),

parents as (
    select distinct path, block
    from lines
    where folder in (select path from changed_folders)
        and (deeper is null or greatest is null or not starts_with(greatest, deeper))
)

select
    key_blocks.path,
    key_blocks.block,
    key_blocks.row_count,
    key_blocks.least,
    key_blocks.greatest,
    parents.block is not null or key_blocks.greatest is null or coalesce(inner_folders.path > key_blocks.least, false) as is_changed
from key_blocks
left join parents on parents.path = key_blocks.path and parents.block = key_blocks.block
asof left join changed_folders as inner_folders on key_blocks.greatest >= inner_folders.path
order by key_blocks.least
