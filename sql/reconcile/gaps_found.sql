-- model:    gaps_found
-- grain:    one row per gap of a dataset, as it seems
-- inputs:   dataset_gaps  (what the models of each kind give)
-- params:   $connector VARCHAR, $dataset VARCHAR, $weight BIGINT, $missing_share DOUBLE
-- dialects: duckdb, trino
-- notes:    the same gap has the same gap_id in every run. Where is_proven is false it may be none:
--           a sample lacks what is there, or a report doesn't say
select
    $connector as connector,
    $dataset as dataset,
    kind,
    subject,
    cast('gap_' || substr(lower(to_hex(md5(to_utf8(
        $connector || chr(10) || $dataset || chr(10) || kind || chr(10) || subject
    )))), 1, 26) as varchar) as gap_id,
    partition_values,
    key_prefix,
    expected,
    found,
    fact,
    first_key,
    ended_at,
    cast($weight as bigint) as weight,
    cast($missing_share as double) as missing_share,
    is_proven
from dataset_gaps
