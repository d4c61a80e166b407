-- model:    season_comparison
-- report:   in which season each category sells best
-- grain:    one row per category and season
-- inputs:   asked_sales
-- params:   $brand VARCHAR
-- titles:   sale_share of the category, price_rate against the category
-- none:     no sales
-- dialects: duckdb, trino
-- notes:    of all years that are asked for; one that isn't whole gives its seasons more weight. price_rate is the average
--           price against that of the category: 110 % is a tenth more
with

measured as (
    select category, season, count(*) as sale_count, sum(sold_price) as total
    from asked_sales
    where $brand is null or brand = $brand
    group by 1, 2
),

compared as (
    select
        *,
        cast(sum(sale_count) over (partition by category) as double) as category_count,
        cast(sum(total) over (partition by category) as double) as category_total
    from measured
)

select
    category,
    season,
    sale_count,
    cast(sale_count as double) / category_count as sale_share,
    cast(total as decimal(18, 2)) as total_usd,
    cast(total as double) / sale_count as average_usd,
    cast(total as double) / sale_count / nullif(category_total / category_count, 0) as price_rate
from compared
order by category, season
