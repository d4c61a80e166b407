-- model:    objects
-- grain:    one row per version and delete marker of each snapshot
-- inputs:   objects_v1, snapshots_v1
-- dialects: duckdb, trino
-- notes:    without a receipt an import does not count
select
    connector,
    dt,
    snapshot,
    import_id,
    bucket,
    key,
    version_id,
    is_latest,
    is_delete_marker,
    size,
    last_modified_date,
    e_tag,
    storage_class,
    is_multipart_uploaded,
    replication_status,
    encryption_status,
    object_lock_retain_until_date,
    object_lock_mode,
    object_lock_legal_hold_status,
    intelligent_tiering_access_tier,
    bucket_key_status,
    checksum_algorithm,
    object_access_control_list,
    object_owner,
    lifecycle_expiration_date,
    object_lock_event_hold_status,
    object_lock_event_hold_duration
from objects_v1
where import_id in (select import_id from snapshots_v1)
