-- model:    copies
-- grain:    one row per key of current objects that differs between two buckets: a, and b that is to be its copy
-- inputs:   base_objects, newer_objects  (current objects of a and of b: the rule is in current_objects)
-- params:   $prefix VARCHAR, $prefix_end VARCHAR
-- dialects: duckdb, trino
-- notes:    'only_in_a', 'only_in_b', 'differs': by size or ETag; a NULL on either side proves nothing. 'unclear': of one
--           size, with ETags that are made in different ways: in parts ('…-7') of another number, or from content that is
--           encrypted with a key. Dates and storage classes differ between copies and aren't compared.
--           $prefix_end is the first text after all that start with $prefix, NULL where there is none
with

compared as (
    select
        coalesce(base_objects.key, newer_objects.key) as key,
        base_objects.key is null as is_new,
        newer_objects.key is null as is_gone,
        base_objects.size as size_a,
        newer_objects.size as size_b,
        base_objects.e_tag as e_tag_a,
        newer_objects.e_tag as e_tag_b,
        -- the number of parts; of a whole upload, and of no ETag, NULL
        case when strpos(base_objects.e_tag, '-') > 0 then substr(base_objects.e_tag, strpos(base_objects.e_tag, '-')) end as parts_a,
        case when strpos(newer_objects.e_tag, '-') > 0 then substr(newer_objects.e_tag, strpos(newer_objects.e_tag, '-')) end as parts_b,
        coalesce(base_objects.encryption_status in ('SSE-KMS', 'DSSE-KMS', 'SSE-C'), false) as is_keyed_a,
        coalesce(newer_objects.encryption_status in ('SSE-KMS', 'DSSE-KMS', 'SSE-C'), false) as is_keyed_b
    from base_objects
    full join newer_objects on newer_objects.key = base_objects.key
),

told as (
    select
        key,
        case
            when is_new then 'only_in_b'
            when is_gone then 'only_in_a'
            when size_a <> size_b then 'differs'
            when e_tag_a <> e_tag_b and (parts_a is distinct from parts_b or is_keyed_a or is_keyed_b) then 'unclear'
            when e_tag_a <> e_tag_b then 'differs'
        end as difference,
        size_a,
        size_b,
        e_tag_a,
        e_tag_b
    from compared
)

select
    key,
    difference,
    size_a,
    size_b,
    e_tag_a,
    e_tag_b
from told
where difference is not null
    and key >= $prefix
    and ($prefix_end is null or key < $prefix_end)
order by key
