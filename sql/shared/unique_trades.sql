-- model:    unique_trades
-- grain:    one row per trade of a product
-- inputs:   market_trades
-- dialects: duckdb, trino
-- notes:    A snapshot after a connection repeats trades that came before: the row that was received first counts. Ids are
--           numbers as texts: of two in one microsecond, the longer one is the later one
with

numbered as (
    select
        *,
        row_number() over (
            partition by product_id, date, trade_id
            order by received_at, segment, line, item
        ) as copy
    from market_trades
)

select product_id, date, trade_id, price, size, side, time
from numbered
where copy = 1
