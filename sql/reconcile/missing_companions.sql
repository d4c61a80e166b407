-- model:    missing_companions
-- grain:    one row per object that should be beside another of a dataset, and isn't
-- inputs:   absent_companions, partition_states, judged
-- dialects: duckdb, trino
-- notes:    a listing of the object alone that is newer than what is known of its companion proves nothing
with

looked as (
    select absent_companions.companion, max(judged.moment) as moment
    from absent_companions
    inner join judged on starts_with(absent_companions.companion, judged.scope)
    group by 1
)

select
    'companion_missing' as kind,
    absent_companions.companion as subject,
    coalesce(partition_states.partition_values, '{}') as partition_values,
    absent_companions.companion as key_prefix,
    '1 object beside ' || absent_companions.owner as expected,
    'no object' as found,
    'no object ' || absent_companions.companion || ' beside ' || absent_companions.owner as fact,
    absent_companions.companion as first_key,
    partition_states.ended_at,
    coalesce(looked.moment >= absent_companions.moment, false) as is_proven
from absent_companions
left join looked on looked.companion = absent_companions.companion
left join partition_states on partition_states.partition = absent_companions.partition
