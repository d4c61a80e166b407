-- model:    refused_lines
-- grain:    one row per line that is of none of the channels, with the reason
-- inputs:   stream_messages  (rows of coinbase_messages or json_messages), channels  (of the stream: channel)
-- dialects: duckdb
-- notes:    Heartbeats and the confirmations of subscriptions are kept in the segment for what they say of gaps, and have no
--           rows.
select
    line,
    text,
    case
        when not is_record then 'no JSON'
        when not is_message then 'the message is no JSON'
        when channel is null then 'a message without a channel'
        else 'the channel is none of the stream'
    end as reason
from stream_messages
where event is null
    and (not is_record or not is_message or channel is null or channel not in (select channel from channels))
