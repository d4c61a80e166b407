-- model:    partition_limits
-- grain:    one row per kind and expected partition that is there and has too few or too many objects or bytes
-- inputs:   partition_states, partition_medians
-- params:   $objects_least BIGINT, $objects_most BIGINT, $objects_words VARCHAR,
--           $bytes_least BIGINT, $bytes_most BIGINT, $bytes_words VARCHAR,
--           $objects_over BIGINT, $objects_median_least DOUBLE, $objects_median_least_words VARCHAR,
--           $objects_median_most DOUBLE, $objects_median_most_words VARCHAR,
--           $bytes_over BIGINT, $bytes_median_least DOUBLE, $bytes_median_least_words VARCHAR,
--           $bytes_median_most DOUBLE, $bytes_median_most_words VARCHAR
-- dialects: duckdb, trino
-- notes:    limits that are NULL don't limit. What a sample shows may be too much, but never too little. Where all keys are
--           known, but not all sizes, or not the median, what may be wrong has a row, too: is_proven is false
with

-- a share of a median is no exact number: what is next to the limit is within it
compared as (
    select
        partition_states.*,
        partition_medians.median_objects,
        partition_medians.median_bytes,
        coalesce(partition_states.object_count < $objects_least, false) as is_below_objects,
        coalesce(partition_states.object_count > $objects_most, false) as is_above_objects,
        coalesce(partition_states.size_bytes < $bytes_least and partition_states.unsized_count = 0, false) as is_below_bytes,
        coalesce(partition_states.size_bytes > $bytes_most, false) as is_above_bytes,
        coalesce(
            partition_states.is_judged
            and cast(partition_states.object_count as double)
            < partition_medians.median_objects * $objects_median_least * (1 - 1e-12),
            false
        ) as has_few_objects,
        coalesce(
            cast(partition_states.object_count as double)
            > partition_medians.median_objects * $objects_median_most * (1 + 1e-12),
            false
        ) as has_many_objects,
        coalesce(
            partition_states.is_judged
            and partition_states.unsized_count = 0
            and cast(partition_states.size_bytes as double)
            < partition_medians.median_bytes * $bytes_median_least * (1 - 1e-12),
            false
        ) as has_few_bytes,
        coalesce(
            cast(partition_states.size_bytes as double)
            > partition_medians.median_bytes * $bytes_median_most * (1 + 1e-12),
            false
        ) as has_many_bytes,
        coalesce(partition_medians.is_objects_unknown, false) as is_objects_unknown,
        coalesce(partition_medians.is_bytes_unknown, false) as is_bytes_unknown
    from partition_states
    left join partition_medians on partition_medians.partition = partition_states.partition
    where partition_states.object_count > 0
),

doubted as (
    select
        *,
        is_judged and is_objects_unknown and $objects_median_least is not null as may_be_incomplete,
        is_judged and (
            coalesce(unsized_count > 0 and size_bytes < $bytes_least, false)
            or coalesce(
                unsized_count > 0 and cast(size_bytes as double) < median_bytes * $bytes_median_least * (1 - 1e-12),
                false
            )
            or (is_bytes_unknown and $bytes_median_least is not null)
        ) as may_be_small,
        is_judged and (
            (unsized_count > 0 and $bytes_most is not null)
            or (unsized_count > 0 and median_bytes is not null and $bytes_median_most is not null)
            or (is_objects_unknown and $objects_median_most is not null)
            or (is_bytes_unknown and $bytes_median_most is not null)
        ) as may_be_large
    from compared
),

spelled as (
    select
        *,
        ' of the median of ' || cast($objects_over as varchar) || ' before it, '
        || format('%,d', cast(round(median_objects) as bigint)) || ' objects' as objects_median_words,
        ' of the median of ' || cast($bytes_over as varchar) || ' before it, '
        || format('%,d', cast(round(median_bytes) as bigint)) || ' bytes' as bytes_median_words,
        format('%,d', object_count) || case when object_count = 1 then ' object' else ' objects' end as found_objects,
        format('%,d', size_bytes) || case when size_bytes = 1 then ' byte' else ' bytes' end as found_bytes
    from doubted
    where may_be_incomplete or may_be_small or may_be_large
        or is_below_objects or is_above_objects or is_below_bytes or is_above_bytes
        or has_few_objects or has_many_objects or has_few_bytes or has_many_bytes
),

kinds as (select * from (values ('incomplete'), ('too_small'), ('too_large')) as listed (kind)),

broken as (
    select
        kinds.kind,
        spelled.*,
        nullif(case kinds.kind
            when 'incomplete' then array_join(array[
                case when is_below_objects then $objects_words end,
                case when has_few_objects then $objects_median_least_words || objects_median_words end
            ], ' and ')
            when 'too_small' then array_join(array[
                case when is_below_bytes then $bytes_words end,
                case when has_few_bytes then $bytes_median_least_words || bytes_median_words end
            ], ' and ')
            else array_join(array[
                case when is_above_objects then $objects_words end,
                case when has_many_objects then $objects_median_most_words || objects_median_words end,
                case when is_above_bytes then $bytes_words end,
                case when has_many_bytes then $bytes_median_most_words || bytes_median_words end
            ], ' and ')
        end, '') as expected,
        nullif(case kinds.kind
            when 'incomplete' then found_objects
            when 'too_small' then found_bytes
            else array_join(array[
                case when is_above_objects or has_many_objects then found_objects end,
                case when is_above_bytes or has_many_bytes then found_bytes end
            ], ' and ')
        end, '') as found,
        case kinds.kind
            when 'incomplete' then is_below_objects or has_few_objects
            when 'too_small' then is_below_bytes or has_few_bytes
            else is_above_objects or has_many_objects or is_above_bytes or has_many_bytes
        end as is_broken,
        case kinds.kind
            when 'incomplete' then may_be_incomplete
            when 'too_small' then may_be_small
            else may_be_large
        end as may_be_broken
    from spelled
    cross join kinds
)

select
    kind,
    partition as subject,
    partition_values,
    key_prefix,
    expected,
    found,
    found || ' in ' || coalesce(nullif(partition, ''), 'all') || ', expected ' || expected as fact,
    key as first_key,
    ended_at,
    is_broken and (is_judged or kind = 'too_large') as is_proven
from broken
where is_broken or may_be_broken
