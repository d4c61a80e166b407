-- model:    coverage
-- grain:    one row: what a dataset has of what is expected of it
-- inputs:   partition_states, found_groups
-- params:   $connector VARCHAR, $dataset VARCHAR
-- dialects: duckdb, trino
-- notes:    unknown_count is of the expected partitions that weren't found, where a sample, or a report with malformed
--           rows, can't tell whether they are there. While there are any, share is NULL: it would be too low
with

expected as (
    select
        count(*) as expected_count,
        count(*) filter (where object_count > 0) as found_count,
        count(*) filter (where object_count = 0 and is_judged) as missing_count,
        count(*) filter (where object_count = 0 and not is_judged) as unknown_count
    from partition_states
),

found as (
    select
        coalesce(cast(sum(object_count) as bigint), 0) as object_count,
        coalesce(cast(sum(size_bytes) as bigint), 0) as size_bytes,
        max(last_modified) as last_modified
    from found_groups
    where partition is not null
)

select
    $connector as connector,
    $dataset as dataset,
    expected.expected_count,
    expected.found_count,
    expected.missing_count,
    expected.unknown_count,
    case
        when expected.unknown_count = 0
            then cast(expected.found_count as double) / nullif(cast(expected.expected_count as double), 0)
    end as share,
    found.object_count,
    found.size_bytes,
    found.last_modified
from expected
cross join found
