-- model:    partitions
-- report:   which Hive partitions there are, how many are missing, and which are skewed
-- grain:    one row per partition column: folders NAME=VALUE/ beside each other, whatever the values above them
-- inputs:   partition_places
-- params:   $skew DOUBLE
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
    from partition_places
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
