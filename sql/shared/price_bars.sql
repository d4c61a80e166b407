-- model:    price_bars
-- grain:    one row per product, unit of time, and minute or hour in which it was traded
-- inputs:   unique_trades
-- dialects: duckdb, trino
-- notes:    open and close are of the first and the last trade by time, and by id where these are the same. vwap is the
--           mean price by size; NULL where nothing was traded but zeros. What asks for one unit doesn't compute the other
with

timed as (
    select unit, product_id, date, trade_id, price, size, time as traded_at, date_trunc(unit, time) as time
    from unique_trades
    cross join (values ('minute'), ('hour')) as units (unit)
),

ordered as (
    select
        *,
        row_number() over (
            partition by unit, product_id, date, time
            order by traded_at, length(trade_id), trade_id
        ) as nth,
        row_number() over (
            partition by unit, product_id, date, time
            order by traded_at desc, length(trade_id) desc, trade_id desc
        ) as nth_from_last
    from timed
)

select
    unit,
    product_id,
    date,
    time,
    max(case when nth = 1 then price end) as open,
    max(price) as high,
    min(price) as low,
    max(case when nth_from_last = 1 then price end) as close,
    cast(sum(size) as decimal(38, 18)) as volume,
    sum(cast(price as double) * cast(size as double)) / nullif(sum(cast(size as double)), 0) as vwap,
    count(*) as trade_count
from ordered
group by 1, 2, 3, 4
