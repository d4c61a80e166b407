-- model:    savings
-- report:   what reading the inventory cost, against listing the same objects
-- grain:    one row per snapshot, newest first
-- inputs:   snapshots
-- params:   $connector VARCHAR, $list_per_thousand DOUBLE, $get_per_thousand DOUBLE, $inventory_per_million DOUBLE
-- titles:   list_requests LIST, get_requests GET, requests_usd cost
-- quiet:    scope
-- data:     source, listing_requests
-- dialects: duckdb, trino
-- notes:    prices are in USD. A LIST gives a thousand keys, versions or delete markers; malformed rows were listed, too.
--           S3 charges for an inventory when it is delivered, once, however often it is imported. A scan has none
with

counted as (
    select
        connector,
        snapshot,
        source,
        scope,
        row_count + rejected_row_count as listed_count,
        list_requests,
        get_requests,
        greatest(cast(1 as bigint), cast(ceil(cast(row_count + rejected_row_count as double) / 1000) as bigint)) as listing_requests
    from snapshots
    where $connector is null or connector = $connector
),

priced as (
    select
        *,
        (
            cast(list_requests as double) * cast($list_per_thousand as double)
            + cast(get_requests as double) * cast($get_per_thousand as double)
        ) / 1000 as requests_usd,
        cast(listing_requests as double) * cast($list_per_thousand as double) / 1000 as listing_usd,
        case
            when source = 'inventory' then cast(listed_count as double) * cast($inventory_per_million as double) / 1000000
            else cast(0 as double)
        end as inventory_usd
    from counted
)

select
    connector,
    snapshot,
    source,
    scope,
    listed_count,
    list_requests,
    get_requests,
    requests_usd,
    listing_requests,
    listing_usd,
    inventory_usd,
    listing_usd - requests_usd - inventory_usd as saved_usd
from priced
-- without the Z a scan, named to the second, comes after the report of its minute
order by replace(snapshot, 'Z', '') desc, connector, scope
