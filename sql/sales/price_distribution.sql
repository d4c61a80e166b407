-- model:    price_distribution
-- report:   what things of each category sell for
-- grain:    one row per category
-- inputs:   asked_sales
-- params:   $brand VARCHAR, $condition VARCHAR
-- titles:   low_usd 10 %, quarter_usd 25 %, median_usd 50 %, three_quarters_usd 75 %, high_usd 90 %
-- none:     no sales
-- dialects: duckdb, trino
-- notes:    each is a price that was paid: the least that so many of a hundred sales don't exceed
with

placed as (
    select
        category,
        sold_price,
        row_number() over (partition by category order by sold_price) * 100 as place,
        count(*) over (partition by category) as category_count
    from asked_sales
    where ($brand is null or brand = $brand) and ($condition is null or condition = $condition)
)

select
    category,
    count(*) as sale_count,
    cast(sum(sold_price) as double) / count(*) as average_usd,
    min(sold_price) as lowest_usd,
    min(case when place >= category_count * 10 then sold_price end) as low_usd,
    min(case when place >= category_count * 25 then sold_price end) as quarter_usd,
    min(case when place >= category_count * 50 then sold_price end) as median_usd,
    min(case when place >= category_count * 75 then sold_price end) as three_quarters_usd,
    min(case when place >= category_count * 90 then sold_price end) as high_usd,
    max(sold_price) as highest_usd
from placed
group by category
order by category
