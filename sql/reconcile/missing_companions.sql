-- model:    missing_companions
-- grain:    one row per object that should be beside another of a dataset, and isn't
-- inputs:   dataset_objects, objects_current, companions, partition_states, judged
-- params:   $connector VARCHAR, $lookup VARCHAR, $lookup_end VARCHAR, $companion_pattern VARCHAR
-- dialects: duckdb, trino
-- notes:    companions has templates taken apart: a head, `stem` or `key`, and a tail. What ends as a companion does
--           ($companion_pattern) needs none itself. All companions lie between $lookup and $lookup_end. A listing of the
--           object alone that is newer than what is known of its companion proves nothing
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
),

absent as (
    select
        wanted.companion,
        min(wanted.key) as owner,
        min(wanted.partition) as partition,
        max(wanted.moment) as moment
    from wanted
    left join present on present.key = wanted.companion
    where present.key is null
    group by 1
),

looked as (
    select absent.companion, max(judged.moment) as moment
    from absent
    inner join judged on starts_with(absent.companion, judged.scope)
    group by 1
)

select
    'companion_missing' as kind,
    absent.companion as subject,
    coalesce(partition_states.partition_values, '{}') as partition_values,
    absent.companion as key_prefix,
    '1 object beside ' || absent.owner as expected,
    'no object' as found,
    'no object ' || absent.companion || ' beside ' || absent.owner as fact,
    absent.companion as first_key,
    partition_states.ended_at,
    coalesce(looked.moment >= absent.moment, false) as is_proven
from absent
left join looked on looked.companion = absent.companion
left join partition_states on partition_states.partition = absent.partition
