-- model:    segment_lines
-- grain:    one row per line of a piece of a segment; empty ones aren't any
-- output:   channel: that of which the line seems to be, by its text; NULL for none
-- params:   $piece VARCHAR, $first_line BIGINT  (whole lines, and the number of the first of them)
-- dialects: duckdb
-- notes:    for DuckDB alone, as a segment is a file of the lake and no table. Whoever reads the lines of a channel looks at
--           what they say themselves.
with

lines as (
    select unnest(string_split($piece, chr(10))) as text
),

numbered as (
    select text, row_number() over () - 1 + $first_line as line from lines
)

select
    line,
    text,
    case
        when contains(text, '"channel":"l2_data"') then 'level2'
        when contains(text, '"channel":"market_trades"') then 'market_trades'
        when contains(text, '"channel":"ticker"') then 'ticker'
    end as channel
from numbered
where text not in ('', chr(13))
