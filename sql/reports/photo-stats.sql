-- model:    photo-stats
-- report:   which photos, videos and sidecars there are
-- grain:    one row per connector and type
-- inputs:   photo_files
-- chart:    bar total_size_bytes
-- titles:   orphan_count without image
-- quiet:    unsized_count, sample_rate
-- none:     no photos, videos or sidecars
-- dialects: duckdb, trino
-- notes:    by extension, in any case: RAW (cr2, cr3, nef, arw, dng, raf, orf, rw2), JPEG (jpg, jpeg), HEIC (heic, heif),
--           video (mov, mp4, m4v, avi, mts, m2ts, 3gp), sidecar (xmp, aae); other objects are left out. A sidecar belongs to
--           an image or video in its folder: a.xmp and a.cr2.xmp to a.cr2
with

sidecars as (select connector, path, stem, key from photo_files where type = 'sidecar'),

images as (select connector, path, stem, name from photo_files where type <> 'sidecar'),

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
    from photo_files
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
