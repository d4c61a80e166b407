-- model:    source_comparison
-- report:   where the same kind of thing sells for more
-- grain:    one row per category and source
-- inputs:   asked_sales
-- params:   $brand VARCHAR
-- titles:   sale_share of the category, price_rate against the category
-- none:     no sales
-- dialects: duckdb, trino
-- notes:    price_rate is the average price against that of the category: 110 % is a tenth more. The median is a price that
--           was paid: of an even number of sales, the lower of the two in the middle
with

placed as (
    select
        category,
        source,
        sold_price,
        cast(sum(sold_price) over (partition by category) as double)
            / count(*) over (partition by category) as category_price,
        count(*) over (partition by category) as category_count,
        row_number() over (partition by category, source order by sold_price) as place,
        count(*) over (partition by category, source) as source_count
    from asked_sales
    where $brand is null or brand = $brand
)

select
    category,
    source,
    count(*) as sale_count,
    cast(count(*) as double) / max(category_count) as sale_share,
    cast(sum(sold_price) as decimal(18, 2)) as total_usd,
    cast(sum(sold_price) as double) / count(*) as average_usd,
    min(case when place * 2 >= source_count then sold_price end) as median_usd,
    cast(sum(sold_price) as double) / count(*) / nullif(max(category_price), 0) as price_rate
from placed
group by category, source
order by category, 3 desc, source
