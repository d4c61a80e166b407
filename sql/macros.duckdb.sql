-- What Trino has and DuckDB lacks, or answers otherwise. The macros live in a schema of their own that comes first only
-- where models run: people's own queries keep DuckDB's functions.
create schema trino;
create macro trino.array_join(list, separator) as array_to_string(list, separator);
create macro trino.bitwise_xor_agg(x) as bit_xor(x);
create macro trino.cardinality(list) as len(list);
create macro trino.count_if(condition) as count(case when condition then 1 end);  -- its own is a HUGEINT, and NULL of no rows
create macro trino.format(pattern, number) as case pattern when '%,d' then system.main.format('{:,}', number) else error('only %,d') end;
create macro trino.md5(bytes) as unhex(system.main.md5(bytes));
create macro trino.regexp_replace(text, pattern, replacement) as system.main.regexp_replace(
    text, pattern, system.main.regexp_replace(replacement, '\$([0-9])', '\\\1', 'g'), 'g'  -- groups are $1, not \1
);
create macro trino.sequence(first, last) as generate_series(first, last);
create macro trino.slice(list, first, length) as list_slice(list, first, first + length - 1);
create macro trino.regexp_like(text, pattern) as regexp_matches(text, pattern);
create macro trino.to_utf8(text) as encode(text);
create macro trino.url_decode(text) as system.main.url_decode(replace(text, '+', ' '));  -- its own leaves a plus
