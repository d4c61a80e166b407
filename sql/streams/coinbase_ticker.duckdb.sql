-- model:    coinbase_ticker
-- grain:    one row per product in a message of the channel ticker or ticker_batch
-- inputs:   read_rows  (rows of coinbase_plain_rows, or of coinbase_odd_ticker)
-- output:   fault: why the row doesn't fit; a message of which any row doesn't is kept apart whole
-- dialects: duckdb
with

typed as (
    select
        read_rows.* exclude (fields),
        message_time as time,
        event_type as type,
        fields.product_id as product_id,
        exact_decimal(fields.price) as price,
        exact_decimal(fields.volume_24_h) as volume_24_h,
        exact_decimal(fields.low_24_h) as low_24_h,
        exact_decimal(fields.high_24_h) as high_24_h,
        exact_decimal(fields.low_52_w) as low_52_w,
        exact_decimal(fields.high_52_w) as high_52_w,
        finite_double(fields.price_percent_chg_24_h) as price_percent_chg_24_h,
        exact_decimal(fields.best_bid) as best_bid,
        exact_decimal(fields.best_bid_quantity) as best_bid_quantity,
        exact_decimal(fields.best_ask) as best_ask,
        exact_decimal(fields.best_ask_quantity) as best_ask_quantity,
        fields
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
    price,
    volume_24_h,
    low_24_h,
    high_24_h,
    low_52_w,
    high_52_w,
    price_percent_chg_24_h,
    best_bid,
    best_bid_quantity,
    best_ask,
    best_ask_quantity,
    extra,
    case
        when fault is not null then fault
        -- one that another field stands in for, as there are as many
        when is_plain and (
            fields.type is null
            or fields.volume_24_h is null
            or fields.low_24_h is null
            or fields.high_24_h is null
            or fields.low_52_w is null
            or fields.high_52_w is null
            or fields.price_percent_chg_24_h is null
            or fields.best_bid is null
            or fields.best_bid_quantity is null
            or fields.best_ask is null
            or fields.best_ask_quantity is null
        ) then 'not plain'
        when type is null or type not in ('snapshot', 'update') then 'type is neither snapshot nor update'
        when not coalesce(names_folder(product_id), false) then 'product_id is none'
        when price is null then 'price is no exact decimal'
        when volume_24_h is null and fields.volume_24_h <> '' then 'volume_24_h is no exact decimal'
        when low_24_h is null and fields.low_24_h <> '' then 'low_24_h is no exact decimal'
        when high_24_h is null and fields.high_24_h <> '' then 'high_24_h is no exact decimal'
        when low_52_w is null and fields.low_52_w <> '' then 'low_52_w is no exact decimal'
        when high_52_w is null and fields.high_52_w <> '' then 'high_52_w is no exact decimal'
        when price_percent_chg_24_h is null and fields.price_percent_chg_24_h <> '' then 'price_percent_chg_24_h is no number'
        when best_bid is null and fields.best_bid <> '' then 'best_bid is no exact decimal'
        when best_bid_quantity is null and fields.best_bid_quantity <> '' then 'best_bid_quantity is no exact decimal'
        when best_ask is null and fields.best_ask <> '' then 'best_ask is no exact decimal'
        when best_ask_quantity is null and fields.best_ask_quantity <> '' then 'best_ask_quantity is no exact decimal'
    end as fault
from typed
