-- model:    file_info
-- grain:    one row per collection and file in its folder, as the newest snapshot or scan of it says
-- inputs:   collections_v1, objects_current, snapshots_v1
-- dialects: duckdb, trino
-- notes:    updated_at is when that snapshot or scan looked, by its name. A file of two collections has two rows
select
    collections_v1.collection,
    objects_current.key,
    objects_current.size,
    objects_current.last_modified_date as last_modified,
    objects_current.e_tag as etag,
    objects_current.storage_class,
    objects_current.checksum_algorithm,
    snapshots_v1.source,
    cast(
        substr(objects_current.snapshot, 1, 10)
        || ' ' || replace(replace(substr(objects_current.snapshot, 12), 'Z', ''), '-', ':') as timestamp(6)
    ) as updated_at
from objects_current
inner join collections_v1
    on collections_v1.connector = objects_current.connector
    and starts_with(objects_current.key, collections_v1.folder)
inner join snapshots_v1 on snapshots_v1.import_id = objects_current.import_id
where objects_current.is_latest and not objects_current.is_delete_marker
