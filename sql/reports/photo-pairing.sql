-- model:    photo-pairing
-- report:   which RAW photos have a JPEG, a HEIC or a sidecar beside them
-- grain:    one row per folder that RAW photos lie directly in
-- inputs:   objects_current
-- params:   $connector VARCHAR, $top BIGINT
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

-- the longest of these extensions has four letters; what has another is let go before its name is looked at
extended as (
    select
        connector,
        key,
        size,
        sample_rate,
        regexp_extract(lower(substr(key, greatest(1, length(key) - 5))), '[^/]\.([0-9a-z]+)\z', 1) as extension
    from objects_current
    where is_latest and not is_delete_marker and ($connector is null or connector = $connector)
),

kinds as (
    select * from (
        values
        ('cr2', 'RAW'), ('cr3', 'RAW'), ('nef', 'RAW'), ('arw', 'RAW'), ('dng', 'RAW'),
        ('raf', 'RAW'), ('orf', 'RAW'), ('rw2', 'RAW'),
        ('jpg', 'JPEG'), ('jpeg', 'JPEG'),
        ('heic', 'HEIC'), ('heif', 'HEIC'),
        ('mov', 'video'), ('mp4', 'video'), ('m4v', 'video'), ('avi', 'video'),
        ('mts', 'video'), ('m2ts', 'video'), ('3gp', 'video'),
        ('xmp', 'sidecar'), ('aae', 'sidecar')
    ) as listed (extension, type)
),

typed as (
    select extended.connector, extended.key, extended.size, extended.sample_rate, kinds.type
    from extended
    inner join kinds on kinds.extension = extended.extension
),

pathed as (
    select *, regexp_replace(key, '[^/]*\z', '') as path
    from typed
),

named as (
    select *, lower(substr(key, length(path) + 1)) as name
    from pathed
),

-- without its extension
stemmed as (
    select *, regexp_replace(name, '\.[a-z0-9]+\z', '') as stem
    from named
),

raws as (select connector, path, key, stem, name, sample_rate from stemmed where type = 'RAW'),

beside as (select connector, path, stem, type from stemmed where type in ('JPEG', 'HEIC', 'sidecar')),

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
