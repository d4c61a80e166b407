-- model:    sample
-- grain:    one row per made-up sale, from number $first_row on
-- inputs:
-- params:   $seed BIGINT, $first_row BIGINT, $rows BIGINT, $until TIMESTAMP
-- defaults: $seed 1, $first_row 0
-- dialects: duckdb
-- notes:    a row depends on the seed, its number and $until alone, so that a range may be made in parts, by any number of
--           threads. Sales are of the two years before $until. An embedding is a direction of its category, one of its
--           brand and chance, in parts of 6 to 4 to 3, brought to length 1.
--           Chance is 31 bits from the middle of squares: whole numbers, the same on every machine.
with

categories as (
    select *
    from (
        values
            (0, 'sneakers', 95.0, ['Nike', 'Adidas', 'New Balance', 'Asics', 'Puma', 'Salomon']),
            (1, 'handbags', 640.0, ['Coach', 'Gucci', 'Prada', 'Longchamp', 'Michael Kors', 'Furla']),
            (2, 'watches', 1150.0, ['Omega', 'Seiko', 'Tissot', 'Longines', 'Casio', 'Tudor']),
            (3, 'outerwear', 180.0, ['Patagonia', 'The North Face', 'Arc''teryx', 'Barbour', 'Columbia', 'Moncler']),
            (4, 'dresses', 75.0, ['Ganni', 'Reformation', 'Zara', 'Mango', 'Sandro', 'Reiss']),
            (5, 'denim', 60.0, ['Levi''s', 'Wrangler', 'Lee', 'Nudie', 'Diesel', 'AG']),
            (6, 'electronics', 320.0, ['Apple', 'Samsung', 'Sony', 'Bose', 'Garmin', 'Canon']),
            (7, 'home', 45.0, ['Le Creuset', 'Staub', 'Dyson', 'KitchenAid', 'Smeg', 'IKEA'])
    ) as categories (category_place, category, base_price, brands)
),

conditions as (
    select *
    from (values (0, 'new', 1.0), (1, 'like_new', 0.85), (2, 'good', 0.65), (3, 'fair', 0.42)) as conditions (
        condition_place, condition, condition_factor
    )
),

-- A direction for each category and one for each of its brands, as whole numbers.
brand_directions as (
    select
        category_place,
        brand_place,
        list_transform(
            range(1024),
            lambda i: 6.0 * (((((i * 1048573 + category_place * 7919 + 104729) & 2147483647) * ((i * 1048573 + category_place * 7919 + 104729) & 2147483647) >> 16 & 2147483647) - 1073741824))
                + 4.0 * (((((i * 1299709 + (category_place * 6 + brand_place) * 15485863 + 611953) & 2147483647) * ((i * 1299709 + (category_place * 6 + brand_place) * 15485863 + 611953) & 2147483647) >> 16 & 2147483647) - 1073741824))
        ) as direction
    from categories
    cross join range(6) as places (brand_place)
),

numbered as (
    select
        n,
        cast(md5_number_lower(concat_ws(':', $seed, n, 'category')) % 100 as integer) as category_draw,
        cast(md5_number_lower(concat_ws(':', $seed, n, 'brand')) % 21 as integer) as brand_draw,
        cast(md5_number_lower(concat_ws(':', $seed, n, 'condition')) % 100 as integer) as condition_draw,
        cast(md5_number_lower(concat_ws(':', $seed, n, 'price')) % 10001 as integer) as price_draw,
        cast(md5_number_lower(concat_ws(':', $seed, n, 'time')) % 63072000 as bigint) as seconds_before,
        cast(md5_number_lower(concat_ws(':', $seed, n, 'source')) % 100 as integer) as source_draw,
        cast(md5_number_lower(concat_ws(':', $seed, n, 'tenant')) % 5 as integer) as tenant_draw,
        cast(md5_number_lower(concat_ws(':', $seed, n, 'product')) % 1000000000000 as bigint) as product_draw,
        cast(md5_number_lower(concat_ws(':', $seed, n, 'step')) % 2147483629 + 11 as bigint) as step,
        cast(md5_number_lower(concat_ws(':', $seed, n, 'start')) % 2147483647 as bigint) as start
    from range(cast($first_row as bigint), cast($first_row as bigint) + cast($rows as bigint)) as numbers (n)
),

drawn as (
    select
        *,
        case
            when category_draw < 24 then 0
            when category_draw < 36 then 1
            when category_draw < 44 then 2
            when category_draw < 57 then 3
            when category_draw < 70 then 4
            when category_draw < 81 then 5
            when category_draw < 91 then 6
            else 7
        end as category_place,
        case
            when brand_draw < 6 then 0
            when brand_draw < 11 then 1
            when brand_draw < 15 then 2
            when brand_draw < 18 then 3
            when brand_draw < 20 then 4
            else 5
        end as brand_place,
        case
            when condition_draw < 22 then 0
            when condition_draw < 50 then 1
            when condition_draw < 83 then 2
            else 3
        end as condition_place,
        cast($until as timestamp) - to_seconds(1 + seconds_before) as sold_date
    from numbered
),

placed as (
    select
        drawn.*,
        categories.category,
        categories.brands[drawn.brand_place + 1] as brand,
        conditions.condition,
        categories.base_price * conditions.condition_factor * (1.4 - 0.13 * drawn.brand_place) as usual_price,
        list_transform(
            brand_directions.direction,
            lambda x, i: x + 3.0 * (((((step * i + start) & 2147483647) * ((step * i + start) & 2147483647) >> 16 & 2147483647) - 1073741824))
        ) as direction
    from drawn
    inner join categories on drawn.category_place = categories.category_place
    inner join conditions on drawn.condition_place = conditions.condition_place
    inner join brand_directions
        on drawn.category_place = brand_directions.category_place and drawn.brand_place = brand_directions.brand_place
),

measured as (
    select *, sqrt(list_inner_product(direction, direction)) as length
    from placed
)

select
    'prd-' || lpad(cast(product_draw as varchar), 12, '0') as product_id,
    ['acme', 'globex', 'initech', 'umbrella', 'hooli'][tenant_draw + 1] as tenant_id,
    category,
    brand,
    condition,
    cast(usual_price * (7000 + 0.6 * price_draw) / 10000 as decimal(10, 2)) as sold_price,
    sold_date,
    'Q' || quarter(sold_date) as season,
    'images/' || category || '/' || year(sold_date) || '/' || lpad(cast(product_draw as varchar), 12, '0') || '.jpg' as image_s3_key,
    list_transform(direction, lambda x: x / length) as embedding,
    brand || ' ' || category || ', ' || replace(condition, '_', ' ')
    || [', with its box', ', one owner', ', as pictured', '', ', ships today'][price_draw % 5 + 1] as description,
    case
        when source_draw < 45 then 'marketplace'
        when source_draw < 70 then 'auction'
        when source_draw < 90 then 'store'
        else 'partner'
    end as source
from measured
