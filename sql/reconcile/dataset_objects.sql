-- model:    dataset_objects
-- grain:    one row per current object below the prefix of a dataset's keys
-- inputs:   objects_current
-- params:   $connector VARCHAR, $prefix VARCHAR, $prefix_end VARCHAR, $pattern VARCHAR, $partition VARCHAR,
--           $partition_again VARCHAR
-- dialects: duckdb, trino
-- notes:    partition is NULL where the key isn't one of the dataset's: it doesn't match $pattern, or what stands in two
--           places of it differs, so that $partition and $partition_again make different texts of it. Empty objects
--           whose key ends in a slash aren't here: consoles make them to show a folder
with

below as (
    select
        key,
        size,
        last_modified_date,
        storage_class,
        replace(snapshot, 'Z', '') as moment,
        nullif(regexp_extract(key, $pattern), '') is not null as is_match
    from objects_current
    where connector = $connector
        and is_latest
        and not is_delete_marker
        and key >= $prefix
        and ($prefix_end is null or key < $prefix_end)
        and not (substr(key, length(key)) = '/' and coalesce(size, 0) = 0)
)

select
    key,
    case
        when is_match and regexp_replace(key, $pattern, $partition) = regexp_replace(key, $pattern, $partition_again)
            then regexp_replace(key, $pattern, $partition)
    end as partition,
    size,
    last_modified_date,
    storage_class,
    moment
from below
