-- model:    category_by_brand
-- report:   which brands lead each category
-- grain:    one row per category and brand, of the $top brands of each category
-- inputs:   asked_sales
-- params:   $top BIGINT
-- defaults: $top 5
-- least:    $top 1
-- titles:   total_share of the category
-- none:     no sales
-- dialects: duckdb, trino
with

measured as (
    select category, brand, count(*) as sale_count, sum(sold_price) as total
    from asked_sales
    group by 1, 2
),

ranked as (
    select
        *,
        row_number() over (partition by category order by total desc, brand) as place,
        sum(total) over (partition by category) as category_total
    from measured
)

select
    category,
    place,
    brand,
    sale_count,
    cast(total as decimal(18, 2)) as total_usd,
    cast(total as double) / nullif(cast(category_total as double), 0) as total_share,
    cast(total as double) / sale_count as average_usd
from ranked
where place <= $top
order by category, place
