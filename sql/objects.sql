-- model:    objects
-- grain:    one row per version and delete marker of a key in the report
-- inputs:   report  (the accepted rows of a report: typed, keys decoded; columns the report doesn't have are NULL)
-- output:   partition (connector, dt, import_id) of objects_v1, sorted by key; visible once the receipt is
-- params:   $connector VARCHAR, $dt DATE, $snapshot VARCHAR, $import_id VARCHAR, $source_bucket VARCHAR
-- dialects: duckdb, trino
select
    $connector as connector,
    cast($dt as date) as dt,
    $snapshot as snapshot,
    $import_id as import_id,
    $source_bucket as bucket,
    key,
    nullif(version_id, 'null') as version_id,  -- how S3's listings name the null version; reports leave it empty
    coalesce(is_latest, true) as is_latest,  -- a report of current versions only has neither column
    coalesce(is_delete_marker, false) as is_delete_marker,
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
from report
