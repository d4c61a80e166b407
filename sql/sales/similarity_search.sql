-- model:    similarity_search
-- report:   what the items that look most like one sold for
-- grain:    one row per sale
-- inputs:   scored_sales
-- params:   $category VARCHAR, $brand VARCHAR, $from_usd DOUBLE, $to_usd DOUBLE, $from_year BIGINT, $to_year BIGINT,
--           $top BIGINT
-- defaults: $top 10
-- least:    $from_usd 0, $to_usd 0, $top 1
-- none:     nothing to compare: give as product the product_id of an item that has a whole embedding, or a vector of as many finite numbers
-- dialects: duckdb, trino
-- notes:    compared with the embedding of the newest sale of $product, whose own sales are left out, or with $vector, JSON
--           such as [0.1, -0.2]. similarity is the cosine: 1 for the same direction. No file is left unread by year: what is
--           compared with may be of another
select
    product_id,
    tenant_id,
    category,
    brand,
    condition,
    similarity,
    sold_price as price_usd,
    sold_date as sold_at,
    season,
    source,
    image_s3_key
from scored_sales
where ($category is null or category = $category)
    and ($brand is null or brand = $brand)
    and ($from_usd is null or cast(sold_price as double) >= $from_usd)
    and ($to_usd is null or cast(sold_price as double) <= $to_usd)
    and ($from_year is null or year >= $from_year)
    and ($to_year is null or year <= $to_year)
order by similarity desc, sold_date desc, product_id, tenant_id, sold_price desc, source, condition, image_s3_key
limit $top
