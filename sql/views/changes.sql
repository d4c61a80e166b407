-- model:    changes
-- grain:    one row per key that differs from the base, of each snapshot that has one
-- inputs:   changes_v1, snapshots_v1
-- dialects: duckdb, trino
-- notes:    without a receipt an import does not count
select
    connector,
    dt,
    snapshot,
    import_id,
    base_snapshot,
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
from changes_v1
where import_id in (select import_id from snapshots_v1)
