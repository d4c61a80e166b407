-- model:    coinbase_market_trades
-- grain:    one row per trade in a message of the channel market_trades
-- inputs:   read_rows  (rows of coinbase_plain_rows, or of coinbase_odd_market_trades)
-- output:   fault: why the row doesn't fit; a message of which any row doesn't is kept apart whole
-- dialects: duckdb
-- notes:    A snapshot after a connection repeats trades that came before: they have the same trade_id.
with

typed as (
    select
        read_rows.* exclude (fields),
        utc_time(fields.time) as time,
        event_type as type,
        fields.product_id as product_id,
        fields.trade_id as trade_id,
        exact_decimal(fields.price) as price,
        exact_decimal(fields.size) as size,
        fields.side as side
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
    trade_id,
    price,
    size,
    side,
    time,
    type,
    extra,
    case
        when fault is not null then fault
        when type is null or type not in ('snapshot', 'update') then 'type is neither snapshot nor update'
        when not coalesce(names_folder(product_id), false) then 'product_id is none'
        when coalesce(trade_id, '') = '' then 'trade_id is none'
        when side is null or side not in ('BUY', 'SELL') then 'side is neither BUY nor SELL'
        when time is null then 'time is no time'
        when price is null then 'price is no exact decimal'
        when size is null then 'size is no exact decimal'
    end as fault
from typed
