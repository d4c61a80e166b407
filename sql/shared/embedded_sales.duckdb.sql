-- model:    embedded_sales
-- grain:    one row per sale of those that are asked for, with what is to be known of its embedding
-- inputs:   sales_history
-- params:   $tenant VARCHAR, $category VARCHAR, $from_year BIGINT, $to_year BIGINT
-- prunes:   tenant_id = $tenant, category = $category, year >= $from_year, year <= $to_year
-- dialects: duckdb
-- notes:    the same rows as the model without .duckdb, whose functions of arrays have other names here
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
    description,
    source,
    year,
    month,
    len(embedding) as dimension_count,
    coalesce(
        -- twice as quick as the lambda, but an error where any vector nearby has a NULL among its values
        try(sqrt(list_inner_product(embedding, embedding))),
        case
            when list_count(embedding) = len(embedding)
                then sqrt(coalesce(list_sum(list_transform(embedding, lambda x: x * x)), 0))
        end
    ) as embedding_length
from sales_history
where ($tenant is null or tenant_id = $tenant)
    and ($category is null or category = $category)
    and ($from_year is null or year >= $from_year)
    and ($to_year is null or year <= $to_year)
