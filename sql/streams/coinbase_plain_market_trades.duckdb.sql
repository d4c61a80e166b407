-- model:    coinbase_plain_market_trades
-- grain:    one row per line that seems to be a message of the channel market_trades, parsed
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
                "events": [{"type": "VARCHAR", "trades": [{
                    "trade_id": "VARCHAR", "product_id": "VARCHAR", "price": "VARCHAR", "size": "VARCHAR",
                    "side": "VARCHAR", "time": "VARCHAR"}]}]}}')) as record
    from channel_lines
)

select
    line,
    text,
    record,
    record.message.events[1].type as event_type,
    cast(null as varchar) as event_product_id,
    record.message.events[1].trades as row_list,
    'market_trades' as channel,
    11 as head_fields,
    5 as head_texts,
    6 as row_fields
from parsed
