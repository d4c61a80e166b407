-- model:    coinbase_rowless_messages
-- grain:    one row per message of a channel in whose lists of rows there is nothing
-- inputs:   odd_messages  (rows of coinbase_messages)
-- dialects: duckdb
-- notes:    For DuckDB alone, as a segment is a file of the lake and no table. A snapshot of nothing is one. Where there is no
--           list, or no event that could have one, the message is one as well, and kept apart for that.
with

event_lists as (
    select
        line,
        '$.' || list_of_rows(channel) as rows_path,
        try(from_json(json_extract(text, '$.message'), '{"events": ["JSON"]}')).events as event_texts
    from odd_messages
    where list_of_rows(channel) is not null
)

select line
from event_lists
where coalesce(list_sum(list_transform(event_texts, lambda each_event: json_array_length(each_event, rows_path))), 0) = 0
