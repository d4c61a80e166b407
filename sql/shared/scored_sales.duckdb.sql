-- model:    scored_sales
-- grain:    one row per sale, with how alike its embedding is to the one that is asked for: 1 in the same direction, 0 at
--           right angles, -1 opposite. Sales without one, or with one of another number of values, are left out
-- inputs:   sales_history
-- params:   $tenant VARCHAR, $product VARCHAR, $vector VARCHAR
-- prunes:   tenant_id = $tenant
-- dialects: duckdb
-- notes:    the same rows as the model without .duckdb, by a function of its own that is many times as quick as lambdas. To
--           it a NULL among the values of any vector nearby is an error: those are tried again without
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
    select cast($vector as double[]) as vector
    where $vector is not null
),

matched as (
    select
        sales_history.*,
        target.vector,
        case
            when len(sales_history.embedding) = len(target.vector)
                then coalesce(
                    try(list_cosine_similarity(sales_history.embedding, target.vector)),
                    case
                        when list_count(sales_history.embedding) = len(sales_history.embedding)
                            and list_count(target.vector) = len(target.vector)
                            then list_cosine_similarity(
                                list_transform(sales_history.embedding, lambda x: coalesce(x, 0)),
                                list_transform(target.vector, lambda x: coalesce(x, 0))
                            )
                    end
                )
        end as cosine
    from sales_history
    cross join target
    where ($tenant is null or sales_history.tenant_id = $tenant)
        and ($vector is not null or sales_history.product_id <> $product)
),

-- the function gives -1 for what has no direction (zero, NaN), too
opposite as (
    select
        *,
        case when cosine = -1 then list_transform(embedding, lambda x: coalesce(x, 0)) end as known_embedding,
        case when cosine = -1 then list_transform(vector, lambda x: coalesce(x, 0)) end as known_vector
    from matched
),

compared as (
    select
        *,
        case
            when cosine > -1 then cosine
            when cosine = -1
                then list_inner_product(known_embedding, known_vector) / nullif(
                    sqrt(list_inner_product(known_embedding, known_embedding))
                    * sqrt(list_inner_product(known_vector, known_vector)),
                    0
                )
        end as checked_cosine
    from opposite
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
    round(checked_cosine, 9) as similarity
from compared
where checked_cosine < 2
