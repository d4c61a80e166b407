-- model:    partition_medians
-- grain:    one row per partition with a date: the medians of those before it in its series
-- inputs:   partition_states
-- params:   $objects_over BIGINT, $bytes_over BIGINT
-- dialects: duckdb, trino
-- notes:    of the last $objects_over (or $bytes_over) that are there; NULL with fewer before it, or where one of them is in
--           a sample, which may lack objects, or has a size that isn't known: then is_…_unknown is true
with

there as (
    select
        partition,
        series,
        started_at,
        case when is_judged then object_count end as object_count,
        case when is_judged and unsized_count = 0 then size_bytes end as size_bytes
    from partition_states
    where (object_count > 0 or not is_judged)
        and started_at is not null
        and ($objects_over is not null or $bytes_over is not null)
),

before as (
    select
        partition,
        array_sort(array_agg(object_count) over objects_before) as object_counts,
        count(*) over objects_before as all_objects,
        count(object_count) over objects_before as known_objects,
        array_sort(array_agg(size_bytes) over bytes_before) as sizes,
        count(*) over bytes_before as all_bytes,
        count(size_bytes) over bytes_before as known_bytes
    from there
    window
        objects_before as (
            partition by series order by started_at, partition
            rows between coalesce($objects_over, 1) preceding and 1 preceding
        ),
        bytes_before as (
            partition by series order by started_at, partition
            rows between coalesce($bytes_over, 1) preceding and 1 preceding
        )
)

-- the middle one, or halfway between the two in the middle
select
    partition,
    case
        when known_objects = $objects_over
            then (
                cast(object_counts[cast(floor((cast($objects_over as double) + 1) / 2) as bigint)] as double)
                + cast(object_counts[cast(floor((cast($objects_over as double) + 2) / 2) as bigint)] as double)
            ) / 2
    end as median_objects,
    case
        when known_bytes = $bytes_over
            then (
                cast(sizes[cast(floor((cast($bytes_over as double) + 1) / 2) as bigint)] as double)
                + cast(sizes[cast(floor((cast($bytes_over as double) + 2) / 2) as bigint)] as double)
            ) / 2
    end as median_bytes,
    coalesce(all_objects = $objects_over and known_objects < all_objects, false) as is_objects_unknown,
    coalesce(all_bytes = $bytes_over and known_bytes < all_bytes, false) as is_bytes_unknown
from before
