-- model:    json_records
-- grain:    one row per record of a channel
-- inputs:   channel_messages  (rows of json_messages)
-- output:   fault: why the record doesn't fit
-- dialects: duckdb
-- notes:    Without a field of its own, a record's time is when it was received.
with

timed as (
    select
        *,
        case
            when not has_time then received_at
            when regexp_full_match(time_text, '-?[0-9]{1,15}') then try(make_timestamp_ms(cast(time_text as bigint)))
            else coalesce(
                utc_time(time_text),
                case when time_text like '____-__-__T%' then cast(try_cast(time_text as timestamptz) at time zone 'UTC' as timestamp) end
            )
        end as time
    from channel_messages
)

select
    received_at,
    connection,
    sequence,
    line,
    product_id,
    cast(time as date) as date,
    time,
    record,
    case
        when received_at is null then 'received_at is no time'
        when product_id is not null and not names_folder(product_id) then 'product_id can name no folder: it has more than 64 bytes, or a NUL'
        when time is null or year(time) not between 1 and 9999 then 'time is no time'
    end as fault
from timed
