-- model:    known_gaps
-- grain:    one row per gap of this run, and per open gap that this run found to be gone
-- inputs:   prioritized_gaps, gaps_found, open_gaps, judged
-- output:   the table gaps
-- params:   $run_id VARCHAR, $run_at TIMESTAMP
-- dialects: duckdb, trino
-- notes:    judged has the datasets of this run (a row without scope is for the dataset alone), and the prefixes whose
--           keys are all known. An open gap stays open, and has no row here, while it can't be told whether it is gone:
--           its dataset wasn't looked at, it may be there without proof, or a sample doesn't show it. What is missing
--           no more, or no longer stale, a sample can show
with

looked as (select distinct connector, dataset from judged),

covered as (
    select distinct open_gaps.gap_id
    from open_gaps
    inner join judged
        on judged.connector = open_gaps.connector
        and judged.dataset = open_gaps.dataset
        and starts_with(open_gaps.key_prefix, judged.scope)
),

resolved as (
    select open_gaps.*
    from open_gaps
    inner join looked on looked.connector = open_gaps.connector and looked.dataset = open_gaps.dataset
    left join gaps_found on gaps_found.gap_id = open_gaps.gap_id
    left join covered on covered.gap_id = open_gaps.gap_id
    where gaps_found.gap_id is null
        and (open_gaps.kind in ('missing', 'stale') or covered.gap_id is not null)
)

select
    $run_id as run_id,
    cast($run_at as timestamp(6)) as run_at,
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
    cast(null as timestamp(6)) as resolved_at
from prioritized_gaps
union all
select
    $run_id,
    cast($run_at as timestamp(6)),
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
    cast($run_at as timestamp(6))
from resolved
