// What somebody may try who is given an SQL pane and means no good. Each is refused, and nothing of it happens.

/** What the places are called that attacks are about. */
export interface AttackedPlaces {
  /** A file of the lake's state that no view reads. */
  readonly secretFile: string
  /** A data file that the views read, and the folder that holds it. */
  readonly dataFile: string
  readonly dataFolder: string
  /** A file that isn't there, in a folder that can be written to. */
  readonly newFile: string
}

/** An attack, and what of the answer shows that it was refused. */
export type Attack = readonly [sql: string, refused: RegExp]

const FUNCTION = /expected the lake's views and functions that compute, got /
const NO_SELECT = /expected a SELECT/
const ONE = /expected one statement/

export const attacksOn = ({ secretFile, dataFile, dataFolder, newFile }: AttackedPlaces): readonly Attack[] => [
  // files, by functions
  ["from read_csv('/etc/passwd')", FUNCTION],
  ["from read_csv_auto('/etc/passwd')", FUNCTION],
  [`from read_text('${secretFile}')`, FUNCTION],
  [`from read_blob('${secretFile}')`, FUNCTION],
  [`from read_json('${secretFile}')`, FUNCTION],
  [`from read_json_objects('${secretFile}')`, FUNCTION],
  [`from read_ndjson('${secretFile}')`, FUNCTION],
  [`from read_blob('${dataFile}')`, FUNCTION], // also what the views read
  [`from read_parquet('${dataFile}')`, FUNCTION],
  [`from parquet_scan('${dataFile}')`, FUNCTION],
  ["from read_text('/proc/self/environ')", FUNCTION],
  ["from read_text('file:///etc/passwd')", FUNCTION],
  ["from read_duckdb('/etc/passwd')", FUNCTION],
  [`from glob('${dataFolder}/*')`, FUNCTION],
  ["from glob('/etc/*')", FUNCTION],
  ["from sniff_csv('/etc/passwd')", FUNCTION],
  [`from parquet_metadata('${dataFile}')`, FUNCTION],
  [`from parquet_file_metadata('${dataFile}')`, FUNCTION],
  [`from parquet_kv_metadata('${dataFile}')`, FUNCTION],
  [`from parquet_schema('${dataFile}')`, FUNCTION],
  [`from parquet_bloom_probe('${dataFile}', 'key', 'a')`, FUNCTION],
  // and in every place where a query can hold another one
  ["select (select content from read_text('/etc/passwd'))", FUNCTION],
  ["select 1 where exists (from glob('/etc/*'))", FUNCTION],
  ["with objects as (from read_text('/etc/passwd')) from objects", FUNCTION],
  ["from objects, lateral (from read_text('/etc/passwd'))", FUNCTION],
  ["select 1 union all select 2 from read_text('/etc/passwd')", FUNCTION],
  ["with recursive t as (select 1 a union all select a + 1 from t, glob('/etc/*') where a < 3) from t", FUNCTION],
  ["select [(from read_text(x)) for x in ['/etc/passwd']]", FUNCTION],
  ["select 1 order by (select count(*) from glob('/etc/*'))", FUNCTION],
  ["select 1 limit (select count(*) from glob('/etc/*'))", FUNCTION],
  ["pivot (from read_text('/etc/passwd')) on filename in ('a') using count(*)", FUNCTION],
  ["describe from read_csv('/etc/passwd')", FUNCTION],
  ["summarize from read_csv('/etc/passwd')", FUNCTION],
  ["explain from read_csv('/etc/passwd')", FUNCTION],
  ["explain analyze from read_text('/etc/passwd')", FUNCTION],
  ["from system.main.read_text('/etc/passwd')", FUNCTION],
  ["from READ_TEXT('/etc/passwd')", FUNCTION],
  ['from "read_text"(\'/etc/passwd\')', FUNCTION],
  ["from /* a */ read_text /* b */ ('/etc/passwd') -- c", FUNCTION],
  // files, by their names
  ["from '/etc/passwd'", FUNCTION],
  ["from '/etc/passwd.csv'", FUNCTION],
  [`from '${secretFile}'`, FUNCTION],
  [`from '${dataFolder}/*.parquet'`, FUNCTION],
  [`from '${dataFolder}/../${dataFolder.split('/').at(-1)}/*.parquet'`, FUNCTION],
  ["from 'https://example.com/a.parquet'", FUNCTION],
  ["from 's3://somebody/a.parquet'", FUNCTION],
  ['from "/etc/passwd.json"', FUNCTION],
  ["describe '/etc/passwd.csv'", FUNCTION],
  ["summarize '/etc/passwd.csv'", FUNCTION],
  // the network
  ["from read_text('https://example.com/')", FUNCTION],
  ["from read_text('http://169.254.169.254/latest/meta-data/')", FUNCTION],
  ["from read_parquet('s3://somebody/a.parquet')", FUNCTION],
  ["from read_csv('hf://datasets/a/b.csv')", FUNCTION],
  // SQL in a text
  ["from query('from read_text(''/etc/passwd'')')", FUNCTION],
  ["from query_table('/etc/passwd.csv')", FUNCTION],
  ["from query_table(['duckdb_settings'])", FUNCTION],
  ["from histogram_values('/etc/passwd.csv', a)", FUNCTION],
  ["from json_execute_serialized_sql(json_serialize_sql('from read_text(''/etc/passwd'')'))", FUNCTION],
  ["select json_serialize_plan('from objects')", FUNCTION],
  ["from sql_auto_complete('from ''/etc/')", FUNCTION],
  // what the engine knows of itself, and of this machine
  ["select current_setting('temp_directory')", FUNCTION],
  ["select a.current_setting() from (select 'temp_directory' as a)", FUNCTION],
  ['select system.main.current_setting($$allowed_paths$$)', FUNCTION],
  ["select getenv('PATH')", /Catalog Error: Scalar Function with name getenv does not exist/],
  ['from duckdb_settings()', FUNCTION],
  ['from duckdb_secrets()', FUNCTION],
  ["from which_secret('s3://a', 's3')", FUNCTION],
  ['select sql from duckdb_views()', FUNCTION],
  ['from duckdb_views', FUNCTION],
  ['from system.main.duckdb_views', FUNCTION],
  ['from pg_catalog.pg_views', FUNCTION],
  ['from pg_views', FUNCTION],
  ['from sqlite_master', FUNCTION],
  ['from information_schema.views', /Catalog Error|got views/],
  ["select pg_get_viewdef('objects')", FUNCTION],
  ['from duckdb_databases()', FUNCTION],
  ['from duckdb_extensions()', FUNCTION],
  ['from duckdb_external_file_cache()', FUNCTION],
  ['from duckdb_temporary_files()', FUNCTION],
  ['from duckdb_logs()', FUNCTION],
  ['from pragma_user_agent()', FUNCTION],
  // settings, logs, what is written
  [`from enable_logging(storage_path = '${newFile}')`, FUNCTION],
  [`from enable_profiling(save_location = '${newFile}')`, FUNCTION],
  ["select write_log('a')", FUNCTION],
  ['from force_checkpoint()', FUNCTION],
  [`copy (select 1) to '${newFile}'`, NO_SELECT],
  [`copy objects to '${newFile}' (format parquet)`, NO_SELECT],
  ["copy (select 1) to '/dev/stdout'", NO_SELECT],
  [`explain analyze copy (select 1) to '${newFile}'`, NO_SELECT],
  [`export database '${newFile}'`, NO_SELECT],
  [`import database '${dataFolder}'`, NO_SELECT],
  [`attach '${newFile}' as a`, NO_SELECT],
  ["attach ':memory:' as a", NO_SELECT],
  ['detach memory', NO_SELECT],
  ['use memory', NO_SELECT],
  ['install httpfs', NO_SELECT],
  ["install evil from 'https://example.com'", NO_SELECT],
  ["load '/tmp/evil.duckdb_extension'", NO_SELECT],
  ['load httpfs', NO_SELECT],
  ['update extensions', NO_SELECT],
  ["pragma memory_limit = '100GB'", NO_SELECT],
  ['pragma enable_profiling', NO_SELECT],
  ['pragma version', NO_SELECT],
  ['set threads = 64', NO_SELECT],
  ['set enable_external_access = true', NO_SELECT],
  ['set variable a = 1', NO_SELECT],
  ['reset memory_limit', NO_SELECT],
  ["call enable_logging('HTTP')", NO_SELECT],
  ["call read_text('/etc/passwd')", NO_SELECT],
  ['checkpoint', NO_SELECT],
  ['vacuum', NO_SELECT],
  ['prepare a as select 1', NO_SELECT],
  ['execute a', NO_SELECT],
  ['create table a as select 1', NO_SELECT],
  ['create or replace view objects as select 1', NO_SELECT],
  ["create macro a() as table from read_text('/etc/passwd')", NO_SELECT],
  ["create secret (type s3, key_id 'a', secret 'b')", NO_SELECT],
  ['drop view objects', NO_SELECT],
  ['alter view objects rename to a', NO_SELECT],
  ['insert into objects values (1)', NO_SELECT],
  ['update objects set size = 0', NO_SELECT],
  ['delete from objects', NO_SELECT],
  ['truncate objects', NO_SELECT],
  ["comment on view objects is 'a'", NO_SELECT],
  ['begin', NO_SELECT],
  ['with a as (delete from objects returning 1) from a', /A CTE needs a SELECT/],
  // several, or none
  ["select 1; from read_text('/etc/passwd')", ONE],
  ['select 1; drop view objects', /expected (one statement|a SELECT)/],
  [`explain select 1; copy (select 1) to '${newFile}'`, /expected (one statement|a SELECT)/],
  ['select 1 /* ; */; select 2 -- ;', ONE],
  [';', ONE],
  ['-- nothing', ONE],
  // values for parameters that nobody gives, and characters that end texts early
  ['select $1', /Values were not provided|parameter/],
  ["select 1 \0; from read_text('/etc/passwd')", /NUL/],
  ["select '\0'", /NUL/],
  // waiting
  ['select sleep_ms(1000000)', FUNCTION],
  ['select pg_sleep(1000)', FUNCTION],
]

