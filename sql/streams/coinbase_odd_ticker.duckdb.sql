-- model:    coinbase_odd_ticker
-- grain:    one row per product in a message of the channel ticker or ticker_batch
-- inputs:   careful_rows  (rows of coinbase_careful_rows)
-- output:   input of coinbase_ticker
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
    try(from_json(row_text, '{"type": "VARCHAR", "product_id": "VARCHAR", "price": "VARCHAR", "volume_24_h": "VARCHAR", "low_24_h": "VARCHAR", "high_24_h": "VARCHAR", "low_52_w": "VARCHAR", "high_52_w": "VARCHAR", "price_percent_chg_24_h": "VARCHAR", "best_bid": "VARCHAR", "best_bid_quantity": "VARCHAR", "best_ask": "VARCHAR", "best_ask_quantity": "VARCHAR"}')) as fields,
    extra,
    false as is_plain,
    fault
from careful_rows
where channel = 'ticker'
