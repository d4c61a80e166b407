-- model:    missing_partitions
-- grain:    one row per expected partition without objects
-- inputs:   partition_states
-- dialects: duckdb, trino
select
    'missing' as kind,
    partition as subject,
    partition_values,
    key_prefix,
    case when key is null then 'at least 1 object' else '1 object' end as expected,
    'no object' as found,
    case
        when key is not null then 'no object ' || key
        when key_prefix = '' then 'no object'
        when substr(key_prefix, length(key_prefix)) = '/' then 'no object below ' || key_prefix
        else 'no object that starts with ' || key_prefix
    end as fact,
    key as first_key,
    ended_at,
    is_judged as is_proven
from partition_states
where object_count = 0
