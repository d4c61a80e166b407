-- model:    storage
-- report:   which folders hold the bytes
-- grain:    one row per folder at a depth, and per folder above them for what lies directly in it
-- inputs:   folders_at_depth
-- params:   $top BIGINT
-- defaults: $top 20
-- least:    $top 1
-- chart:    bar total_size_bytes
-- quiet:    noncurrent_object_count, noncurrent_size_bytes, sample_rate
-- data:     last_modified
-- none:     no such folder, or no objects in it
-- dialects: duckdb, trino
-- notes:    the rows add up to the folder $under: none of its objects is in two of them, or in none
select
    connector,
    path,
    counted,
    object_count,
    total_size_bytes,
    cast(total_size_bytes as double) / nullif(cast(sum(total_size_bytes) over (partition by connector) as double), 0) as size_share,
    case when source <> 'api' then noncurrent_object_count end as noncurrent_object_count,
    case when source <> 'api' then noncurrent_size_bytes end as noncurrent_size_bytes,
    last_modified,
    sample_rate
from folders_at_depth
where counted = 'all' or object_count > 0 or noncurrent_object_count > 0
order by total_size_bytes desc, connector, path, counted
limit $top
