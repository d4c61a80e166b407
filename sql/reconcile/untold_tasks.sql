-- model:    untold_tasks
-- grain:    one row per task that ended or was closed, and of which the table tasks has no row for that yet
-- inputs:   ended_tasks, told_tasks
-- output:   the table tasks
-- dialects: duckdb, trino
select
    ended_tasks.task_id,
    ended_tasks.gap_ids,
    ended_tasks.dataset,
    ended_tasks.priority,
    ended_tasks.command,
    ended_tasks.state,
    ended_tasks.attempts,
    ended_tasks.created_at,
    ended_tasks.started_at,
    ended_tasks.ended_at,
    ended_tasks.exit_code,
    ended_tasks.verified_at,
    ended_tasks.outcome
from ended_tasks
left join told_tasks
    on told_tasks.task_id = ended_tasks.task_id
    and told_tasks.state = ended_tasks.state
    and told_tasks.attempts = ended_tasks.attempts
    and told_tasks.ended_at is not distinct from ended_tasks.ended_at
    and told_tasks.verified_at is not distinct from ended_tasks.verified_at
where told_tasks.task_id is null
