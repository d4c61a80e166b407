-- model:    photo-pairing
-- report:   which RAW photos have a JPEG, a HEIC or a sidecar beside them
-- grain:    one row per folder that RAW photos lie directly in
-- inputs:   photo_files
-- params:   $top BIGINT
-- defaults: $top 20
-- least:    $top 1
-- titles:   sidecar_count sidecars
-- quiet:    heic_count, sample_rate
-- none:     no RAW photos
-- dialects: duckdb, trino
-- notes:    what belongs to a photo has its name, but for the extension, in any case; a sidecar may also follow the whole
--           name, as in a.cr2.xmp. Unpaired is a RAW photo with neither JPEG nor HEIC. In a sample of single keys the other
--           of a pair may be one that wasn't drawn
with

raws as (select connector, path, key, stem, name, sample_rate from photo_files where type = 'RAW'),

beside as (select connector, path, stem, type from photo_files where type in ('JPEG', 'HEIC', 'sidecar')),

paired as (
    select raws.connector, raws.key, beside.type
    from raws
    inner join beside on beside.connector = raws.connector and beside.path = raws.path and beside.stem = raws.stem
    union all
    select raws.connector, raws.key, beside.type
    from raws
    inner join beside on beside.connector = raws.connector and beside.path = raws.path and beside.stem = raws.name
    where beside.type = 'sidecar'
),

pairs as (
    select
        connector,
        key,
        max(case when type = 'JPEG' then 1 else 0 end) as has_jpeg,
        max(case when type = 'HEIC' then 1 else 0 end) as has_heic,
        max(case when type = 'sidecar' then 1 else 0 end) as has_sidecar
    from paired
    group by 1, 2
),

photos as (
    select
        raws.connector,
        raws.path,
        raws.key,
        raws.sample_rate,
        coalesce(pairs.has_jpeg, 0) as has_jpeg,
        coalesce(pairs.has_heic, 0) as has_heic,
        coalesce(pairs.has_sidecar, 0) as has_sidecar
    from raws
    left join pairs on pairs.connector = raws.connector and pairs.key = raws.key
)

select
    connector,
    path,
    count(*) as raw_count,
    cast(sum(has_jpeg) as bigint) as jpeg_count,
    cast(sum(has_heic) as bigint) as heic_count,
    cast(sum(has_sidecar) as bigint) as sidecar_count,
    count(*) filter (where has_jpeg = 0 and has_heic = 0) as unpaired_count,
    min(case when has_jpeg = 0 and has_heic = 0 then key end) as first_unpaired_key,
    max(sample_rate) as sample_rate
from photos
group by 1, 2
order by 7 desc, 3 desc, 1, 2
limit $top
