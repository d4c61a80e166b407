-- model:    judged_rows
-- grain:    one row per row of a report, malformed ones too
-- inputs:   report_rows  (typed rows, with what is wrong with their values: csv_rows or column_rows)
-- output:   the accepted ones, which have no reason, are the input `report` of objects
-- params:   $source_bucket VARCHAR, $has_is_latest BOOLEAN, $has_is_delete_marker BOOLEAN  (whether the report has the columns)
-- dialects: duckdb, trino
select
    report_rows.*,
    case
        when fault is not null then fault
        when bucket is null or bucket <> $source_bucket then 'the bucket is another'
        when key is null then 'the key is empty'
        when $has_is_latest and is_latest is null then 'is_latest is empty'
        when $has_is_delete_marker and is_delete_marker is null then 'is_delete_marker is empty'
        when size < 0 then 'the size is negative'
    end as reason
from report_rows
