-- model:    gaps
-- grain:    one row per gap that a run ever found, as the newest run that could judge it says
-- inputs:   gaps_v1
-- dialects: duckdb, trino
-- notes:    open gaps are those without resolved_at
with

ranked as (
    select *, row_number() over (partition by gap_id order by run_at desc, run_id desc) as place
    from gaps_v1
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
from ranked
where place = 1
