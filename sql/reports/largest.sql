-- model:    largest
-- report:   which objects are the largest
-- grain:    one row per current object
-- inputs:   objects_latest
-- params:   $connector VARCHAR, $top BIGINT
-- defaults: $top 20
-- least:    $top 1
-- chart:    bar size_bytes
-- quiet:    sample_rate
-- none:     no objects, or none whose size is known
-- dialects: duckdb, trino
select
    connector,
    key,
    size as size_bytes,
    storage_class,
    last_modified_date as last_modified,
    sample_rate
from objects_latest
where is_latest and not is_delete_marker and size is not null and ($connector is null or connector = $connector)
order by size desc, connector, key
limit $top
