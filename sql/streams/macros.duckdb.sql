-- What the models of streams share. Values come as the texts that a message has.

-- A decimal of up to 20 digits before the point and 18 after it; NULL for what isn't one, or would be rounded. DuckDB reads
-- decimals of up to 18 digits fifty times as fast as longer ones.
create or replace macro exact_decimal(value) as
    case
        when regexp_full_match(value, '-?[0-9]{1,10}(\.[0-9]{1,8})?') then cast(try_cast(value as decimal(18, 8)) as decimal(38, 18))
        when regexp_full_match(value, '-?[0-9]{1,4}(\.[0-9]{1,14})?') then cast(try_cast(value as decimal(18, 14)) as decimal(38, 18))
        when regexp_full_match(value, '-?[0-9]{1,16}(\.[0-9]{1,2})?') then cast(try_cast(value as decimal(18, 2)) as decimal(38, 18))
        when regexp_full_match(value, '-?[0-9]{1,20}(\.[0-9]{1,18})?') then try_cast(value as decimal(38, 18))
    end;

-- A number that is one: no infinity and no NaN, which DuckDB reads too.
create or replace macro finite_double(value) as
    case when regexp_full_match(value, '-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?') and isfinite(try_cast(value as double)) then try_cast(value as double) end;

-- A time of UTC, `2026-01-20T10:00:00.123456789Z`. What is finer than microseconds is cut off: no time is later than it was.
create or replace macro utc_time(value) as
    case when value like '____-__-__T__:__:__%Z' then try_cast(value as timestamp) end;

-- What can name a folder that hive partitioning reads as the same value.
create or replace macro names_folder(value) as
    value <> '' and strlen(value) <= 64 and value <> '__HIVE_DEFAULT_PARTITION__' and not contains(value, chr(0));

-- How many fields a text of JSON has, and how many of them are texts, where it is written without blanks.
create or replace macro count_fields(json_text) as
    len(string_split(json_text, '":')) - 1;
create or replace macro count_text_fields(json_text) as
    len(string_split(json_text, '":"')) - 1;

-- What the list of rows in an event of a channel is called.
create or replace macro list_of_rows(channel) as
    case channel when 'ticker' then 'tickers' when 'level2' then 'updates' when 'market_trades' then 'trades' end;
