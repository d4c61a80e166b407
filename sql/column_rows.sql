-- model:    column_rows
-- grain:    one row per row of a report in Parquet or ORC
-- inputs:   column_values  (the fields of a report by their types, NULL where it has no such column; and the file of each row)
-- output:   input of judged_rows
-- dialects: duckdb, trino
-- notes:    keys are as they are. An empty text is none, as in CSV and ORC.
select
    file,
    key as raw_key,
    cast(null as varchar) as fault,
    nullif(bucket, '') as bucket,
    nullif(key, '') as key,
    nullif(version_id, '') as version_id,
    is_latest,
    is_delete_marker,
    size,
    cast(last_modified_date as timestamp(6)) as last_modified_date,
    nullif(e_tag, '') as e_tag,
    nullif(storage_class, '') as storage_class,
    is_multipart_uploaded,
    nullif(replication_status, '') as replication_status,
    nullif(encryption_status, '') as encryption_status,
    cast(object_lock_retain_until_date as timestamp(6)) as object_lock_retain_until_date,
    nullif(object_lock_mode, '') as object_lock_mode,
    nullif(object_lock_legal_hold_status, '') as object_lock_legal_hold_status,
    nullif(intelligent_tiering_access_tier, '') as intelligent_tiering_access_tier,
    nullif(bucket_key_status, '') as bucket_key_status,
    nullif(checksum_algorithm, '') as checksum_algorithm,
    nullif(object_access_control_list, '') as object_access_control_list,
    nullif(object_owner, '') as object_owner,
    cast(lifecycle_expiration_date as timestamp(6)) as lifecycle_expiration_date,
    nullif(object_lock_event_hold_status, '') as object_lock_event_hold_status,
    nullif(object_lock_event_hold_duration, '') as object_lock_event_hold_duration
from column_values
