-- model:    volume_by_category_month
-- report:   how much of each category sells in each month
-- grain:    one row per month and category with sales
-- inputs:   asked_sales
-- titles:   sale_share of the month
-- none:     no sales
-- dialects: duckdb, trino
with

counted as (
    select year, month, category, count(*) as sale_count, sum(sold_price) as total
    from asked_sales
    group by 1, 2, 3
)

select
    year,
    month,
    category,
    sale_count,
    cast(sale_count as double) / cast(sum(sale_count) over (partition by year, month) as double) as sale_share,
    cast(total as decimal(18, 2)) as total_usd,
    cast(total as double) / sale_count as average_usd
from counted
order by year, month, total desc, category
