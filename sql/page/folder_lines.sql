-- model:    folder_lines
-- grain:    one row: the folders of a part of the page's index as JSON, one behind the other, and how long each of them is
-- inputs:   folder_step
-- params:   $first BIGINT, $end BIGINT
-- dialects: duckdb
-- notes:    as the API gives a folder, but for how many folders and which collections it has
with

lines as (
    select
        n,
        concat(
            '{"guid":"', guid,
            '","path":', to_json(path),
            ',"name":', to_json(substr(path, length(parent) + 1)),
            ',"parent":', to_json(parent),
            ',"depth":', depth,
            ',"object_count":', object_count,
            ',"total_size_bytes":', total_size_bytes,
            ',"direct_object_count":', direct_object_count,
            ',"direct_size_bytes":', direct_size_bytes,
            ',"noncurrent_object_count":', noncurrent_object_count,
            ',"noncurrent_size_bytes":', noncurrent_size_bytes,
            ',"last_modified":', coalesce('"' || strftime(last_modified, '%Y-%m-%dT%H:%M:%S.%gZ') || '"', 'null'),
            ',"change":', coalesce('"' || change || '"', 'null'),
            ',"new_count":', coalesce(new_count::varchar, 'null'),
            ',"modified_count":', coalesce(modified_count::varchar, 'null'),
            ',"deleted_count":', coalesce(deleted_count::varchar, 'null'),
            ',"object_count_change":', coalesce(object_count_change::varchar, 'null'),
            ',"size_change":', coalesce(size_change::varchar, 'null'), '}'
        ) as line
    from folder_step
    where n >= $first and n < $end
)

select
    encode(string_agg(line, '' order by n)) as lines,
    list(cast(strlen(line) as integer) order by n) as lengths
from lines
