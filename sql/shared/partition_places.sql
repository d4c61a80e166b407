-- model:    partition_places
-- grain:    one row per folder NAME=VALUE/ that holds objects
-- inputs:   folders_latest
-- params:   $connector VARCHAR
-- dialects: duckdb, trino
-- notes:    path is that of its parent, with a * for each value. place is the number of a day, a month or a whole number,
--           NULL where not all values of the column are of one kind
with

parted as (
    select
        connector,
        parent,
        -- once for each level: in DuckDB only the first place is replaced
        regexp_replace(regexp_replace(regexp_replace(regexp_replace(
            regexp_replace(regexp_replace(regexp_replace(regexp_replace(
                parent, '=[^/*][^/]*/', '=*/'), '=[^/*][^/]*/', '=*/'), '=[^/*][^/]*/', '=*/'), '=[^/*][^/]*/', '=*/'
            ), '=[^/*][^/]*/', '=*/'), '=[^/*][^/]*/', '=*/'), '=[^/*][^/]*/', '=*/'), '=[^/*][^/]*/', '=*/'
        ) as path,
        substr(path, length(parent) + 1, strpos(substr(path, length(parent) + 1), '=') - 1) as partition_column,
        substr(path, length(parent) + strpos(substr(path, length(parent) + 1), '=') + 1) as rest,
        path as folder,
        total_size_bytes,
        sample_rate
    from folders_latest
    where strpos(substr(path, length(parent) + 1), '=') > 1
        and object_count > 0
        and ($connector is null or connector = $connector)
),

valued as (
    select
        connector, parent, path, partition_column, folder, total_size_bytes, sample_rate,
        nullif(nullif(substr(rest, 1, length(rest) - 1), '__HIVE_DEFAULT_PARTITION__'), '') as partition_value
    from parted
),

read as (
    select
        *,
        nullif(regexp_extract(partition_value, '\A[0-9]{4}-[0-9]{2}-[0-9]{2}\z'), '') = partition_value as is_date,
        nullif(regexp_extract(partition_value, '\A(?:19|20)[0-9]{6}\z'), '') = partition_value as is_compact_date,
        nullif(regexp_extract(partition_value, '\A[0-9]{4}-(?:0[1-9]|1[0-2])\z'), '') = partition_value as is_month,
        nullif(regexp_extract(partition_value, '\A[0-9]{1,15}\z'), '') = partition_value as is_integer
    from valued
),

numbered as (
    select
        *,
        date_diff(
            'day',
            date '1970-01-01',
            case
                when is_date then try_cast(partition_value as date)
                when is_compact_date then try_cast(
                    substr(partition_value, 1, 4) || '-' || substr(partition_value, 5, 2) || '-' || substr(partition_value, 7) as date
                )
            end
        ) as day_number,
        case
            when is_month
                then cast(substr(partition_value, 1, 4) as bigint) * 12 + cast(substr(partition_value, 6) as bigint) - 1
        end as month_number,
        case when is_integer then cast(partition_value as bigint) end as integer_number
    from read
),

-- what all values of a column are; of one that is no date, or no number, they are texts
kinds as (
    select
        connector,
        path,
        partition_column,
        count(*) filter (where is_date) > 0 as has_dashes,
        case when min(length(partition_value)) = max(length(partition_value)) then max(length(partition_value)) end as width,
        case
            when count(partition_value) = 0 then 'text'
            when count(day_number) = count(partition_value) then 'date'
            when count(month_number) = count(partition_value) then 'month'
            when count(integer_number) = count(partition_value) then 'integer'
            else 'text'
        end as kind
    from numbered
    group by 1, 2, 3
)

select
    numbered.*,
    kinds.kind,
    kinds.has_dashes,
    kinds.width,
    case kinds.kind
        when 'date' then numbered.day_number
        when 'month' then numbered.month_number
        when 'integer' then numbered.integer_number
    end as place
from numbered
inner join kinds
    on kinds.connector = numbered.connector
    and kinds.path = numbered.path
    and kinds.partition_column = numbered.partition_column
