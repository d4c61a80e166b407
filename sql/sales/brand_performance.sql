-- model:    brand_performance
-- report:   which brands bring in the most
-- grain:    one row per brand with $least sales or more
-- inputs:   asked_sales
-- params:   $least BIGINT, $top BIGINT
-- defaults: $least 1, $top 20
-- least:    $least 1, $top 1
-- titles:   total_share of all
-- none:     no brand has that many sales
-- dialects: duckdb, trino
-- notes:    the median is a price that was paid: of an even number of sales, the lower of the two in the middle
with

placed as (
    select
        brand,
        sold_price,
        sold_date,
        row_number() over (partition by brand order by sold_price) as place,
        count(*) over (partition by brand) as brand_count
    from asked_sales
),

measured as (
    select
        brand,
        count(*) as sale_count,
        sum(sold_price) as total,
        (select sum(sold_price) from asked_sales) as total_of_all,
        min(sold_price) as lowest_usd,
        min(case when place * 2 >= brand_count then sold_price end) as median_usd,
        max(sold_price) as highest_usd,
        min(sold_date) as first_sold_at,
        max(sold_date) as last_sold_at
    from placed
    group by 1
)

select
    brand,
    sale_count,
    cast(total as decimal(18, 2)) as total_usd,
    cast(total as double) / nullif(cast(total_of_all as double), 0) as total_share,
    cast(total as double) / sale_count as average_usd,
    lowest_usd,
    median_usd,
    highest_usd,
    first_sold_at,
    last_sold_at
from measured
where sale_count >= $least
order by total desc, brand
limit $top
