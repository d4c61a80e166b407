-- model:    stream_events
-- grain:    one row per line in which ingest speaks for itself
-- inputs:   stream_messages  (lines of a segment, parsed)
-- output:   fault: why the line isn't one
-- dialects: duckdb
-- notes:    for DuckDB alone, as a segment is a file of the lake and no table.
with

parsed as (
    select
        *,
        try(from_json(event, '{"kind": "VARCHAR", "expected": "BIGINT", "got": "BIGINT", "missed": "BIGINT", "detail": "VARCHAR"}')) as fields
    from stream_messages
    where event is not null
)

select
    received_at as time,
    connection,
    fields.kind as kind,
    fields.expected as expected,
    fields.got as got,
    fields.missed as missed,
    fields.detail as detail,
    line,
    cast(received_at as date) as date,
    case
        when received_at is null then 'received_at is no time'
        when fields.kind is null then 'an event without a kind'
    end as fault
from parsed
