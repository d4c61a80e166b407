-- model:    extensions
-- report:   what kinds of files there are, by extension
-- grain:    one row per connector and extension, in lower case; NULL for keys without one
-- inputs:   objects_latest
-- params:   $connector VARCHAR, $top BIGINT
-- defaults: $top 20
-- least:    $top 1
-- chart:    bar total_size_bytes
-- quiet:    unsized_count, sample_rate
-- none:     no objects
-- dialects: duckdb, trino
-- notes:    an extension is what follows the last dot of a name: up to 12 ASCII letters and digits, at least one letter
--           among them. A dot that begins the name makes none
with

named as (
    select
        connector,
        nullif(regexp_extract(lower(substr(key, greatest(1, length(key) - 13))), '[^/]\.([0-9]*[a-z][a-z0-9]*)\z', 1), '') as extension,
        size,
        sample_rate
    from objects_latest
    where is_latest and not is_delete_marker and ($connector is null or connector = $connector)
),

counted as (
    select
        connector,
        extension,
        sample_rate,
        count(*) as object_count,
        cast(sum(size) as bigint) as total_size_bytes,
        count(*) filter (where size is null) as unsized_count
    from named
    group by 1, 2, 3
)

select
    connector,
    extension,
    object_count,
    cast(object_count as double) / cast(sum(object_count) over (partition by connector) as double) as object_share,
    total_size_bytes,
    cast(total_size_bytes as double) / nullif(cast(sum(total_size_bytes) over (partition by connector) as double), 0) as size_share,
    unsized_count,
    sample_rate
from counted
order by total_size_bytes desc nulls last, object_count desc, connector, extension
limit $top
