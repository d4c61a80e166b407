-- model:    ages
-- report:   how old the objects are
-- grain:    one row per connector and range of ages, at the time of the newest snapshot; from_days is in the range, to_days
--           is not
-- inputs:   objects_latest, snapshots
-- params:   $connector VARCHAR
-- chart:    bar total_size_bytes
-- quiet:    unsized_count, sample_rate
-- data:     snapshot, from_days, to_days
-- none:     no objects
-- dialects: duckdb, trino
-- notes:    what was modified while the snapshot was taken is of the first range. A year is 365 days. Objects whose date
--           isn't known have no age
with

-- without the Z, and with colons, the end of a snapshot's name is a time: 01-00Z of a report, 10-31-07Z of a scan
taken as (
    select
        import_id,
        cast(substr(snapshot, 1, 10) || ' ' || replace(replace(substr(snapshot, 12), 'Z', ''), '-', ':') as timestamp) as taken_at
    from snapshots
),

aged as (
    select
        objects_latest.connector,
        objects_latest.snapshot,
        case
            when objects_latest.last_modified_date is null then null
            when objects_latest.last_modified_date > taken.taken_at - interval '1' day then 0
            when objects_latest.last_modified_date > taken.taken_at - interval '7' day then 1
            when objects_latest.last_modified_date > taken.taken_at - interval '30' day then 7
            when objects_latest.last_modified_date > taken.taken_at - interval '90' day then 30
            when objects_latest.last_modified_date > taken.taken_at - interval '180' day then 90
            when objects_latest.last_modified_date > taken.taken_at - interval '365' day then 180
            when objects_latest.last_modified_date > taken.taken_at - interval '730' day then 365
            when objects_latest.last_modified_date > taken.taken_at - interval '1825' day then 730
            else 1825
        end as from_days,
        objects_latest.size,
        objects_latest.sample_rate
    from objects_latest
    inner join taken on taken.import_id = objects_latest.import_id
    where objects_latest.is_latest
        and not objects_latest.is_delete_marker
        and ($connector is null or objects_latest.connector = $connector)
),

ranges as (
    select * from (
        values
        (0, 1, 'up to 1 day'),
        (1, 7, '1 to 7 days'),
        (7, 30, '7 to 30 days'),
        (30, 90, '30 to 90 days'),
        (90, 180, '90 to 180 days'),
        (180, 365, '180 days to 1 year'),
        (365, 730, '1 to 2 years'),
        (730, 1825, '2 to 5 years'),
        (1825, null, '5 years and more')
    ) as named (from_days, to_days, age)
),

counted as (
    select
        connector,
        snapshot,
        from_days,
        sample_rate,
        count(*) as object_count,
        cast(sum(size) as bigint) as total_size_bytes,
        count(*) filter (where size is null) as unsized_count
    from aged
    group by 1, 2, 3, 4
)

select
    counted.connector,
    counted.snapshot,
    coalesce(ranges.age, 'unknown') as age,
    counted.from_days,
    ranges.to_days,
    counted.object_count,
    cast(counted.object_count as double)
        / cast(sum(counted.object_count) over (partition by counted.connector) as double) as object_share,
    counted.total_size_bytes,
    cast(counted.total_size_bytes as double)
        / nullif(cast(sum(counted.total_size_bytes) over (partition by counted.connector) as double), 0) as size_share,
    counted.unsized_count,
    counted.sample_rate
from counted
left join ranges on ranges.from_days = counted.from_days
order by counted.connector, counted.from_days nulls last
