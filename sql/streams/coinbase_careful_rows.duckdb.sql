-- model:    coinbase_careful_rows
-- grain:    one row per row of a message of a channel, with what is wrong with it
-- inputs:   odd_messages  (rows of coinbase_messages)
-- dialects: duckdb
-- notes:    For messages that have fields of which we don't know, or lack some, or spell them otherwise. Unknown fields are kept
--           as JSON, those of the message and the event beside those of the row. A number has no place where the exchange
--           documents a text: JSON's numbers aren't exact.
with

reads as (
    select
        *,
        json_extract(text, '$.message') as message,
        list_of_rows(channel) as list_name,
        case channel
            when 'ticker' then [
                'type', 'product_id', 'price', 'volume_24_h', 'low_24_h', 'high_24_h', 'low_52_w', 'high_52_w',
                'price_percent_chg_24_h', 'best_bid', 'best_bid_quantity', 'best_ask', 'best_ask_quantity']
            when 'level2' then ['side', 'event_time', 'price_level', 'new_quantity']
            when 'market_trades' then ['trade_id', 'product_id', 'price', 'size', 'side', 'time']
        end as known
    from odd_messages
),

event_lists as (
    select
        *,
        json_merge_patch(message, '{"channel": null, "client_id": null, "timestamp": null, "sequence_num": null, "events": null}') as message_extra,
        try(from_json(message, '{"events": ["JSON"]}')).events as event_texts
    from reads
),

event_rows as (
    select * exclude (event_texts), unnest(event_texts) as event_text, generate_subscripts(event_texts, 1) as event_number
    from event_lists
),

row_lists as (
    select
        *,
        json_extract_string(event_text, '$.type') as event_type,
        json_extract_string(event_text, '$.product_id') as event_product_id,
        json_type(event_text, ['$.type', '$.product_id']) as event_types,
        json_merge_patch(event_text, json_object('type', null, 'product_id', null, list_name, null)) as event_extra,
        json_type(event_text, '$.' || list_name) as list_type,
        try(from_json(json_extract(event_text, '$.' || list_name), '["JSON"]')) as row_texts
    from event_rows
),

numbered as (
    select
        *,
        coalesce(sum(len(row_texts)) over (partition by line order by event_number rows between unbounded preceding and 1 preceding), 0) as rows_before
    from row_lists
),

row_parts as (
    select * exclude (row_texts), unnest(row_texts) as row_text, rows_before + generate_subscripts(row_texts, 1) as item
    from numbered
),

typed as (
    select
        *,
        json_type(row_text) as row_type,
        json_keys(row_text) as keys,
        [json_type(row_text, '$.' || name) for name in known] as types,
        json_merge_patch(row_text, map_from_entries(list_transform(known, lambda name: struct_pack(k := name, v := null)))::json) as row_extra
    from row_parts
),

misshapen as (
    select line, 'a message without a list of events' as fault from event_lists where event_texts is null
    union all
    select line, 'an event without a list of ' || list_name from row_lists where list_type is distinct from 'ARRAY'
)

select
    line,
    received_at,
    connection,
    sequence,
    channel,
    message_time,
    event_type,
    event_product_id,
    item,
    row_text,
    cast(nullif(json_merge_patch(
        json_merge_patch(row_extra, if(event_extra = '{}', '{}', json_object('event', event_extra))),
        if(message_extra = '{}', '{}', json_object('message', message_extra))
    ), '{}') as varchar) as extra,
    case
        when row_type is distinct from 'OBJECT' then 'a row is no JSON object'
        when len(list_distinct(keys)) < len(keys) then 'a field is there twice'
        when len(list_filter(types, lambda t: t not in ('VARCHAR', 'NULL'))) > 0 then 'a field is no text'
        when len(list_filter(event_types, lambda t: t not in ('VARCHAR', 'NULL'))) > 0 then 'a field of an event is no text'
        when received_at is null then 'received_at is no time'
        when message_time is null then 'timestamp is no time'
    end as fault
from typed
union all
select misshapen.line, null, null, null, channel, null, null, null, null, null, null, fault
from misshapen
join odd_messages on misshapen.line = odd_messages.line
