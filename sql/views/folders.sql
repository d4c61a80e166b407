-- model:    folders
-- grain:    one row per folder of each snapshot
-- inputs:   folders_v1, snapshots_v1
-- dialects: duckdb, trino
-- notes:    without a receipt an import does not count
select
    connector,
    dt,
    snapshot,
    import_id,
    guid,
    path,
    parent,
    depth,
    object_count,
    total_size_bytes,
    direct_object_count,
    direct_size_bytes,
    noncurrent_object_count,
    noncurrent_size_bytes,
    delete_marker_count,
    last_modified,
    discovered_at,
    fingerprint
from folders_v1
where import_id in (select import_id from snapshots_v1)
