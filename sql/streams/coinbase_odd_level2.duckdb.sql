-- model:    coinbase_odd_level2
-- grain:    one row per change of a price level in a message of the channel level2
-- inputs:   careful_rows  (rows of coinbase_careful_rows)
-- output:   input of coinbase_level2
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
    try(from_json(row_text, '{"side": "VARCHAR", "event_time": "VARCHAR", "price_level": "VARCHAR", "new_quantity": "VARCHAR"}')) as fields,
    extra,
    false as is_plain,
    fault
from careful_rows
where channel = 'level2'
