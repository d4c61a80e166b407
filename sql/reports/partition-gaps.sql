-- model:    partition-gaps
-- report:   which Hive partitions are missing
-- grain:    one row per run of days, months or whole numbers that are missing between two partitions of one folder
-- inputs:   folders_latest
-- params:   $connector VARCHAR, $top BIGINT
-- defaults: $top 100
-- least:    $top 1
-- titles:   partition_column column
-- none:     nothing is missing between the first partition of a folder and its last
-- dialects: duckdb, trino
-- notes:    what is before the first partition of a folder, or after the last, isn't looked for; nor is anything in
--           samples. Whole numbers of which more are missing than there are aren't a sequence, but names
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
),

placed as (
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
),

places as (
    select distinct connector, parent, path, partition_column, kind, has_dashes, width, sample_rate, place
    from placed
    where place is not null
),

-- between two values that follow each other in one folder; a sample can't tell what is missing
gaps as (
    select
        *,
        lead(place) over (partition by connector, parent, partition_column order by place) - place - 1 as missing_count
    from places
    where sample_rate is null
),

-- numbers of which more are missing than there are name something, as customers
sequences as (
    select connector, path, partition_column
    from gaps
    group by connector, path, partition_column, kind
    having kind <> 'integer' or coalesce(sum(missing_count), 0) <= count(*)
),

runs as (
    select
        gaps.*,
        gaps.place + 1 as first_place,
        gaps.place + gaps.missing_count as last_place
    from gaps
    inner join sequences
        on sequences.connector = gaps.connector
        and sequences.path = gaps.path
        and sequences.partition_column = gaps.partition_column
    where gaps.missing_count > 0
),

spelled as (
    select
        *,
        cast(cast(date '1970-01-01' + first_place * interval '1' day as date) as varchar) as first_day,
        cast(cast(date '1970-01-01' + last_place * interval '1' day as date) as varchar) as last_day
    from runs
    where kind = 'date'
)

select
    connector,
    parent as path,
    partition_column,
    case when has_dashes then first_day else replace(first_day, '-', '') end as first_missing,
    case when has_dashes then last_day else replace(last_day, '-', '') end as last_missing,
    cast(missing_count as bigint) as missing_count
from spelled
union all
select
    connector,
    parent,
    partition_column,
    case
        when kind = 'month'
            then cast(cast((first_place - first_place % 12) / 12 as bigint) as varchar) || '-' || lpad(cast(first_place % 12 + 1 as varchar), 2, '0')
        when width is not null then lpad(cast(first_place as varchar), cast(width as integer), '0')
        else cast(first_place as varchar)
    end,
    case
        when kind = 'month'
            then cast(cast((last_place - last_place % 12) / 12 as bigint) as varchar) || '-' || lpad(cast(last_place % 12 + 1 as varchar), 2, '0')
        when width is not null then lpad(cast(last_place as varchar), cast(width as integer), '0')
        else cast(last_place as varchar)
    end,
    cast(missing_count as bigint)
from runs
where kind <> 'date'
order by 1, 2, 3, 4
limit $top
