-- model:    open_gaps_after
-- grain:    one row per gap that is open after a run
-- inputs:   known_gaps, open_gaps
-- dialects: duckdb, trino
-- notes:    known_gaps is what the run says, open_gaps what was open before it: of what the run could not judge that
--           still holds
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
from known_gaps
where resolved_at is null
union all
select
    open_gaps.run_id,
    open_gaps.run_at,
    open_gaps.gap_id,
    open_gaps.connector,
    open_gaps.dataset,
    open_gaps.kind,
    open_gaps.priority,
    open_gaps.reason,
    open_gaps.key_prefix,
    open_gaps.partition_values,
    open_gaps.expected,
    open_gaps.found,
    open_gaps.first_seen,
    open_gaps.times_seen,
    open_gaps.resolved_at
from open_gaps
left join known_gaps on known_gaps.gap_id = open_gaps.gap_id
where known_gaps.gap_id is null
