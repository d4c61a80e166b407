-- model:    found_partitions
-- grain:    one row per partition of a dataset that has objects, expected or not
-- inputs:   found_groups
-- dialects: duckdb, trino
select
    partition,
    cast(sum(object_count) as bigint) as object_count,
    cast(sum(size_bytes) as bigint) as size_bytes,
    cast(sum(unsized_count) as bigint) as unsized_count,
    max(last_modified) as last_modified
from found_groups
where partition is not null
group by 1
