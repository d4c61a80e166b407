-- model:    high_value
-- report:   which sales brought the most
-- grain:    one row per sale for $least_usd or more
-- inputs:   asked_sales
-- params:   $brand VARCHAR, $least_usd DOUBLE, $top BIGINT
-- defaults: $least_usd 100, $top 20
-- least:    $least_usd 0, $top 1
-- titles:   price_rate against the category
-- none:     nothing sold for that much
-- dialects: duckdb, trino
-- notes:    price_rate is against the average price of the category, of all brands: 300 % is three times as much
with

averaged as (
    select
        *,
        cast(sum(sold_price) over (partition by category) as double)
            / count(*) over (partition by category) as category_price
    from asked_sales
)

select
    product_id,
    tenant_id,
    category,
    brand,
    condition,
    sold_price as price_usd,
    cast(sold_price as double) / nullif(category_price, 0) as price_rate,
    sold_date as sold_at,
    season,
    source
from averaged
where cast(sold_price as double) >= $least_usd and ($brand is null or brand = $brand)
order by sold_price desc, sold_date desc, product_id, tenant_id, source, condition, brand, category, season
limit $top
