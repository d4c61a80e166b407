-- model:    coinbase_plain_market_trades
-- grain:    one row per trade in a message of the channel market_trades; or one for a message that isn't plain
-- inputs:   channel_lines  (line, text)
-- output:   input of coinbase_market_trades; fault: the message isn't plain
-- dialects: duckdb
-- notes:    For DuckDB alone, as a segment is a file of the lake and no table. A plain message has the documented fields, all
--           of them and no others, as texts. Whether there are others is told by their number: those that were found in their
--           places are as many as there are colons behind names. What has blanks is no fault, but isn't plain: it is taken
--           apart with more care, which takes longer; and so is one of several events.
with

parsed as (
    select
        line,
        count_fields(text) as fields,
        count_text_fields(text) as text_fields,
        try(from_json(text, '{
            "received_at": "VARCHAR", "connection": "VARCHAR", "sequence": "BIGINT",
            "message": {
                "channel": "VARCHAR", "client_id": "VARCHAR", "timestamp": "VARCHAR", "sequence_num": "BIGINT",
                "events": [{"type": "VARCHAR", "trades": [{
                    "trade_id": "VARCHAR", "product_id": "VARCHAR", "price": "VARCHAR", "size": "VARCHAR",
                    "side": "VARCHAR", "time": "VARCHAR"}]}]}}')) as record
    from channel_lines
),

told as (
    select
        line,
        fields,
        text_fields,
        record,
        record.message.events[1] as event,
        len(record.message.events) as event_count,
        len(record.message.events[1].trades) as row_count
    from parsed
),

judged as (
    select
        line,
        utc_time(record.received_at) as received_at,
        record.connection as connection,
        record.sequence as sequence,
        utc_time(record.message.timestamp) as message_time,
        event.type as event_type,
        cast(null as varchar) as event_product_id,
        event.trades as row_list,
        coalesce(
            event_count = 1
            and row_count > 0
            and record.message.channel = 'market_trades'
            and record.message.client_id is not null
            and record.message.sequence_num is not null
            and fields = 11 + 6 * row_count
            and text_fields = if(record.connection is null, 5, 6) + 6 * row_count,
            false
        ) as is_plain
    from told
),

plain_rows as (
    select
        * exclude (row_list),
        generate_subscripts(if(is_plain, row_list, [null]), 1) as item,
        unnest(if(is_plain, row_list, [null])) as fields
    from judged
)

select
    line,
    received_at,
    connection,
    sequence,
    message_time,
    event_type,
    event_product_id,
    item,
    fields,
    cast(null as varchar) as extra,
    if(
        not is_plain
        or received_at is null
        or message_time is null
        or fields.trade_id is null
        or fields.product_id is null
        or fields.price is null
        or fields.size is null
        or fields.side is null
        or fields.time is null,
        'not plain',
        null
    ) as fault
from plain_rows
