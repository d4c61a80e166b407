-- model:    photo_files
-- grain:    one row per photo, video or sidecar
-- inputs:   objects_current
-- params:   $connector VARCHAR
-- dialects: duckdb, trino
-- notes:    by extension, in any case. name is the last part of the key in lower case; stem is name without its extension
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
)

select
    connector,
    key,
    path,
    name,
    regexp_replace(name, '\.[a-z0-9]+\z', '') as stem,
    type,
    size,
    sample_rate
from named
