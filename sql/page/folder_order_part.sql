-- model:    folder_order_part
-- grain:    one row: a part of the order of the page's index
-- inputs:   folder_order
-- params:   $first BIGINT, $end BIGINT
-- dialects: duckdb
select
    list(cast(n as integer) order by position) as rows,
    list(place order by position) as places,
    list(parent_place order by position) as parent_places
from folder_order
where position >= $first and position < $end
