-- model:    changes_below
-- grain:    one row per folder in which something changed, at any depth below
-- inputs:   newer_changes  (the changes of one snapshot)
-- dialects: duckdb
-- notes:    of the index that the page's folders come from. id stands for the path, as a number, since that is soon compared
with

direct as (
    select
        regexp_replace(key, '[^/]*$', '') as folder,
        count(*) filter (where change = 'new') as new_count,
        count(*) filter (where change = 'modified') as modified_count,
        count(*) filter (where change = 'deleted') as deleted_count
    from newer_changes
    where change <> 'touched'
    group by 1
),

lines as (
    select
        unnest(generate_series(0, len(string_split(folder, '/')) - 1)) as depth,
        string_split(folder, '/') as names,
        new_count,
        modified_count,
        deleted_count
    from direct
)

select
    md5_number(case when depth = 0 then '' else array_to_string(list_slice(names, 1, depth), '/') || '/' end) as id,
    cast(sum(new_count) as bigint) as new_count,
    cast(sum(modified_count) as bigint) as modified_count,
    cast(sum(deleted_count) as bigint) as deleted_count
from lines
group by 1
