-- model:    partition_states
-- grain:    one row per expected partition of a dataset: what was found of it
-- inputs:   expected_partitions, found_partitions, judged
-- dialects: duckdb, trino
-- notes:    judged has the prefixes whose keys are all known. Elsewhere there may be more than was found: is_judged is
--           false
with

covered as (
    select distinct expected_partitions.partition
    from expected_partitions
    inner join judged on starts_with(expected_partitions.key_prefix, judged.scope)
)

select
    expected_partitions.partition,
    expected_partitions.series,
    expected_partitions.partition_values,
    expected_partitions.key,
    expected_partitions.key_prefix,
    expected_partitions.started_at,
    expected_partitions.ended_at,
    coalesce(found_partitions.object_count, 0) as object_count,
    coalesce(found_partitions.size_bytes, 0) as size_bytes,
    coalesce(found_partitions.unsized_count, 0) as unsized_count,
    covered.partition is not null as is_judged
from expected_partitions
left join found_partitions on found_partitions.partition = expected_partitions.partition
left join covered on covered.partition = expected_partitions.partition
