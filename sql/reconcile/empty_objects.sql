-- model:    empty_objects
-- grain:    one row per partition of a dataset that has objects of no bytes, or may have
-- inputs:   found_groups, partition_states
-- params:   $prefix VARCHAR
-- dialects: duckdb, trino
-- notes:    also of partitions that aren't expected. Where is_proven is false, it has objects whose size isn't known
with

empty as (
    select
        partition,
        cast(sum(empty_count) as bigint) as empty_count,
        min(first_empty_key) as first_key,
        max(last_empty_key) as last_key
    from found_groups
    where partition is not null and (empty_count > 0 or unsized_count > 0)
    group by 1
),

-- what all keys between the first and the last begin with, as far as it is told by folders
placed as (
    select
        *,
        case
            when first_key = last_key then first_key
            when regexp_replace(first_key, '[^/]*\z', '') = regexp_replace(last_key, '[^/]*\z', '')
                and length(regexp_replace(first_key, '[^/]*\z', '')) >= length($prefix)
                then regexp_replace(first_key, '[^/]*\z', '')
            else $prefix
        end as common_prefix,
        empty_count > 0 as is_proven
    from empty
)

select
    'zero_byte' as kind,
    placed.partition as subject,
    coalesce(partition_states.partition_values, '{}') as partition_values,
    coalesce(partition_states.key_prefix, placed.common_prefix) as key_prefix,
    'no empty object' as expected,
    format('%,d', placed.empty_count) || case when placed.empty_count = 1 then ' empty object' else ' empty objects' end as found,
    case
        when placed.empty_count = 1 then 'empty object ' || placed.first_key
        else format('%,d', placed.empty_count) || ' empty objects, the first ' || placed.first_key
    end as fact,
    placed.first_key,
    partition_states.ended_at,
    placed.is_proven
from placed
left join partition_states on partition_states.partition = placed.partition
