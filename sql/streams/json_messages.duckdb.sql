-- model:    json_messages
-- grain:    one row per line of a segment
-- inputs:   segment_lines
-- output:   record: the message as it came, byte for byte
-- params:   $first_channel VARCHAR, $channel VARCHAR, $product_id VARCHAR, $time VARCHAR  (pointers to fields: RFC 6901)
-- dialects: duckdb
-- notes:    for DuckDB alone, as a segment is a file of the lake and no table.
with

parsed as (
    select
        line,
        text,
        try(from_json(text, '{"received_at": "VARCHAR", "connection": "VARCHAR", "sequence": "BIGINT", "text": "VARCHAR", "event": "JSON"}')) as record,
        strpos(text, ',"message":') as place
    from segment_lines
),

read as (
    select
        *,
        record is not null as is_record,
        record is not null and place > 0 and record.event is null and record.text is null as is_message
    from parsed
)

select
    line,
    text,
    utc_time(record.received_at) as received_at,
    record.connection as connection,
    record.sequence as sequence,
    record.event as event,
    is_record,
    is_message,
    case when is_message then if($channel is null, $first_channel, json_extract_string(text, '/message' || $channel)) end as channel,
    case when is_message then nullif(json_extract_string(text, '/message' || $product_id), '') end as product_id,
    case when is_message then json_extract_string(text, '/message' || $time) end as time_text,
    $time is not null as has_time,
    case when is_message then substr(rtrim(text, chr(13)), place + 11, length(rtrim(text, chr(13))) - place - 11) end as record
from read
