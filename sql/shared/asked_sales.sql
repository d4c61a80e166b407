-- model:    asked_sales
-- grain:    one row per sale of those that are asked for
-- inputs:   sales_history
-- params:   $tenant VARCHAR, $category VARCHAR, $from_year BIGINT, $to_year BIGINT
-- prunes:   tenant_id = $tenant, category = $category, year >= $from_year, year <= $to_year
-- dialects: duckdb, trino
-- notes:    what isn't given asks for all. Without pictures and what is said of them: where this is read twice, these would
--           be kept in memory
select
    product_id,
    tenant_id,
    category,
    brand,
    condition,
    sold_price,
    sold_date,
    season,
    source,
    year,
    month
from sales_history
where ($tenant is null or tenant_id = $tenant)
    and ($category is null or category = $category)
    and ($from_year is null or year >= $from_year)
    and ($to_year is null or year <= $to_year)
