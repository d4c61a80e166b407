-- model:    scored_sales
-- grain:    one row per sale, with how alike its embedding is to the one that is asked for: 1 in the same direction, 0 at
--           right angles, -1 opposite. Sales without one, or with one of another number of values, are left out
-- inputs:   sales_history
-- params:   $tenant VARCHAR, $product VARCHAR, $vector VARCHAR
-- prunes:   tenant_id = $tenant
-- dialects: duckdb, trino
-- notes:    $vector is JSON, [0.1, …]
with

-- the newest of the product, unless a vector is given
target as (
    select embedding as vector
    from (
        select embedding, row_number() over (order by sold_date desc, embedding) as place
        from sales_history
        where $vector is null
            and product_id = $product
            and ($tenant is null or tenant_id = $tenant)
            and embedding is not null
    ) as newest
    where place = 1
    union all
    select cast(json_parse($vector) as array(double)) as vector
    where $vector is not null
),

compared as (
    select
        sales_history.product_id,
        sales_history.tenant_id,
        sales_history.category,
        sales_history.brand,
        sales_history.condition,
        sales_history.sold_price,
        sales_history.sold_date,
        sales_history.season,
        sales_history.image_s3_key,
        sales_history.source,
        sales_history.year,
        case
            when cardinality(sales_history.embedding) = cardinality(target.vector)
                then reduce(
                    zip_with(sales_history.embedding, target.vector, (x, y) -> x * y),
                    0e0,
                    (total, product) -> total + product,
                    total -> total
                ) / nullif(
                    sqrt(reduce(sales_history.embedding, 0e0, (total, x) -> total + x * x, total -> total))
                    * sqrt(reduce(target.vector, 0e0, (total, x) -> total + x * x, total -> total)),
                    0
                )
        end as cosine
    from sales_history
    cross join target
    where ($tenant is null or sales_history.tenant_id = $tenant)
        and ($vector is not null or sales_history.product_id <> $product)
)

-- the last digits are each engine's own; NaN is not below anything
select
    product_id,
    tenant_id,
    category,
    brand,
    condition,
    sold_price,
    sold_date,
    season,
    image_s3_key,
    source,
    year,
    round(cosine, 9) as similarity
from compared
where cosine < 2
