-- model:    monthly_trend
-- report:   how sales and prices went from month to month
-- grain:    one row per month with sales
-- inputs:   asked_sales
-- params:   $brand VARCHAR
-- titles:   change_share to the month before, year_change_share to the year before, recent_average_usd of three months
-- none:     no sales
-- dialects: duckdb, trino
-- notes:    changes are of total_usd; NULL where the month before, or that of the year before, has no sales or isn't asked
--           for. recent_average_usd is of this month and the two before
with

counted as (
    select
        year,
        month,
        cast(year as bigint) * 12 + month as place,
        count(*) as sale_count,
        sum(sold_price) as total
    from asked_sales
    where $brand is null or brand = $brand
    group by 1, 2, 3
),

compared as (
    select
        *,
        max(total) over (order by place range between 1 preceding and 1 preceding) as month_before,
        max(total) over (order by place range between 12 preceding and 12 preceding) as year_before,
        sum(total) over (order by place range between 2 preceding and current row) as recent_total,
        sum(sale_count) over (order by place range between 2 preceding and current row) as recent_count
    from counted
)

select
    year,
    month,
    sale_count,
    cast(total as decimal(18, 2)) as total_usd,
    cast(total - month_before as double) / nullif(cast(month_before as double), 0) as change_share,
    cast(total - year_before as double) / nullif(cast(year_before as double), 0) as year_change_share,
    cast(total as double) / sale_count as average_usd,
    cast(recent_total as double) / cast(recent_count as double) as recent_average_usd
from compared
order by year, month
