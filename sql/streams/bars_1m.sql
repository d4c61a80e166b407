-- model:    bars_1m
-- grain:    one row per product and minute in which it was traded
-- inputs:   price_bars
-- dialects: duckdb, trino
-- notes:    A minute without a trade has no row
select product_id, date, time, open, high, low, close, volume, vwap, trade_count
from price_bars
where unit = 'minute'
