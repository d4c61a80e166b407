-- model:    partition_medians
-- grain:    one row per partition with a date: the medians of those before it in its series
-- inputs:   partition_states
-- params:   $objects_over BIGINT, $bytes_over BIGINT
-- dialects: duckdb
-- notes:    the same rows as the model without .duckdb. Of lists over such frames DuckDB keeps a tree, which for a million
--           partitions is more than the memory of an import; its median needs none
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
)

select
    partition,
    case when count(object_count) over objects_before = $objects_over then median(object_count) over objects_before end as median_objects,
    case when count(size_bytes) over bytes_before = $bytes_over then median(size_bytes) over bytes_before end as median_bytes,
    coalesce(count(*) over objects_before = $objects_over and count(object_count) over objects_before < $objects_over, false) as is_objects_unknown,
    coalesce(count(*) over bytes_before = $bytes_over and count(size_bytes) over bytes_before < $bytes_over, false) as is_bytes_unknown
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
