-- model:    found_groups
-- grain:    one row per partition and storage class; of keys that aren't the dataset's, per folder and storage class
-- inputs:   dataset_objects
-- dialects: duckdb, trino
-- notes:    partition is NULL for keys that aren't the dataset's, and folder, which they lie directly in, for those that
--           are. size_bytes is of the objects whose size is known
with

grouped as (
    select
        partition,
        case when partition is null then regexp_replace(key, '[^/]*\z', '') end as folder,
        storage_class,
        key,
        size,
        last_modified_date
    from dataset_objects
)

select
    partition,
    folder,
    storage_class,
    count(*) as object_count,
    coalesce(cast(sum(size) as bigint), 0) as size_bytes,
    count(*) - count(size) as unsized_count,
    max(last_modified_date) as last_modified,
    count(*) - count(last_modified_date) as undated_count,
    count(*) filter (where size = 0) as empty_count,
    min(case when size = 0 then key end) as first_empty_key,
    max(case when size = 0 then key end) as last_empty_key,
    min(key) as first_key,
    max(key) as last_key
from grouped
group by 1, 2, 3
