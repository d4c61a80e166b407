-- model:    bars_1h
-- grain:    one row per product and hour in which it was traded
-- inputs:   price_bars
-- dialects: duckdb, trino
-- notes:    An hour without a trade has no row
select product_id, date, time, open, high, low, close, volume, vwap, trade_count
from price_bars
where unit = 'hour'
