-- model:    versions
-- report:   which folders hold old versions and delete markers
-- grain:    one row per folder at a depth that holds some, per folder above them for what lies directly in it, and per
--           connector whose newest snapshot is a scan, which lists none
-- inputs:   folders_at_depth
-- params:   $top BIGINT
-- defaults: $top 20
-- least:    $top 1
-- chart:    bar noncurrent_size_bytes
-- titles:   noncurrent_share of all bytes
-- quiet:    sample_rate
-- none:     no old versions and delete markers; a report of current versions only lists none
-- dialects: duckdb, trino
-- notes:    noncurrent_share is of all bytes in the folder. What isn't known is NULL
with

known as (
    select * from folders_at_depth where source <> 'api' and (noncurrent_object_count > 0 or delete_marker_count > 0)
),

unknown as (
    select distinct connector, sample_rate from folders_at_depth where source = 'api'
)

select
    connector,
    path,
    counted,
    noncurrent_object_count,
    noncurrent_size_bytes,
    delete_marker_count,
    object_count,
    total_size_bytes,
    cast(noncurrent_size_bytes as double)
        / nullif(cast(noncurrent_size_bytes as double) + cast(total_size_bytes as double), 0) as noncurrent_share,
    sample_rate
from known
union all
select connector, '', 'not listed', null, null, null, null, null, null, sample_rate from unknown
order by 5 desc nulls last, 6 desc, 1, 2, 3
limit $top
