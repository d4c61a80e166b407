-- model:    data_quality
-- report:   what is missing or odd in the sales
-- grain:    one row per kind of finding, also where there is none
-- inputs:   embedded_sales
-- params:   $dimensions BIGINT
-- defaults: $dimensions 1024
-- least:    $dimensions 1
-- titles:   sale_share of all
-- dialects: duckdb, trino
-- notes:    an empty text is as good as none. A sale is there again if tenant, item, time, price and source are the same
with

repeated as (
    select
        *,
        row_number() over (
            partition by tenant_id, product_id, sold_date, sold_price, source order by sold_date
        ) as repeat_place
    from embedded_sales
),

counted as (
    select
        count(*) as all_count,
        count(*) filter (where coalesce(category, '') = '') as without_category,
        count(*) filter (where coalesce(brand, '') = '') as without_brand,
        count(*) filter (where coalesce(condition, '') = '') as without_condition,
        count(*) filter (where coalesce(source, '') = '') as without_source,
        count(*) filter (where coalesce(season, '') = '') as without_season,
        count(*) filter (where season <> '' and season <> 'Q' || cast(quarter(sold_date) as varchar)) as in_other_season,
        count(*) filter (where sold_price <= 0) as without_price,
        count(*) filter (
            where year is distinct from year(sold_date) or month is distinct from month(sold_date)
        ) as in_other_month,
        count(*) filter (where coalesce(image_s3_key, '') = '') as without_image,
        count(*) filter (where coalesce(description, '') = '') as without_description,
        count(*) filter (where dimension_count is null) as without_embedding,
        count(*) filter (where dimension_count <> $dimensions) as with_other_embedding,
        count(*) filter (
            -- NULL and NaN are not 1, either
            where dimension_count is not null and not coalesce(abs(embedding_length - 1) <= 1e-6, false)
        ) as with_other_length,
        count(*) filter (where repeat_place > 1) as there_again
    from repeated
),

kinds as (
    select * from (
        values
        (1, 'category is missing'),
        (2, 'brand is missing'),
        (3, 'condition is missing'),
        (4, 'source is missing'),
        (5, 'season is missing'),
        (6, 'season is not the quarter of sold_date'),
        (7, 'sold_price is 0 or less'),
        (8, 'year or month is not that of sold_date'),
        (9, 'image_s3_key is missing'),
        (10, 'description is missing'),
        (11, 'embedding is missing'),
        (12, 'embedding has another number of values'),
        (13, 'embedding is not of length 1'),
        (14, 'the sale is there again')
    ) as named (place, finding)
),

found as (
    select
        kinds.place,
        kinds.finding,
        case kinds.place
            when 1 then counted.without_category
            when 2 then counted.without_brand
            when 3 then counted.without_condition
            when 4 then counted.without_source
            when 5 then counted.without_season
            when 6 then counted.in_other_season
            when 7 then counted.without_price
            when 8 then counted.in_other_month
            when 9 then counted.without_image
            when 10 then counted.without_description
            when 11 then counted.without_embedding
            when 12 then counted.with_other_embedding
            when 13 then counted.with_other_length
            when 14 then counted.there_again
        end as sale_count,
        counted.all_count
    from kinds
    cross join counted
)

select
    finding,
    sale_count,
    cast(sale_count as double) / nullif(cast(all_count as double), 0) as sale_share
from found
order by place
