-- model:    snapshots
-- grain:    one row per snapshot, newest first
-- inputs:   snapshots
-- params:   $connector VARCHAR
-- dialects: duckdb, trino
-- notes:    without the Z a scan, named to the second, comes after the report of its minute
select *
from snapshots
where $connector is null or connector = $connector
order by replace(snapshot, 'Z', '') desc, connector, scope
