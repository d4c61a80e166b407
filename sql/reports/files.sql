-- model:    files
-- grain:    one row per current object whose key starts with a text; with $versions, per version and delete marker
-- inputs:   objects
-- params:   $connector VARCHAR, $dt DATE, $snapshot VARCHAR, $prefix VARCHAR, $prefix_end VARCHAR, $recursive BOOLEAN,
--           $versions BOOLEAN
-- dialects: duckdb, trino
-- notes:    $prefix_end is the first text after all that start with $prefix: a range prunes files, a LIKE need not.
--           NULL where there is none
select
    key,
    version_id,
    is_latest,
    is_delete_marker,
    size,
    last_modified_date,
    e_tag,
    storage_class
from objects
where connector = $connector
    and dt = cast($dt as date)
    and snapshot = $snapshot
    and key >= $prefix
    and ($prefix_end is null or key < $prefix_end)
    and ($recursive or strpos(substr(key, length($prefix) + 1), '/') = 0)
    and ($versions or (is_latest and not is_delete_marker))
order by key, is_latest desc, last_modified_date desc, version_id
