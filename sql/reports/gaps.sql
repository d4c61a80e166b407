-- model:    gaps
-- report:   what is missing or wrong, against what should be there
-- grain:    one row per gap, the most urgent first
-- inputs:   gaps
-- params:   $connector VARCHAR, $dataset VARCHAR, $priority VARCHAR, $kind VARCHAR, $state VARCHAR
-- defaults: $dataset '', $priority '', $kind '', $state 'open'
-- titles:   first_seen since
-- data:     kind, expected, found, times_seen, connector, key_prefix, partition_values, run_id, run_at
-- quiet:    resolved_at
-- none:     no such gaps, as of the last reconcile
-- dialects: duckdb, trino
-- notes:    $state is open, resolved or all; '' of the others is for any
select
    priority,
    dataset,
    kind,
    reason,
    expected,
    found,
    first_seen,
    times_seen,
    resolved_at,
    gap_id,
    connector,
    key_prefix,
    partition_values,
    run_id,
    run_at
from gaps
where ($connector is null or connector = $connector)
    and $dataset in ('', dataset)
    and $priority in ('', priority)
    and $kind in ('', kind)
    and ($state = 'all' or (resolved_at is null and $state = 'open') or (resolved_at is not null and $state = 'resolved'))
order by case priority when 'critical' then 0 when 'high' then 1 when 'medium' then 2 else 3 end, dataset, key_prefix, kind, gap_id
