-- model:    duplicates
-- report:   which objects are stored more than once
-- grain:    one row per connector and content that several current objects have; before them, per connector, one of all
--           of them, and one of the objects that can't be compared
-- inputs:   objects_latest
-- params:   $connector VARCHAR, $least BIGINT, $top BIGINT
-- defaults: $least 1, $top 20
-- least:    $least 0, $top 1
-- titles:   wasted_size_bytes wasted, size_bytes size each
-- quiet:    sample_rate
-- data:     e_tag
-- none:     no two objects have the same ETag and size
-- dialects: duckdb, trino
-- notes:    same content is the same ETag and size. An ETag with a dash is of an upload in parts: content that was cut
--           into other parts has another. With KMS or a customer's key an ETag says nothing about the content: such
--           objects are not compared, and neither are those whose ETag or size a report doesn't have. wasted_size_bytes is
--           what all objects of a content but one hold. Objects below $least bytes are left out
with

wanted as (
    select
        connector,
        e_tag,
        size,
        sample_rate,
        e_tag is not null
            and size is not null
            and coalesce(encryption_status, '') not in ('SSE-KMS', 'DSSE-KMS', 'SSE-C') as is_comparable
    from objects_latest
    where is_latest
        and not is_delete_marker
        and (size is null or size >= $least)
        and ($connector is null or connector = $connector)
),

contents as (
    select
        connector,
        e_tag,
        size,
        sample_rate,
        count(*) as object_count,
        cast((count(*) - 1) * size as bigint) as wasted_size_bytes
    from wanted
    where is_comparable
    group by 1, 2, 3, 4
    having count(*) > 1
),

totals as (
    select
        connector,
        sample_rate,
        cast(sum(object_count) as bigint) as object_count,
        cast(sum(wasted_size_bytes) as bigint) as wasted_size_bytes
    from contents
    group by 1, 2
),

incomparable as (
    select connector, sample_rate, count(*) as object_count from wanted where not is_comparable group by 1, 2
),

chosen as (
    select * from contents order by wasted_size_bytes desc, object_count desc, connector, e_tag, size limit $top
),

-- the keys of the chosen ones only: those of all would not fit into memory
shown as (
    select
        chosen.connector,
        chosen.e_tag,
        chosen.size,
        min(objects_latest.key) as first_key,
        max(objects_latest.key) as last_key
    from chosen
    inner join objects_latest
        on objects_latest.connector = chosen.connector
        and objects_latest.e_tag = chosen.e_tag
        and objects_latest.size = chosen.size
    where objects_latest.is_latest
        and not objects_latest.is_delete_marker
        and coalesce(objects_latest.encryption_status, '') not in ('SSE-KMS', 'DSSE-KMS', 'SSE-C')
    group by 1, 2, 3
),

answers as (
    select
        0 as place,
        connector,
        'all duplicates' as found,
        object_count,
        wasted_size_bytes,
        cast(null as bigint) as size_bytes,
        cast(null as varchar) as e_tag,
        cast(null as varchar) as first_key,
        cast(null as varchar) as last_key,
        sample_rate
    from totals
    union all
    select 1, connector, 'not comparable', object_count, null, null, null, null, null, sample_rate from incomparable
    union all
    select
        2,
        chosen.connector,
        case when strpos(chosen.e_tag, '-') > 0 then 'same parts' else 'same content' end,
        chosen.object_count,
        chosen.wasted_size_bytes,
        chosen.size,
        chosen.e_tag,
        shown.first_key,
        shown.last_key,
        chosen.sample_rate
    from chosen
    inner join shown on shown.connector = chosen.connector and shown.e_tag = chosen.e_tag and shown.size = chosen.size
)

select
    connector,
    found,
    object_count,
    wasted_size_bytes,
    size_bytes,
    e_tag,
    first_key,
    last_key,
    sample_rate
from answers
order by place, wasted_size_bytes desc nulls last, object_count desc, connector, e_tag, size_bytes
