-- model:    gone_folders
-- grain:    one row per folder that the base had and that is gone
-- inputs:   newer_folders, base_folders  (the folders of a snapshot, and of its base)
-- dialects: duckdb
-- notes:    both are put into buckets by their paths, and only those buckets are compared path by path that differ: so a
--           million folders on either side take little memory. That a bucket is taken for equal that isn't is as likely as
--           that two hashes of 64 bits are equal by chance
with

newer as (select hash(path) & 4095 as bucket, count(*) as folders, bit_xor(hash(path)) as hashes from newer_folders group by 1),

base as (select hash(path) & 4095 as bucket, count(*) as folders, bit_xor(hash(path)) as hashes from base_folders group by 1),

differing as (
    select base.bucket
    from base
    left join newer on newer.bucket = base.bucket
    where newer.folders is distinct from base.folders or newer.hashes is distinct from base.hashes
),

candidates as (select path from newer_folders where hash(path) & 4095 in (select bucket from differing))

select path, coalesce(parent, '') as parent
from base_folders
where hash(path) & 4095 in (select bucket from differing)
    and not exists (select 1 from candidates where candidates.path = base_folders.path)
