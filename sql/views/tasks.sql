-- model:    tasks
-- grain:    one row per task and time that it ended or was closed
-- inputs:   tasks_v1
-- dialects: duckdb, trino
-- notes:    what is queued or runs now is in the state of the lake: stocktake tasks list
select
    task_id,
    gap_ids,
    dataset,
    priority,
    command,
    state,
    attempts,
    created_at,
    started_at,
    ended_at,
    exit_code,
    verified_at,
    outcome
from tasks_v1
