-- model:    direct_folders
-- grain:    one row per folder that objects lie directly in. The roll-up may be made in parts, each of some of a
--           snapshot's objects: a folder is then in each part that holds objects of it, and `folders` adds them up
-- inputs:   objects
-- output:   input of folders
-- dialects: duckdb
-- notes:    fingerprint is the xor of a hash of each current object directly in the folder. It differs where a key, size,
--           ETag, date or storage class does, and doesn't depend on the order. Its name is in fingerprint_method.
--           A file of its own because DuckDB has the same 63 bits of the MD5 as a number, and a concat that skips NULLs: a
--           third of the time.
with

placed as (
    select
        regexp_replace(key, '[^/]*$', '') as path,
        is_latest and not is_delete_marker as is_current,
        not is_latest and not is_delete_marker as is_noncurrent,
        is_delete_marker,
        size,
        last_modified_date,
        concat(key, chr(10), size, chr(10), e_tag, chr(10), epoch_ms(last_modified_date), chr(10), storage_class) as content
    from objects
)

select
    path,
    count_if(is_current) as direct_object_count,
    cast(coalesce(sum(size) filter (where is_current), 0) as bigint) as direct_size_bytes,
    count_if(is_noncurrent) as noncurrent_object_count,
    cast(coalesce(sum(size) filter (where is_noncurrent), 0) as bigint) as noncurrent_size_bytes,
    count_if(is_delete_marker) as delete_marker_count,
    max(last_modified_date) filter (where is_current) as last_modified,
    bitwise_xor_agg(case when is_current then (md5_number_lower(content) & 9223372036854775807)::bigint end) as fingerprint
from placed
group by 1
