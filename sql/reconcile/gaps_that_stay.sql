-- model:    gaps_that_stay
-- grain:    one row per row of gaps_v1 that stays
-- inputs:   gaps_v1
-- output:   the table gaps
-- params:   $since TIMESTAMP
-- dialects: duckdb
-- notes:    of the days before $since, the first and the last row of each gap and day, and every row that says that one
--           is gone, or is there again: what was known to be open at a moment of the day still is. Only `maintain` runs
--           it, which has the embedded engine
with

old as (
    select
        *,
        row_number() over (partition by gap_id, cast(run_at as date) order by run_at, run_id) as place,
        row_number() over (partition by gap_id, cast(run_at as date) order by run_at desc, run_id desc) as from_end,
        lag(resolved_at) over (partition by gap_id, cast(run_at as date) order by run_at, run_id) as resolved_before
    from gaps_v1
    where run_at < cast($since as timestamp(6))
),

kept as (
    select * exclude (place, from_end, resolved_before) from old
    where place = 1 or from_end = 1 or resolved_at is not null or resolved_before is not null
    union all by name
    select * from gaps_v1
    where run_at >= cast($since as timestamp(6))
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
from kept
