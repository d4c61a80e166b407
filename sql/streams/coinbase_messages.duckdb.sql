-- model:    coinbase_messages
-- grain:    one row per line of a segment
-- inputs:   segment_lines  (line, text)
-- dialects: duckdb
-- notes:    For DuckDB alone, as a segment is a file of the lake and no table. Of lines that aren't plain messages of a channel.
with

parsed as (
    select
        line,
        text,
        try(from_json(text, '{
            "received_at": "VARCHAR", "connection": "VARCHAR", "sequence": "BIGINT", "event": "JSON",
            "message": {"channel": "VARCHAR", "timestamp": "VARCHAR"}}')) as record
    from segment_lines
)

select
    line,
    text,
    utc_time(record.received_at) as received_at,
    record.connection as connection,
    record.sequence as sequence,
    record.event as event,
    record is not null as is_record,
    record.message is not null as is_message,
    case record.message.channel
        when 'ticker_batch' then 'ticker'
        when 'l2_data' then 'level2'
        else record.message.channel
    end as channel,
    utc_time(record.message.timestamp) as message_time
from parsed
