-- model:    csv_rows
-- grain:    one row per line of a CSV report
-- inputs:   csv_lines  (the fields of a report as its lines spell them, empty or NULL where there is no value; and of each line its
--           file, and whether it has fewer or more values than the report has columns)
-- output:   input of judged_rows
-- dialects: duckdb, trino
-- notes:    keys are form-encoded: `+` is a space, and only then %XX. What is no value of its column's type is NULL and told in
--           `fault`: no fraction is rounded, and no time without a zone is taken for UTC.
with

spelled as (
    select
        csv_lines.*,
        nullif(key, '') as raw_key,
        case
            when strpos(key, '%') = 0 and strpos(key, '+') = 0 then nullif(key, '')
            else nullif(try(url_decode(key)), '')
        end as decoded_key,
        -- what is left once each % has its two digits
        strpos(key, '%') > 0 and strpos(regexp_replace(key, '%[0-9A-Fa-f][0-9A-Fa-f]', ''), '%') > 0 as is_cut_key,
        -- bytes that are no UTF-8 become this letter on one engine; three bytes spell the letter itself
        cardinality(split(upper(key), '%EF%BF%BD')) as replaced_count
    from csv_lines
),

typed as (
    select
        spelled.*,
        case
            when not is_cut_key and cardinality(split(decoded_key, chr(65533))) = replaced_count then decoded_key
        end as plain_key,
        case
            when lower(is_latest) in ('true', 't', '1') then true
            when lower(is_latest) in ('false', 'f', '0') then false
        end as is_latest_value,
        case
            when lower(is_delete_marker) in ('true', 't', '1') then true
            when lower(is_delete_marker) in ('false', 'f', '0') then false
        end as is_delete_marker_value,
        case
            when lower(is_multipart_uploaded) in ('true', 't', '1') then true
            when lower(is_multipart_uploaded) in ('false', 'f', '0') then false
        end as is_multipart_uploaded_value,
        case when cast(try_cast(size as bigint) as varchar) = size then try_cast(size as bigint) end as size_value,
        case
            when regexp_like(last_modified_date, '^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?Z$')
                then try_cast(replace(substr(last_modified_date, 1, length(last_modified_date) - 1), 'T', ' ') as timestamp(6))
        end as last_modified_date_value,
        case
            when regexp_like(object_lock_retain_until_date, '^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?Z$')
                then try_cast(replace(substr(object_lock_retain_until_date, 1, length(object_lock_retain_until_date) - 1), 'T', ' ') as timestamp(6))
        end as object_lock_retain_until_date_value,
        case
            when regexp_like(lifecycle_expiration_date, '^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?Z$')
                then try_cast(replace(substr(lifecycle_expiration_date, 1, length(lifecycle_expiration_date) - 1), 'T', ' ') as timestamp(6))
        end as lifecycle_expiration_date_value
    from spelled
)

select
    file,
    raw_key,
    case
        when is_short then 'it has too few values'
        when is_long then 'it has too many values'
        when is_cut_key then 'the key has a % that no two hex digits follow'
        when raw_key is not null and plain_key is null then 'the key is not UTF-8 once decoded'
        when nullif(is_latest, '') is not null and is_latest_value is null then 'is_latest is no boolean'
        when nullif(is_delete_marker, '') is not null and is_delete_marker_value is null then 'is_delete_marker is no boolean'
        when nullif(size, '') is not null and size_value is null then 'size is no long'
        when nullif(last_modified_date, '') is not null and last_modified_date_value is null then 'last_modified_date is no timestamp'
        when nullif(is_multipart_uploaded, '') is not null and is_multipart_uploaded_value is null
            then 'is_multipart_uploaded is no boolean'
        when nullif(object_lock_retain_until_date, '') is not null and object_lock_retain_until_date_value is null
            then 'object_lock_retain_until_date is no timestamp'
        when nullif(lifecycle_expiration_date, '') is not null and lifecycle_expiration_date_value is null
            then 'lifecycle_expiration_date is no timestamp'
    end as fault,
    nullif(bucket, '') as bucket,
    plain_key as key,
    nullif(version_id, '') as version_id,
    is_latest_value as is_latest,
    is_delete_marker_value as is_delete_marker,
    size_value as size,
    last_modified_date_value as last_modified_date,
    nullif(e_tag, '') as e_tag,
    nullif(storage_class, '') as storage_class,
    is_multipart_uploaded_value as is_multipart_uploaded,
    nullif(replication_status, '') as replication_status,
    nullif(encryption_status, '') as encryption_status,
    object_lock_retain_until_date_value as object_lock_retain_until_date,
    nullif(object_lock_mode, '') as object_lock_mode,
    nullif(object_lock_legal_hold_status, '') as object_lock_legal_hold_status,
    nullif(intelligent_tiering_access_tier, '') as intelligent_tiering_access_tier,
    nullif(bucket_key_status, '') as bucket_key_status,
    nullif(checksum_algorithm, '') as checksum_algorithm,
    nullif(object_access_control_list, '') as object_access_control_list,
    nullif(object_owner, '') as object_owner,
    lifecycle_expiration_date_value as lifecycle_expiration_date,
    nullif(object_lock_event_hold_status, '') as object_lock_event_hold_status,
    nullif(object_lock_event_hold_duration, '') as object_lock_event_hold_duration
from typed
