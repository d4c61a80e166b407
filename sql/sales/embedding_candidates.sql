-- model:    embedding_candidates
-- report:   which items can be searched by likeness, and which need an embedding first
-- grain:    one row per item of a tenant; what it is, is what its newest sale says
-- inputs:   embedded_sales
-- params:   $brand VARCHAR, $state VARCHAR, $dimensions BIGINT, $top BIGINT
-- defaults: $state 'ready', $dimensions 1024, $top 50
-- least:    $dimensions 1, $top 1
-- none:     no item is in that state
-- dialects: duckdb, trino
-- notes:    $state is ready (a sale of it has an embedding of $dimensions values that has a direction), missing (none of its
--           sales has an embedding), unusable (they have others), or all
with

judged as (
    select
        *,
        case
            when dimension_count is null then 0
            when dimension_count = $dimensions and embedding_length > 0 and embedding_length < 1e300 then 2
            else 1
        end as usable
    from embedded_sales
    where $brand is null or brand = $brand
),

placed as (
    select
        *,
        row_number() over (
            partition by tenant_id, product_id
            order by sold_date desc, sold_price desc, source, condition, image_s3_key, description, brand, category
        ) as place,
        count(*) over (partition by tenant_id, product_id) as sale_count,
        max(usable) over (partition by tenant_id, product_id) as most_usable,
        cast(sum(sold_price) over (partition by tenant_id, product_id) as double)
            / count(*) over (partition by tenant_id, product_id) as average_usd
    from judged
),

stated as (
    select
        product_id,
        tenant_id,
        category,
        brand,
        condition,
        case most_usable when 2 then 'ready' when 1 then 'unusable' else 'missing' end as state,
        sale_count,
        average_usd,
        sold_date as last_sold_at,
        image_s3_key,
        description is not null and description <> '' as has_description
    from placed
    where place = 1
)

select
    product_id,
    tenant_id,
    category,
    brand,
    condition,
    state,
    sale_count,
    average_usd,
    last_sold_at,
    image_s3_key,
    has_description
from stated
where $state = 'all' or state = $state
order by last_sold_at desc, product_id, tenant_id
limit $top
