-- model:    moves
-- grain:    one row per deleted key that looks as if it had become a new one: same size and ETag
-- inputs:   changes
-- params:   $connector VARCHAR, $dt DATE, $snapshot VARCHAR, $prefix VARCHAR, $prefix_end VARCHAR
-- dialects: duckdb, trino
-- notes:    each deleted and each new key is in one pair at most. matched_by says how it was found, the most certain first:
--           'content': no other deleted and no other new key has that size and ETag; 'name': several have, and of these only
--           these two have this file name; 'order': several have, and they are paired in key order, those of one file name
--           before the others; 'nothing': an empty object, whose content tells nothing. A copy whose original was deleted
--           later, and other content of the same ETag, look the same.
--           $prefix_end is the first text after all that start with $prefix, NULL where there is none
with

wanted as (
    select
        key,
        change,
        case when change = 'deleted' then size_before else size_after end as size,
        case when change = 'deleted' then e_tag_before else e_tag_after end as e_tag
    from changes
    where connector = $connector
        and dt = cast($dt as date)
        and snapshot = $snapshot
        and key >= $prefix
        and ($prefix_end is null or key < $prefix_end)
        and change in ('deleted', 'new')
),

-- a size or ETag that is NULL is like no other
contents as (
    select
        size,
        e_tag,
        count(*) filter (where change = 'deleted') as deleted_count,
        count(*) filter (where change = 'new') as new_count,
        min(case when change = 'deleted' then key end) as key_before,
        min(case when change = 'new' then key end) as key_after
    from wanted
    where size is not null and e_tag is not null
    group by 1, 2
),

-- most contents are of one key on each side
by_content as (
    select
        key_before,
        key_after,
        size,
        e_tag,
        deleted_count,
        new_count,
        case when size = 0 then 'nothing' else 'content' end as matched_by
    from contents
    where deleted_count = 1 and new_count = 1
),

alike as (
    select size, e_tag, deleted_count, new_count from contents
    where deleted_count > 0 and new_count > 0 and deleted_count + new_count > 2
),

candidates as (
    select
        wanted.key,
        wanted.change,
        wanted.size,
        wanted.e_tag,
        alike.deleted_count,
        alike.new_count,
        substr(wanted.key, length(regexp_replace(wanted.key, '[^/]*$', '')) + 1) as name
    from wanted
    inner join alike on alike.size = wanted.size and alike.e_tag = wanted.e_tag
),

named as (
    select
        *,
        row_number() over (partition by size, e_tag, change, name order by key) as place,
        count(*) over (partition by size, e_tag, change, name) as alike_count
    from candidates
),

by_name as (
    select
        gone.key as key_before,
        came.key as key_after,
        gone.size,
        gone.e_tag,
        gone.deleted_count,
        gone.new_count,
        case
            when gone.size = 0 then 'nothing'
            when gone.alike_count = 1 and came.alike_count = 1 then 'name'
            else 'order'
        end as matched_by
    from named as gone
    inner join named as came
        on came.size = gone.size
        and came.e_tag = gone.e_tag
        and came.name = gone.name
        and came.place = gone.place
    where gone.change = 'deleted' and came.change = 'new'
),

-- a key is deleted or new, and never both
paired as (
    select key_before as key from by_name
    union all
    select key_after as key from by_name
),

left_over as (
    select
        named.key,
        named.change,
        named.size,
        named.e_tag,
        named.deleted_count,
        named.new_count,
        row_number() over (partition by named.size, named.e_tag, named.change order by named.key) as place
    from named
    left join paired on paired.key = named.key
    where paired.key is null
),

by_order as (
    select
        gone.key as key_before,
        came.key as key_after,
        gone.size,
        gone.e_tag,
        gone.deleted_count,
        gone.new_count,
        case when gone.size = 0 then 'nothing' else 'order' end as matched_by
    from left_over as gone
    inner join left_over as came on came.size = gone.size and came.e_tag = gone.e_tag and came.place = gone.place
    where gone.change = 'deleted' and came.change = 'new'
),

moved as (
    select * from by_content
    union all
    select * from by_name
    union all
    select * from by_order
)

select
    key_before,
    key_after,
    regexp_replace(key_before, '[^/]*$', '') as folder_before,
    regexp_replace(key_after, '[^/]*$', '') as folder_after,
    size,
    e_tag,
    matched_by,
    deleted_count,
    new_count
from moved
order by key_before
