-- model:    changed_folders
-- grain:    one row per folder whose direct children are others in the newer snapshot than in the base
-- inputs:   newer_folders, base_folders  (of snapshots with fingerprints of one method)
-- dialects: duckdb, trino
-- notes:    the counts and sizes say nothing that a fingerprint doesn't, and make it harder for two to be equal by chance
select coalesce(newer_folders.path, base_folders.path) as path
from newer_folders
full join base_folders on newer_folders.path = base_folders.path
where newer_folders.fingerprint is distinct from base_folders.fingerprint
    or coalesce(newer_folders.direct_object_count, 0) <> coalesce(base_folders.direct_object_count, 0)
    or coalesce(newer_folders.direct_size_bytes, 0) <> coalesce(base_folders.direct_size_bytes, 0)
