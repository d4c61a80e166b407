-- model:    wrong_classes
-- grain:    one row per partition of a dataset and storage class that isn't allowed
-- inputs:   found_groups, partition_states
-- params:   $prefix VARCHAR, $storage_classes VARCHAR, $storage_classes_words VARCHAR
-- dialects: duckdb, trino
-- notes:    $storage_classes has the allowed ones, a line each. Also of partitions that aren't expected
with

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
        format('%,d', object_count) || case when object_count = 1 then ' object in ' else ' objects in ' end
        || storage_class as found
    from found_groups
    where partition is not null
        and storage_class is not null
        and not contains(split($storage_classes, chr(10)), storage_class)
)

select
    'wrong_class' as kind,
    case when placed.partition = '' then '' else placed.partition || ' ' end || placed.storage_class as subject,
    coalesce(partition_states.partition_values, '{}') as partition_values,
    coalesce(partition_states.key_prefix, placed.common_prefix) as key_prefix,
    $storage_classes_words as expected,
    placed.found,
    placed.found || ', expected ' || $storage_classes_words
    || case when placed.object_count = 1 then ': ' else ', the first ' end || placed.first_key as fact,
    placed.first_key,
    partition_states.ended_at,
    true as is_proven
from placed
left join partition_states on partition_states.partition = placed.partition
