-- model:    prioritized_gaps
-- grain:    one row per gap that is proven
-- inputs:   gaps_found, open_gaps, rules, vanished_partitions
-- params:   $run_at TIMESTAMP, $now TIMESTAMP
-- dialects: duckdb, trino
-- notes:    the priority is that of the first rule, by its place, of which all holds that isn't NULL; low where there is
--           none. A rule for several kinds or datasets has a row for each. A gap is as old as the end of its partition's
--           time, or as it is known where it has none. $now is the clock's; $run_at is later where an earlier run's clock was ahead
with

aged as (
    select
        gaps_found.gap_id,
        gaps_found.dataset,
        gaps_found.kind,
        gaps_found.weight,
        gaps_found.missing_share,
        date_diff(
            'millisecond',
            coalesce(gaps_found.ended_at, open_gaps.first_seen, cast($now as timestamp(6))),
            cast($now as timestamp(6))
        ) as age_ms
    from gaps_found
    left join open_gaps on open_gaps.gap_id = gaps_found.gap_id
    where gaps_found.is_proven
),

places as (
    select aged.gap_id, min(rules.place) as place
    from aged
    inner join rules
        on (rules.kind is null or rules.kind = aged.kind)
        and (rules.dataset is null or rules.dataset = aged.dataset)
        and (rules.weight is null or aged.weight >= rules.weight)
        and (rules.older_than_ms is null or aged.age_ms >= rules.older_than_ms)
        and (rules.newer_than_ms is null or aged.age_ms < rules.newer_than_ms)
        and (rules.missing_share is null or aged.missing_share >= rules.missing_share)
    group by 1
),

ruled as (select place, min(priority) as priority, min(words) as words from rules group by 1)

select
    gaps_found.connector,
    gaps_found.dataset,
    gaps_found.kind,
    gaps_found.subject,
    gaps_found.gap_id,
    coalesce(ruled.priority, 'low') as priority,
    gaps_found.fact
    || case
        when vanished_partitions.last_seen is null then ''
        else '; it was there until ' || vanished_partitions.last_seen
    end
    || '; ' || coalesce(ruled.priority, 'low') || ' as ' || coalesce(ruled.words, 'no rule says more') as reason,
    gaps_found.key_prefix,
    gaps_found.partition_values,
    gaps_found.expected,
    gaps_found.found,
    gaps_found.first_key,
    gaps_found.ended_at,
    coalesce(open_gaps.first_seen, cast($run_at as timestamp(6))) as first_seen,
    coalesce(open_gaps.times_seen, 0) + 1 as times_seen
from gaps_found
left join open_gaps on open_gaps.gap_id = gaps_found.gap_id
left join places on places.gap_id = gaps_found.gap_id
left join ruled on ruled.place = places.place
left join vanished_partitions
    on gaps_found.kind = 'missing'
    and vanished_partitions.connector = gaps_found.connector
    and vanished_partitions.dataset = gaps_found.dataset
    and vanished_partitions.partition = gaps_found.subject
where gaps_found.is_proven
