-- model:    copy_totals
-- grain:    one row: what differs between two buckets, in all
-- inputs:   copies
-- params:   $connector_a VARCHAR, $snapshot_a VARCHAR, $connector_b VARCHAR, $snapshot_b VARCHAR
-- dialects: duckdb, trino
select
    $connector_a as connector_a,
    $snapshot_a as snapshot_a,
    $connector_b as connector_b,
    $snapshot_b as snapshot_b,
    count(*) filter (where difference = 'only_in_a') as only_in_a_count,
    cast(coalesce(sum(case when difference = 'only_in_a' then size_a end), 0) as bigint) as only_in_a_size_bytes,
    count(*) filter (where difference = 'only_in_b') as only_in_b_count,
    cast(coalesce(sum(case when difference = 'only_in_b' then size_b end), 0) as bigint) as only_in_b_size_bytes,
    count(*) filter (where difference = 'differs') as differing_count,
    count(*) filter (where difference = 'unclear') as unclear_count
from copies
