-- model:    freshness
-- report:   how old each connector's newest snapshot is
-- grain:    one row per connector that is declared or has a snapshot
-- inputs:   snapshots
-- params:   $connector VARCHAR, $now TIMESTAMP, $freshness VARCHAR
-- quiet:    freshness, warn_after_ms, error_after_ms, sample_rate
-- none:     no connectors, and no snapshots
-- dialects: duckdb, trino
-- notes:    $freshness has the connectors that are declared: names, each with the milliseconds of warn_after and
--           error_after unless none is expected, as in `photos 129600000 259200000;other`. The newest is that of the
--           whole bucket; where there is none, the newest sample
with

declared as (
    select
        split_part(rule, ' ', 1) as connector,
        cast(nullif(split_part(rule, ' ', 2), '') as bigint) as warn_after_ms,
        cast(nullif(split_part(rule, ' ', 3), '') as bigint) as error_after_ms
    from unnest(split($freshness, ';')) as rules (rule)
    where rule <> ''
),

ranked as (
    select
        *,
        row_number() over (
            partition by connector
            -- without the Z a scan, named to the second, comes after the report of its minute
            order by case when sample_rate is null then 0 else 1 end, replace(snapshot, 'Z', '') desc
        ) as place
    from snapshots
    where scope = ''
),

newest as (
    select
        *,
        date_diff(
            'millisecond',
            cast(substr(snapshot, 1, 10) || ' ' || replace(replace(substr(snapshot, 12), 'Z', ''), '-', ':') as timestamp),
            cast($now as timestamp)
        ) as age_ms
    from ranked
    where place = 1
)

select
    coalesce(newest.connector, declared.connector) as connector,
    newest.snapshot,
    newest.source,
    newest.age_ms,
    case
        when declared.warn_after_ms is null then null
        when newest.snapshot is null then 'none yet'
        when newest.age_ms > declared.error_after_ms then 'too old'
        when newest.age_ms > declared.warn_after_ms then 'stale'
        else 'fresh'
    end as freshness,
    declared.warn_after_ms,
    declared.error_after_ms,
    newest.object_count,
    newest.total_size_bytes,
    newest.sample_rate
from newest
full join declared on declared.connector = newest.connector
where $connector is null or coalesce(newest.connector, declared.connector) = $connector
order by
    case when newest.snapshot is null then 0 else 1 end,
    newest.age_ms desc,
    1
