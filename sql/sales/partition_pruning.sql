-- model:    partition_pruning
-- report:   what one month of the calendar brought in each year, of the files of that month alone
-- grain:    one row per year with sales in that month
-- inputs:   asked_sales
-- params:   $month BIGINT, $read_file_count BIGINT, $table_file_count BIGINT
-- defaults: $month 12
-- least:    $month 1
-- prunes:   month = $month
-- titles:   read_file_count files read, table_file_count of files
-- none:     no sales in that month
-- dialects: duckdb, trino
-- notes:    a table that is partitioned by year and month has the sales of a month in files of their own: how many were read,
--           of how many, tells whether the others were left alone; NULL where an engine that knows it can't be asked
select
    year,
    month,
    count(*) as sale_count,
    cast(sum(sold_price) as decimal(18, 2)) as total_usd,
    cast(sum(sold_price) as double) / count(*) as average_usd,
    min(sold_date) as first_sold_at,
    max(sold_date) as last_sold_at,
    cast($read_file_count as bigint) as read_file_count,
    cast($table_file_count as bigint) as table_file_count
from asked_sales
where month = $month
group by year, month
order by year
