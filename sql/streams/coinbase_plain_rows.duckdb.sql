-- model:    coinbase_plain_rows
-- grain:    one row per row of a message of a channel; or one for a message that isn't plain
-- inputs:   parsed_lines  (rows of coinbase_plain_ticker, coinbase_plain_level2 or coinbase_plain_market_trades)
-- output:   input of the channel's model; fault: the message isn't plain
-- dialects: duckdb
-- notes:    For DuckDB alone, as a segment is a file of the lake and no table. A plain message has the documented fields, all
--           of them and no others, as texts. Whether there are others is told by their number: those that were found in their
--           places are as many as there are colons behind names. What has blanks is no fault, but isn't plain: it is taken
--           apart with more care, which takes longer; and so is one of several events.
with

told as (
    select
        *,
        len(row_list) as row_count,
        record.message.client_id is not null and record.message.sequence_num is not null as has_head
    from parsed_lines
),

judged as (
    select
        line,
        utc_time(record.received_at) as received_at,
        record.connection as connection,
        record.sequence as sequence,
        utc_time(record.message.timestamp) as message_time,
        event_type,
        event_product_id,
        row_list,
        coalesce(
            len(record.message.events) = 1
            and row_count > 0
            and record.message.channel = channel
            and has_head
            and count_fields(text) = head_fields + row_fields * row_count
            and count_text_fields(text) = head_texts + if(record.connection is null, 0, 1) + row_fields * row_count,
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
    is_plain,
    if(not is_plain or received_at is null or message_time is null, 'not plain', null) as fault
from plain_rows
