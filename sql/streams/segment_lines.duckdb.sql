-- model:    segment_lines
-- grain:    one row per line of a piece of a segment; empty ones aren't any
-- inputs:   segment_piece  (text: whole lines)
-- output:   channel: that of which the line seems to be, by its text; NULL for none
-- params:   $first_line BIGINT  (the number of the first of them)
-- dialects: duckdb
-- notes:    For DuckDB alone, as a segment is a file of the lake and no table. Whoever reads the lines of a channel looks at
--           what they say themselves. DuckDB looks for the first byte of what it seeks, and a quote is everywhere: with it,
--           this would take three times as long.
with

lines as (
    select unnest(string_split(text, chr(10))) as text from segment_piece
),

numbered as (
    select text, row_number() over () - 1 + $first_line as line from lines
)

select
    line,
    text,
    case
        when contains(text, 'hannel":"l2_data"') then 'level2'
        when contains(text, 'hannel":"market_trades"') then 'market_trades'
        when contains(text, 'hannel":"ticker"') then 'ticker'
    end as channel
from numbered
where text not in ('', chr(13))
