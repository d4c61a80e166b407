-- model:    changes_latest
-- grain:    one row per key that differs from the base, of each connector's newest snapshot
-- inputs:   changes_v1, snapshots_v1
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
    changes_v1.connector,
    changes_v1.dt,
    changes_v1.snapshot,
    changes_v1.import_id,
    changes_v1.base_snapshot,
    changes_v1.key,
    changes_v1.change,
    changes_v1.size_before,
    changes_v1.size_after,
    changes_v1.e_tag_before,
    changes_v1.e_tag_after,
    changes_v1.last_modified_before,
    changes_v1.last_modified_after,
    changes_v1.storage_class_before,
    changes_v1.storage_class_after,
    latest.sample_rate
from changes_v1
inner join latest on latest.import_id = changes_v1.import_id
