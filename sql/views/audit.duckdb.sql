-- model:    audit
-- grain:    one row per deed: an import, a change of a connector, a task that was run
-- inputs:   audit_records
-- dialects: duckdb
-- notes:    for DuckDB alone, as the records are files of JSON in the lake's state and no table. A record is in two of the
--           files while a day's are being put together.
with

ranked as (
    select *, row_number() over (partition by audit_id order by happened_at) as place
    from audit_records
)

select
    audit_id,
    happened_at,
    who,
    host,
    action,
    subject,
    objects,
    outcome,
    job_id,
    detail
from ranked
where place = 1
