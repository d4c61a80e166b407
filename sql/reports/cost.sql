-- model:    cost
-- report:   what the storage costs in a month, by folder and class
-- grain:    one row per storage class in a folder at a depth, or directly in a folder above them
-- inputs:   objects_latest, snapshots
-- params:   $connector VARCHAR, $depth BIGINT, $assumed_tier VARCHAR, $storage_standard_per_gb_month DOUBLE,
--           $storage_reduced_redundancy_per_gb_month DOUBLE, $storage_standard_ia_per_gb_month DOUBLE,
--           $storage_onezone_ia_per_gb_month DOUBLE, $storage_intelligent_frequent_per_gb_month DOUBLE,
--           $storage_intelligent_infrequent_per_gb_month DOUBLE, $storage_intelligent_archive_instant_per_gb_month DOUBLE,
--           $storage_intelligent_archive_per_gb_month DOUBLE, $storage_intelligent_deep_archive_per_gb_month DOUBLE,
--           $storage_glacier_ir_per_gb_month DOUBLE, $storage_glacier_per_gb_month DOUBLE,
--           $storage_deep_archive_per_gb_month DOUBLE, $storage_express_onezone_per_gb_month DOUBLE,
--           $monitoring_per_thousand_month DOUBLE
-- defaults: $depth 1
-- least:    $depth 0
-- chart:    bar month_usd
-- totals:   month_usd, noncurrent_month_usd, unpriced_count
-- titles:   stored_size_bytes size, month_usd a month, noncurrent_month_usd of old versions,
--           unpriced_count without price
-- quiet:    noncurrent_month_usd, unpriced_count, sample_rate
-- data:     noncurrent_object_count, billed_size_bytes
-- none:     no objects
-- dialects: duckdb, trino
-- notes:    USD for a month of what is there now, old versions included; a GB is 2^30 bytes, as S3 bills. Objects in
--           STANDARD_IA, ONEZONE_IA and GLACIER_IR are billed as at least 128 KB. What is archived (GLACIER, DEEP_ARCHIVE,
--           the two archive tiers of INTELLIGENT_TIERING) has 32 KB more at its own price and 8 KB at that of STANDARD.
--           INTELLIGENT_TIERING is monitored from 128 KB on; what is smaller is in the tier FREQUENT. A tier that isn't
--           known is $assumed_tier. An object of another class or tier, or of unknown size, has no price: it is in
--           unpriced_count, and month_usd is of the others, NULL where there are none
with

versions as (
    select
        connector,
        import_id,
        regexp_extract(key, '\A(?:[^/]*/){0,' || cast(least($depth, 1000) as varchar) || '}') as path,
        is_latest,
        storage_class,
        case
            when storage_class = 'INTELLIGENT_TIERING' and size < 131072 then 'FREQUENT'
            when storage_class = 'INTELLIGENT_TIERING' then coalesce(intelligent_tiering_access_tier, upper($assumed_tier))
        end as tier,
        case when storage_class in ('STANDARD_IA', 'ONEZONE_IA', 'GLACIER_IR') and size < 131072 then 131072 else size end as billed,
        size,
        sample_rate
    from objects_latest
    where not is_delete_marker and ($connector is null or connector = $connector)
),

summed as (
    select
        connector,
        import_id,
        path,
        is_latest,
        storage_class,
        tier,
        sample_rate,
        count(*) as version_count,
        count(size) as sized_count,
        count(*) filter (where storage_class = 'INTELLIGENT_TIERING' and size >= 131072) as monitored_count,
        cast(sum(size) as bigint) as size_bytes,
        cast(sum(billed) as bigint) as billed_bytes,
        case when storage_class in ('GLACIER', 'DEEP_ARCHIVE') or tier in ('ARCHIVE', 'DEEP_ARCHIVE') then 1 else 0 end as is_archived
    from versions
    group by 1, 2, 3, 4, 5, 6, 7
),

priced as (
    select
        *,
        cast(
            case
                when storage_class = 'STANDARD' then $storage_standard_per_gb_month
                when storage_class = 'REDUCED_REDUNDANCY' then $storage_reduced_redundancy_per_gb_month
                when storage_class = 'STANDARD_IA' then $storage_standard_ia_per_gb_month
                when storage_class = 'ONEZONE_IA' then $storage_onezone_ia_per_gb_month
                when storage_class = 'GLACIER_IR' then $storage_glacier_ir_per_gb_month
                when storage_class = 'GLACIER' then $storage_glacier_per_gb_month
                when storage_class = 'DEEP_ARCHIVE' then $storage_deep_archive_per_gb_month
                when storage_class = 'EXPRESS_ONEZONE' then $storage_express_onezone_per_gb_month
                when tier = 'FREQUENT' then $storage_intelligent_frequent_per_gb_month
                when tier = 'INFREQUENT' then $storage_intelligent_infrequent_per_gb_month
                when tier = 'ARCHIVE_INSTANT_ACCESS' then $storage_intelligent_archive_instant_per_gb_month
                when tier = 'ARCHIVE' then $storage_intelligent_archive_per_gb_month
                when tier = 'DEEP_ARCHIVE' then $storage_intelligent_deep_archive_per_gb_month
            end as double
        ) as rate
    from summed
),

costed as (
    select
        *,
        (
            cast(billed_bytes + is_archived * sized_count * 32768 as double) * rate
            + cast(is_archived * sized_count * 8192 as double) * cast($storage_standard_per_gb_month as double)
        ) / 1073741824
            + cast(monitored_count as double) * cast($monitoring_per_thousand_month as double) / 1000 as month_usd
    from priced
),

merged as (
    select
        connector,
        import_id,
        path,
        storage_class,
        sample_rate,
        coalesce(sum(version_count) filter (where is_latest), 0) as object_count,
        coalesce(sum(version_count) filter (where not is_latest), 0) as noncurrent_object_count,
        sum(size_bytes) as stored_size_bytes,
        sum(case when rate is not null then billed_bytes + is_archived * sized_count * 40960 end) as billed_size_bytes,
        sum(month_usd) as month_usd,
        sum(month_usd) filter (where not is_latest) as noncurrent_month_usd,
        sum(case when rate is null then version_count else version_count - sized_count end) as unpriced_count
    from costed
    group by 1, 2, 3, 4, 5
)

select
    merged.connector,
    merged.path,
    merged.storage_class,
    cast(merged.object_count as bigint) as object_count,
    case when snapshots.source <> 'api' then cast(merged.noncurrent_object_count as bigint) end as noncurrent_object_count,
    cast(merged.stored_size_bytes as bigint) as stored_size_bytes,
    cast(merged.billed_size_bytes as bigint) as billed_size_bytes,
    merged.month_usd,
    case
        when snapshots.source = 'api' then null
        when merged.noncurrent_object_count = 0 then 0
        else merged.noncurrent_month_usd
    end as noncurrent_month_usd,
    cast(merged.unpriced_count as bigint) as unpriced_count,
    merged.sample_rate
from merged
inner join snapshots on snapshots.import_id = merged.import_id
order by merged.month_usd desc nulls first, merged.connector, merged.path, merged.storage_class
