-- model:    gaps_that_stay
-- grain:    one row per row of gaps_v1 that stays
-- inputs:   gaps_v1
-- output:   the table gaps
-- params:   $since TIMESTAMP
-- dialects: duckdb
-- notes:    of the days before $since, the last row of each gap and day. Only `maintain` runs it, which has the embedded
--           engine
with

old as (
    select *, row_number() over (partition by gap_id, cast(run_at as date) order by run_at desc, run_id desc) as place
    from gaps_v1
    where run_at < cast($since as timestamp(6))
)

select
    run_id,
    run_at,
    gap_id,
    connector,
    dataset,
    kind,
    priority,
    reason,
    key_prefix,
    partition_values,
    expected,
    found,
    first_seen,
    times_seen,
    resolved_at
from old
where place = 1
union all
select
    run_id,
    run_at,
    gap_id,
    connector,
    dataset,
    kind,
    priority,
    reason,
    key_prefix,
    partition_values,
    expected,
    found,
    first_seen,
    times_seen,
    resolved_at
from gaps_v1
where run_at >= cast($since as timestamp(6))
