-- model:    coinbase_plain_level2
-- grain:    one row per line that seems to be a message of the channel level2, parsed
-- inputs:   channel_lines  (line, text)
-- output:   input of coinbase_plain_rows: what the message has, and how many fields and texts such a message has
-- dialects: duckdb
-- notes:    For DuckDB alone, as a segment is a file of the lake and no table.
with

parsed as (
    select
        line,
        text,
        try(from_json(text, '{
            "received_at": "VARCHAR", "connection": "VARCHAR", "sequence": "BIGINT",
            "message": {
                "channel": "VARCHAR", "client_id": "VARCHAR", "timestamp": "VARCHAR", "sequence_num": "BIGINT",
                "events": [{"type": "VARCHAR", "product_id": "VARCHAR", "updates": [{
                    "side": "VARCHAR", "event_time": "VARCHAR", "price_level": "VARCHAR", "new_quantity": "VARCHAR"}]}]}}')) as record
    from channel_lines
)

select
    line,
    text,
    record,
    record.message.events[1].type as event_type,
    record.message.events[1].product_id as event_product_id,
    record.message.events[1].updates as row_list,
    'l2_data' as channel,
    12 as head_fields,
    6 as head_texts,
    4 as row_fields
from parsed
