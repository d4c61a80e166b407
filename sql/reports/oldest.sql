-- model:    oldest
-- report:   which objects haven't changed for the longest time
-- grain:    one row per current object
-- inputs:   objects_latest
-- params:   $connector VARCHAR, $top BIGINT
-- defaults: $top 20
-- least:    $top 1
-- quiet:    sample_rate
-- none:     no objects, or none whose date is known
-- dialects: duckdb, trino
select
    connector,
    key,
    last_modified_date as last_modified,
    size as size_bytes,
    storage_class,
    sample_rate
from objects_latest
where is_latest
    and not is_delete_marker
    and last_modified_date is not null
    and ($connector is null or connector = $connector)
order by last_modified_date, connector, key
limit $top
