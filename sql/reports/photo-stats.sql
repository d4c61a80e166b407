-- model:    photo-stats
-- report:   which photos, videos and sidecars there are
-- grain:    one row per connector and type
-- inputs:   objects_current
-- params:   $connector VARCHAR
-- chart:    bar total_size_bytes
-- titles:   orphan_count without image
-- quiet:    unsized_count, sample_rate
-- none:     no photos, videos or sidecars
-- dialects: duckdb, trino
-- notes:    by extension, in any case: RAW (cr2, cr3, nef, arw, dng, raf, orf, rw2), JPEG (jpg, jpeg), HEIC (heic, heif),
--           video (mov, mp4, m4v, avi, mts, m2ts, 3gp), sidecar (xmp, aae); other objects are left out. A sidecar belongs to
--           an image or video in its folder: a.xmp and a.cr2.xmp to a.cr2
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

sidecars as (select connector, path, stem, key from stemmed where type = 'sidecar'),

images as (select connector, path, stem, name from stemmed where type <> 'sidecar'),

-- a.cr2 is known as a and as a.cr2
owned as (
    select sidecars.connector, sidecars.key
    from sidecars
    inner join images
        on images.connector = sidecars.connector
        and images.path = sidecars.path
        and images.stem = sidecars.stem
    union
    select sidecars.connector, sidecars.key
    from sidecars
    inner join images
        on images.connector = sidecars.connector
        and images.path = sidecars.path
        and images.name = sidecars.stem
),

counted as (
    select
        connector,
        type,
        count(*) as object_count,
        cast(sum(size) as bigint) as total_size_bytes,
        count(*) filter (where size is null) as unsized_count,
        max(sample_rate) as sample_rate
    from typed
    group by 1, 2
),

owned_counts as (select connector, count(*) as owned_count from owned group by 1)

select
    counted.connector,
    counted.type,
    counted.object_count,
    counted.total_size_bytes,
    cast(counted.total_size_bytes as double)
        / nullif(cast(sum(counted.total_size_bytes) over (partition by counted.connector) as double), 0) as size_share,
    case
        when counted.type = 'sidecar' then counted.object_count - coalesce(owned_counts.owned_count, 0)
    end as orphan_count,
    counted.unsized_count,
    counted.sample_rate
from counted
left join owned_counts on owned_counts.connector = counted.connector
order by 1, 4 desc nulls last, 2
