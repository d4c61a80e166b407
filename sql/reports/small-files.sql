-- model:    small-files
-- report:   which folders hold the most small objects
-- grain:    one row per folder that small objects lie directly in
-- inputs:   objects_latest
-- params:   $connector VARCHAR, $below BIGINT, $top BIGINT
-- defaults: $below 131072, $top 20
-- least:    $below 1, $top 1
-- chart:    bar small_count
-- quiet:    sample_rate
-- none:     no object is that small
-- dialects: duckdb, trino
-- notes:    small is below $below bytes. Empty objects whose key ends in a slash stand for folders, and aren't counted;
--           neither are objects whose size isn't known small
with

placed as (
    select
        connector,
        regexp_replace(key, '[^/]*\z', '') as path,
        size,
        sample_rate
    from objects_latest
    where is_latest
        and not is_delete_marker
        and not (coalesce(size, 0) = 0 and substr(key, length(key)) = '/')
        and ($connector is null or connector = $connector)
)

select
    connector,
    path,
    count(*) filter (where size < $below) as small_count,
    cast(sum(case when size < $below then size end) as bigint) as small_size_bytes,
    cast(sum(case when size < $below then size end) as double) / count(*) filter (where size < $below) as mean_size_bytes,
    count(*) as object_count,
    cast(count(*) filter (where size < $below) as double) / count(*) as small_share,
    sample_rate
from placed
group by connector, path, sample_rate
having count(*) filter (where size < $below) > 0
order by 3 desc, 1, 2
limit $top
