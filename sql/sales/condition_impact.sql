-- model:    condition_impact
-- report:   what an item's condition does to its price
-- grain:    one row per condition
-- inputs:   asked_sales
-- params:   $brand VARCHAR
-- titles:   price_rate against categories
-- none:     no sales
-- dialects: duckdb, trino
-- notes:    price_rate is against what the same sales would have brought at the average prices of their categories: 110 % is
--           a tenth more. That dear things are often new is so left out of it. The median is a price that was paid: of an
--           even number of sales, the lower of the two in the middle
with

priced as (
    select
        condition,
        sold_price,
        cast(sum(sold_price) over (partition by category) as double)
            / count(*) over (partition by category) as category_price,
        row_number() over (partition by condition order by sold_price) as place,
        count(*) over (partition by condition) as condition_count
    from asked_sales
    where $brand is null or brand = $brand
)

select
    condition,
    count(*) as sale_count,
    cast(sum(sold_price) as decimal(18, 2)) as total_usd,
    cast(sum(sold_price) as double) / count(*) as average_usd,
    min(case when place * 2 >= condition_count then sold_price end) as median_usd,
    cast(sum(sold_price) as double) / nullif(sum(category_price), 0) as price_rate
from priced
group by condition
order by 2 desc, 1
