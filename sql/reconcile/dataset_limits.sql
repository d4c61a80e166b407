-- model:    dataset_limits
-- grain:    one row per kind for which all of a dataset is too little, too much or too old
-- inputs:   found_groups
-- params:   $prefix VARCHAR, $is_judged BOOLEAN,
--           $objects_least BIGINT, $objects_most BIGINT, $objects_words VARCHAR,
--           $bytes_least BIGINT, $bytes_most BIGINT, $bytes_words VARCHAR,
--           $freshness_ms BIGINT, $freshness_words VARCHAR, $looked_at TIMESTAMP
-- dialects: duckdb, trino
-- notes:    limits that are NULL don't limit; $is_judged: all keys of the dataset are known. An object without a date may
--           be the newest, and one without a size of any size: what may be wrong has a row, too, where is_proven is false.
--           A dataset without objects is missing, and not stale
with

totals as (
    select
        coalesce(cast(sum(object_count) as bigint), 0) as object_count,
        coalesce(cast(sum(size_bytes) as bigint), 0) as size_bytes,
        coalesce(cast(sum(unsized_count) as bigint), 0) as unsized_count,
        coalesce(cast(sum(undated_count) as bigint), 0) as undated_count,
        max(last_modified) as last_modified
    from found_groups
    where partition is not null
),

spelled as (
    select
        *,
        format('%,d', object_count) || case when object_count = 1 then ' object' else ' objects' end as found_objects,
        format('%,d', size_bytes) || case when size_bytes = 1 then ' byte' else ' bytes' end as found_bytes,
        'none since ' || substr(cast(last_modified as varchar), 1, 16) || ' UTC' as found_newest
    from totals
),

broken as (
    select 'incomplete' as kind, 'total' as subject, $objects_words as expected, found_objects as found, $is_judged as is_proven
    from spelled
    where object_count < $objects_least
    union all
    select 'too_small', 'total', $bytes_words, found_bytes, $is_judged and unsized_count = 0
    from spelled
    where size_bytes < $bytes_least
    union all
    select
        'too_large',
        'total',
        nullif(array_join(array[
            case when object_count > $objects_most then $objects_words end,
            case when size_bytes > $bytes_most then $bytes_words end
        ], ' and '), ''),
        nullif(array_join(array[
            case when object_count > $objects_most then found_objects end,
            case when size_bytes > $bytes_most then found_bytes end
        ], ' and '), ''),
        coalesce(object_count > $objects_most, false) or coalesce(size_bytes > $bytes_most, false)
    from spelled
    where object_count > $objects_most
        or size_bytes > $bytes_most
        or (unsized_count > 0 and $bytes_most is not null)
    union all
    select 'stale', '', $freshness_words, found_newest, $is_judged and undated_count = 0
    from spelled
    where date_diff('millisecond', last_modified, cast($looked_at as timestamp(6))) > $freshness_ms
        or (last_modified is null and (undated_count > 0 or not $is_judged) and $freshness_ms is not null)
)

select
    kind,
    subject,
    '{}' as partition_values,
    $prefix as key_prefix,
    expected,
    found,
    case when kind = 'stale' then 'no new object' else found || ' in all' end || ', expected ' || expected
    || case when kind = 'stale' then ', ' || found else '' end as fact,
    cast(null as varchar) as first_key,
    cast(null as timestamp(6)) as ended_at,
    is_proven
from broken
