-- model:    coinbase_odd_market_trades
-- grain:    one row per trade in a message of the channel market_trades
-- inputs:   careful_rows  (rows of coinbase_careful_rows)
-- output:   input of coinbase_market_trades
-- dialects: duckdb
-- notes:    for DuckDB alone, as a segment is a file of the lake and no table.
select
    line,
    received_at,
    connection,
    sequence,
    message_time,
    event_type,
    event_product_id,
    item,
    try(from_json(row_text, '{"trade_id": "VARCHAR", "product_id": "VARCHAR", "price": "VARCHAR", "size": "VARCHAR", "side": "VARCHAR", "time": "VARCHAR"}')) as fields,
    extra,
    false as is_plain,
    fault
from careful_rows
where channel = 'market_trades'
