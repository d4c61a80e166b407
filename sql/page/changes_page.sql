-- model:    changes_page
-- grain:    one row per key that differs, in the order of the keys, after one of them
-- inputs:   changes
-- params:   $prefix VARCHAR, $prefix_end VARCHAR, $after VARCHAR, $change VARCHAR, $most BIGINT
-- dialects: duckdb
-- notes:    of those that start with $prefix; all kinds of changes where $change is NULL
select
    key,
    change,
    size_before,
    size_after,
    last_modified_before,
    last_modified_after,
    e_tag_before,
    e_tag_after,
    storage_class_before,
    storage_class_after
from changes
where key >= $prefix
    and ($prefix_end is null or key < $prefix_end)
    and ($after is null or key > $after)
    and ($change is null or change = $change)
order by key
limit $most
