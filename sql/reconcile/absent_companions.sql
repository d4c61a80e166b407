-- model:    absent_companions
-- grain:    one row per key that should be beside an object of a dataset, and isn't there
-- inputs:   dataset_objects, objects_current, companions
-- params:   $connector VARCHAR, $lookup VARCHAR, $lookup_end VARCHAR, $companion_pattern VARCHAR
-- dialects: duckdb, trino
-- notes:    companions has templates taken apart: a head, `stem` or `key`, and a tail. What ends as a companion does
--           ($companion_pattern) needs none itself. All companions lie between $lookup and $lookup_end. moment is that of
--           the newest listing of an object that wants it
with

owners as (
    select
        key,
        partition,
        moment,
        coalesce(nullif(regexp_extract(key, '\A([\s\S]*[^/])\.[^./]*\z', 1), ''), key) as stem
    from dataset_objects
    where partition is not null and nullif(regexp_extract(key, $companion_pattern), '') is null
),

wanted as (
    select
        owners.key,
        owners.partition,
        owners.moment,
        companions.head || case companions.placeholder when 'stem' then owners.stem else owners.key end || companions.tail as companion
    from owners
    cross join companions
),

present as (
    select key
    from objects_current
    where connector = $connector
        and is_latest
        and not is_delete_marker
        and key >= $lookup
        and ($lookup_end is null or key < $lookup_end)
)

select
    wanted.companion,
    min(wanted.key) as owner,
    min(wanted.partition) as partition,
    max(wanted.moment) as moment
from wanted
left join present on present.key = wanted.companion
where present.key is null
group by 1