/** What only looks like an attack, and the rows that it gives. */
export const HARMLESS: readonly (readonly [sql: string, rows: readonly string[]])[] = [
  ["select 'read_text(''/etc/passwd'')' as a", [`["read_text('/etc/passwd')"]`]],
  ["select 'drop table a; --' as a -- ; drop", ['["drop table a; --"]']],
  ['select "read_text" from (select 1 as read_text)', ['[1]']],
  ['select 1 as current_setting;', ['[1]']],
  ['select 9007199254740993 as "1", 2 as "0"', ['[9007199254740993,2]']],
  ['with duck as (select 1 as a) from duck', ['[1]']],
  ["select unnest(['b', 'a']) as a order by a; -- done", ['["a"]', '["b"]']],
  ['(select 2 as a union all select 1) order by all /* ; */', ['[1]', '[2]']],
  ['select count(*) as n from range(3)', ['[3]']],
  ["select '\u{1f986}\ufeff\\' as a", ['["\u{1f986}\ufeff\\\\"]']],
  ["select 'a' || chr(10) || 'b' as a, null as b, 'nan'::double as c, [1, 2] as d", ['["a\\nb",null,null,[1,2]]']],
  ["select table_name from information_schema.tables where table_name = 'audit'", ['["audit"]']],
  ["select name from (show tables) where name = 'objects'", ['["objects"]']],
]
