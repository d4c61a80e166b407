-- model:    coinbase_level2
-- grain:    one row per change of a price level in a message of the channel level2
-- inputs:   read_rows  (rows of coinbase_plain_rows, or of coinbase_odd_level2)
-- output:   fault: why the row doesn't fit; a message of which any row doesn't is kept apart whole
-- dialects: duckdb
-- notes:    A snapshot has levels whose event_time is 1970: they are of the message's time. So is what would be a day ahead of it.
with

typed as (
    select
        read_rows.* exclude (fields),
        if(utc_time(fields.event_time) between timestamp '2012-01-01' and message_time + interval 1 day, utc_time(fields.event_time), message_time) as time,
        event_type as type,
        event_product_id as product_id,
        fields.side as side,
        exact_decimal(fields.price_level) as price_level,
        exact_decimal(fields.new_quantity) as new_quantity,
        fields.event_time as event_time
    from read_rows
)

select
    received_at,
    connection,
    sequence,
    line,
    cast(item as integer) as item,
    product_id,
    cast(time as date) as date,
    time,
    type,
    side,
    price_level,
    new_quantity,
    extra,
    case
        when fault is not null then fault
        when type is null or type not in ('snapshot', 'update') then 'type is neither snapshot nor update'
        when not coalesce(names_folder(product_id), false) then 'product_id is none'
        when side is null or side not in ('bid', 'offer') then 'side is neither bid nor offer'
        when utc_time(event_time) is null then 'event_time is no time'
        when price_level is null then 'price_level is no exact decimal'
        when new_quantity is null then 'new_quantity is no exact decimal'
    end as fault
from typed
