-- model:    unexpected_objects
-- grain:    one row per partition that isn't expected; of keys that aren't the dataset's, per folder they lie directly in
-- inputs:   found_groups, partition_states, early_partitions
-- params:   $prefix VARCHAR, $template VARCHAR
-- dialects: duckdb, trino
-- notes:    early_partitions are those that aren't expected yet, but will be
with

known as (
    select partition from partition_states
    union
    select partition from early_partitions
),

stray as (
    select
        found_groups.folder,
        found_groups.partition,
        cast(sum(found_groups.object_count) as bigint) as object_count,
        min(found_groups.first_key) as first_key,
        max(found_groups.last_key) as last_key
    from found_groups
    left join known on known.partition = found_groups.partition
    where known.partition is null
    group by 1, 2
),

spelled as (
    select
        *,
        format('%,d', object_count) || case when object_count = 1 then ' object' else ' objects' end as found,
        case
            when first_key = last_key then first_key
            when partition is not null
                and regexp_replace(first_key, '[^/]*\z', '') <> regexp_replace(last_key, '[^/]*\z', '')
                then $prefix
            when length(regexp_replace(first_key, '[^/]*\z', '')) < length($prefix) then $prefix
            else regexp_replace(first_key, '[^/]*\z', '')
        end as key_prefix
    from stray
)

select
    'unexpected' as kind,
    coalesce(partition, folder) as subject,
    '{}' as partition_values,
    key_prefix,
    case when partition is null then 'only keys such as ' || $template else 'no such partition' end as expected,
    found,
    case
        when object_count = 1 then 'unexpected object ' || first_key
        else found || ' that aren''t expected, the first ' || first_key
    end as fact,
    first_key,
    cast(null as timestamp(6)) as ended_at,
    true as is_proven
from spelled
