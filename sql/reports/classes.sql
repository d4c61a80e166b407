-- model:    classes
-- report:   what is in each storage class
-- grain:    one row per connector and storage class
-- inputs:   objects_latest, snapshots
-- params:   $connector VARCHAR
-- chart:    bar total_size_bytes
-- quiet:    noncurrent_object_count, noncurrent_size_bytes, unsized_count, sample_rate
-- none:     no objects
-- dialects: duckdb, trino
-- notes:    sums are of the sizes that are known, NULL where none is. A scan lists no old versions: theirs are NULL
with

found as (
    select
        connector,
        import_id,
        storage_class,
        sample_rate,
        count(*) filter (where is_latest) as object_count,
        sum(size) filter (where is_latest) as total_size_bytes,
        count(*) filter (where not is_latest) as noncurrent_object_count,
        sum(size) filter (where not is_latest) as noncurrent_size_bytes,
        count(*) filter (where size is null) as unsized_count
    from objects_latest
    where not is_delete_marker and ($connector is null or connector = $connector)
    group by 1, 2, 3, 4
),

known as (
    select
        found.connector,
        found.storage_class,
        found.object_count,
        cast(case when found.object_count = 0 then 0 else found.total_size_bytes end as bigint) as total_size_bytes,
        case when snapshots.source <> 'api' then found.noncurrent_object_count end as noncurrent_object_count,
        cast(
            case
                when snapshots.source = 'api' then null
                when found.noncurrent_object_count = 0 then 0
                else found.noncurrent_size_bytes
            end as bigint
        ) as noncurrent_size_bytes,
        found.unsized_count,
        found.sample_rate
    from found
    inner join snapshots on snapshots.import_id = found.import_id
)

select
    connector,
    storage_class,
    object_count,
    total_size_bytes,
    cast(total_size_bytes as double) / nullif(cast(sum(total_size_bytes) over (partition by connector) as double), 0) as size_share,
    noncurrent_object_count,
    noncurrent_size_bytes,
    unsized_count,
    sample_rate
from known
order by connector, total_size_bytes desc nulls last, storage_class
