-- model:    partitions
-- report:   which Hive partitions there are, how many are missing, and which are skewed
-- grain:    one row per partition column: folders NAME=VALUE/ beside each other, whatever the values above them
-- inputs:   folders_latest
-- params:   $connector VARCHAR, $skew DOUBLE
-- defaults: $skew 10
-- least:    $skew 1
-- titles:   partition_column column, first_value first, last_value last, median_size_bytes median,
--           largest_size_bytes largest, skewed_count skewed
-- quiet:    sample_rate
-- data:     kind, largest_path
-- none:     no folder NAME=VALUE/ holds objects
-- dialects: duckdb, trino
-- notes:    the path has a * for each value above. Only folders with current objects are found. missing_count is of the
--           days (2026-01-20 or 20260120), months (2026-01) or whole numbers between those of the same folder, NULL where
--           values are texts, where more numbers are missing than there are (they aren't a sequence, but names), and in a
--           sample. Skewed is a partition with more than $skew times the bytes of the median, or with less than that part
--           of it
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

missing as (
    select
        connector,
        path,
        partition_column,
        case
            when kind <> 'integer' or coalesce(sum(missing_count), 0) <= count(*)
                then coalesce(cast(sum(missing_count) as bigint), 0)
        end as missing_count
    from gaps
    group by connector, path, partition_column, kind
),

ranked as (
    select
        *,
        row_number() over (partition by connector, path, partition_column order by total_size_bytes, folder) as size_place,
        count(*) over (partition by connector, path, partition_column) as found_count
    from placed
),

medians as (
    select
        connector,
        path,
        partition_column,
        avg(cast(total_size_bytes as double)) as median_size_bytes
    from ranked
    where size_place * 2 between found_count and found_count + 2
    group by 1, 2, 3
)

select
    ranked.connector,
    ranked.path,
    ranked.partition_column,
    ranked.kind,
    count(*) as found_count,
    missing.missing_count,
    case ranked.kind
        when 'text' then min(ranked.partition_value)
        else min_by(ranked.partition_value, ranked.place)
    end as first_value,
    case ranked.kind
        when 'text' then max(ranked.partition_value)
        else max_by(ranked.partition_value, ranked.place)
    end as last_value,
    cast(round(medians.median_size_bytes) as bigint) as median_size_bytes,
    max(ranked.total_size_bytes) as largest_size_bytes,
    max_by(ranked.folder, ranked.size_place) as largest_path,
    count(*) filter (
        where cast(ranked.total_size_bytes as double) > medians.median_size_bytes * $skew
            or cast(ranked.total_size_bytes as double) * $skew < medians.median_size_bytes
    ) as skewed_count,
    ranked.sample_rate
from ranked
inner join medians
    on medians.connector = ranked.connector
    and medians.path = ranked.path
    and medians.partition_column = ranked.partition_column
left join missing
    on missing.connector = ranked.connector
    and missing.path = ranked.path
    and missing.partition_column = ranked.partition_column
group by
    ranked.connector,
    ranked.path,
    ranked.partition_column,
    ranked.kind,
    missing.missing_count,
    medians.median_size_bytes,
    ranked.sample_rate
order by 1, 2, 3
