-- model:    current_objects
-- grain:    one row per key that a GET would find
-- inputs:   objects
-- dialects: duckdb, trino
select * from objects where is_latest and not is_delete_marker
