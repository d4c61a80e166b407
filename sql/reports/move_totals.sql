-- model:    move_totals
-- grain:    one row: the keys that look as if they had moved, in all
-- inputs:   moves
-- dialects: duckdb, trino
-- notes:    the first and the last of the new keys say which folder all of them are in; empty objects aside, whose content
--           tells nothing
select
    count(*) as moved_count,
    cast(coalesce(sum(size), 0) as bigint) as size_bytes,
    count(*) filter (where matched_by <> 'content') as uncertain_count,
    count(*) filter (where matched_by = 'nothing') as empty_count,
    min(case when matched_by <> 'nothing' then key_after end) as first_key_after,
    max(case when matched_by <> 'nothing' then key_after end) as last_key_after
from moves
