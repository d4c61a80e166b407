-- model:    partition-gaps
-- report:   which Hive partitions are missing
-- grain:    one row per run of days, months or whole numbers that are missing between two partitions of one folder
-- inputs:   partition_places
-- params:   $top BIGINT
-- defaults: $top 100
-- least:    $top 1
-- titles:   partition_column column
-- none:     nothing is missing between the first partition of a folder and its last
-- dialects: duckdb, trino
-- notes:    what is before the first partition of a folder, or after the last, isn't looked for; nor is anything in
--           samples. Whole numbers of which more are missing than there are aren't a sequence, but names
with

places as (
    select distinct connector, parent, path, partition_column, kind, has_dashes, width, sample_rate, place
    from partition_places
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
