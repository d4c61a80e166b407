-- model:    nearest_keys
-- grain:    one row per current object beside a gap, in key order: three before it, and three from it on
-- inputs:   objects_current
-- params:   $connector VARCHAR, $prefix VARCHAR, $prefix_end VARCHAR, $key_prefix VARCHAR
-- dialects: duckdb, trino
-- notes:    of the keys that start with $prefix, the dataset's
with

near as (
    select key, size, last_modified_date, storage_class
    from objects_current
    where connector = $connector
        and key >= $prefix
        and ($prefix_end is null or key < $prefix_end)
        and is_latest
        and not is_delete_marker
),

before_it as (select * from near where key < $key_prefix order by key desc limit 3),

from_it as (select * from near where key >= $key_prefix order by key limit 3)

select key, size, last_modified_date, storage_class from before_it
union all
select key, size, last_modified_date, storage_class from from_it
order by 1
