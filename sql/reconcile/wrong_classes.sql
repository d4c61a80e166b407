-- model:    wrong_classes
-- grain:    one row per partition of a dataset and storage class that isn't allowed
-- inputs:   found_groups, partition_states, open_gaps
-- params:   $connector VARCHAR, $dataset VARCHAR, $prefix VARCHAR, $storage_classes VARCHAR,
--           $storage_classes_words VARCHAR
-- dialects: duckdb, trino
-- notes:    $storage_classes has the allowed ones, a line each. Also of partitions that aren't expected. An object whose
--           class isn't known may be of any that an open gap tells of: where is_proven is false
with

open_classes as (
    select distinct regexp_extract(found, ' in ([\s\S]+)\z', 1) as storage_class
    from open_gaps
    where connector = $connector
        and dataset = $dataset
        and kind = 'wrong_class'
),

known as (
    select partition, storage_class, object_count, first_key, last_key
    from found_groups
    where partition is not null and storage_class is not null
),

-- one row per partition and class of which some may be
possible as (
    select
        found_groups.partition,
        open_classes.storage_class,
        found_groups.object_count,
        found_groups.first_key,
        found_groups.last_key
    from found_groups
    cross join open_classes
    left join known
        on known.partition = found_groups.partition
        and known.storage_class = open_classes.storage_class
    where found_groups.partition is not null
        and found_groups.storage_class is null
        and known.partition is null
),

classed as (
    select *, true as is_proven from known
    union all
    select *, false from possible
),

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
    from classed
    where storage_class is not null
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
    placed.is_proven
from placed
left join partition_states on partition_states.partition = placed.partition
