-- model:    objects_current
-- grain:    one row per version and delete marker of what each connector's bucket held when it was last looked at
-- inputs:   objects_v1, snapshots_v1
-- dialects: duckdb, trino
-- notes:    objects_latest with every newer scan of a prefix laid over the keys that start with it: the newest source
--           that was to find a key says whether it is there. A sample is laid over nothing; one that objects_latest
--           falls back to lies below every scan, as it lacks most keys
with

ranked as (
    select
        connector,
        import_id,
        scope,
        sample_rate,
        -- without the Z a scan, named to the second, comes after the report of its minute
        replace(snapshot, 'Z', '') as moment,
        row_number() over (
            partition by connector, scope
            order by case when sample_rate is null then 0 else 1 end, replace(snapshot, 'Z', '') desc
        ) as place
    from snapshots_v1
),

latest as (select * from ranked where scope = '' and place = 1),

scans as (
    select ranked.connector, ranked.import_id, ranked.scope, ranked.sample_rate, ranked.moment
    from ranked
    left join latest on latest.connector = ranked.connector
    where ranked.scope <> ''
        and ranked.place = 1
        and ranked.sample_rate is null
        and (latest.import_id is null or latest.sample_rate is not null or ranked.moment > latest.moment)
),

sources as (
    select connector, import_id, scope, sample_rate, moment from latest
    union all
    select connector, import_id, scope, sample_rate, moment from scans
)

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
    sources.sample_rate
from objects_v1
inner join sources on sources.import_id = objects_v1.import_id
left join scans
    on scans.connector = sources.connector
    and (
        sources.scope = ''
        or scans.moment > sources.moment
        or (scans.moment = sources.moment and scans.import_id > sources.import_id)
    )
    and starts_with(objects_v1.key, scans.scope)
where scans.import_id is null
