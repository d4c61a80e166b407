-- model:    changes
-- grain:    one row per key of current objects that differs between the base and the newer snapshot
-- inputs:   newer_objects, base_objects  (current objects of the two snapshots: the rule is in current_objects)
-- output:   partition (connector, dt, import_id) of changes_v1, sorted by key; visible once the receipt is
-- params:   $connector VARCHAR, $dt DATE, $snapshot VARCHAR, $import_id VARCHAR, $base_snapshot VARCHAR
-- dialects: duckdb, trino
-- notes:    a NULL on either side proves nothing: a report may lack the column, and a field that was chosen only later
--           makes no object modified or touched
with

compared as (
    select
        coalesce(newer_objects.key, base_objects.key) as key,
        case
            when base_objects.key is null then 'new'
            when newer_objects.key is null then 'deleted'
            when newer_objects.e_tag <> base_objects.e_tag or newer_objects.size <> base_objects.size then 'modified'
            when newer_objects.last_modified_date <> base_objects.last_modified_date
                or newer_objects.storage_class <> base_objects.storage_class then 'touched'
        end as change,
        base_objects.size as size_before,
        newer_objects.size as size_after,
        base_objects.e_tag as e_tag_before,
        newer_objects.e_tag as e_tag_after,
        base_objects.last_modified_date as last_modified_before,
        newer_objects.last_modified_date as last_modified_after,
        base_objects.storage_class as storage_class_before,
        newer_objects.storage_class as storage_class_after
    from newer_objects
    full join base_objects on newer_objects.key = base_objects.key
)

select
    $connector as connector,
    cast($dt as date) as dt,
    $snapshot as snapshot,
    $import_id as import_id,
    $base_snapshot as base_snapshot,
    key,
    change,
    size_before,
    size_after,
    e_tag_before,
    e_tag_after,
    last_modified_before,
    last_modified_after,
    storage_class_before,
    storage_class_after
from compared
where change is not null
