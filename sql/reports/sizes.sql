-- model:    sizes
-- report:   how large the objects are
-- grain:    one row per connector and power of ten; from_bytes is in the range, to_bytes is not. NULL where the size
--           isn't known
-- inputs:   objects_latest
-- params:   $connector VARCHAR
-- chart:    bar object_count
-- quiet:    sample_rate
-- none:     no objects
-- dialects: duckdb, trino
with

measured as (
    select
        connector,
        case when size = 0 then 0 else length(cast(size as varchar)) end as digits,
        size,
        sample_rate
    from objects_latest
    where is_latest and not is_delete_marker and ($connector is null or connector = $connector)
),

counted as (
    select
        connector,
        digits,
        sample_rate,
        count(*) as object_count,
        cast(sum(size) as bigint) as total_size_bytes
    from measured
    group by 1, 2, 3
)

select
    connector,
    case when digits = 0 then 0 else cast(power(10, digits - 1) as bigint) end as from_bytes,
    cast(power(10, digits) as bigint) as to_bytes,
    object_count,
    cast(object_count as double) / cast(sum(object_count) over (partition by connector) as double) as object_share,
    total_size_bytes,
    cast(total_size_bytes as double) / nullif(cast(sum(total_size_bytes) over (partition by connector) as double), 0) as size_share,
    sample_rate
from counted
order by connector, digits nulls last
