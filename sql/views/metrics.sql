-- model:    metrics
-- grain:    one row per run and metric, and of some metrics per dataset
-- inputs:   metrics_v1
-- dialects: duckdb, trino
select
    run_id,
    run_at,
    metric,
    dataset,
    value
from metrics_v1
