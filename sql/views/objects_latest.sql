-- model:    objects_latest
-- grain:    one row per version and delete marker of each connector's newest snapshot
-- inputs:   objects_v1, snapshots_v1
-- dialects: duckdb, trino
-- notes:    the newest snapshot of the whole bucket; where there is none, the newest sample, whose sample_rate is not NULL
with

ranked as (
    select
        import_id,
        sample_rate,
        row_number() over (
            partition by connector
            -- without the Z a scan, named to the second, comes after the report of its minute
            order by case when sample_rate is null then 0 else 1 end, replace(snapshot, 'Z', '') desc
        ) as place
    from snapshots_v1
    where scope = ''
),

latest as (select import_id, sample_rate from ranked where place = 1)

select
    objects_v1.connector,
    objects_v1.dt,
    objects_v1.snapshot,
    objects_v1.import_id,
    objects_v1.bucket,
    objects_v1.key,
    objects_v1.version_id,
    objects_v1.is_latest,
    objects_v1.is_delete_marker,
    objects_v1.size,
    objects_v1.last_modified_date,
    objects_v1.e_tag,
    objects_v1.storage_class,
    objects_v1.is_multipart_uploaded,
    objects_v1.replication_status,
    objects_v1.encryption_status,
    objects_v1.object_lock_retain_until_date,
    objects_v1.object_lock_mode,
    objects_v1.object_lock_legal_hold_status,
    objects_v1.intelligent_tiering_access_tier,
    objects_v1.bucket_key_status,
    objects_v1.checksum_algorithm,
    objects_v1.object_access_control_list,
    objects_v1.object_owner,
    objects_v1.lifecycle_expiration_date,
    objects_v1.object_lock_event_hold_status,
    objects_v1.object_lock_event_hold_duration,
    latest.sample_rate
from objects_v1
inner join latest on latest.import_id = objects_v1.import_id
