import { UsageError } from '../errors.js'
import type { Engine } from './engine.js'
import { type NamedView, viewStatements } from './namedView.js'
import { type NamedTable, parseSelect, type SelectTree } from './selectTree.js'
import { quoteString, quoteStrings } from './sqlText.js'

// Where a stranger's SELECT runs: a DuckDB that reads some files and nothing else. Two walls, either of which is enough for
// most of what can be tried: DuckDB's own lock of the file system and of its settings, and a look at the parsed statement
// before it runs. How much time and memory it takes is for the process around it.

/**
 * Makes an engine know some views, and locks it: from now on it opens the files that these read, and its own temporary
 * ones, and no other place here or in the network; it attaches, loads and installs nothing, and none of its settings changes.
 */
export async function lockEngine(engine: Engine, views: readonly NamedView[], mostTempBytes: number): Promise<void> {
  const paths = new Set<string>()
  for (const view of views) {
    for (const statement of viewStatements(view)) await engine.run(statement)
    for (const path of filesOf(await parseSelect(view.select, engine))) paths.add(path)
  }
  await engine.run(`set allowed_paths = ${quoteStrings([...paths])}`)
  const settings = {
    max_temp_directory_size: `${Math.floor(mostTempBytes / 1000)}KB`,
    allow_community_extensions: 'false',
    enable_external_access: 'false',
    lock_configuration: 'true', // last: nothing can be set after it
  }
  for (const [name, value] of Object.entries(settings)) await engine.run(`set ${name} = ${quoteString(value)}`)
}

const filesOf = ({ tableFunctions }: SelectTree): string[] =>
  tableFunctions.filter(({ name }) => READERS.has(name)).flatMap(({ texts }) => texts)

/** What views read files by. */
const READERS = new Set(['read_parquet', 'read_json'])

/**
 * That a SELECT asks for views, and for functions that compute: none that reads files or what the engine knows of itself,
 * nor one that runs SQL in a text. What the lock would refuse anyway is told here more plainly.
 * @throws {UsageError}
 */
export async function requireHarmless(sql: string, engine: Engine): Promise<SelectTree> {
  const tree = await parseSelect(sql, engine)
  const refuse = (got: string): UsageError =>
    new UsageError({ subject: 'query', expected: "the lake's views and functions that compute", got, fix: FIX })
  for (const { name } of tree.tableFunctions) if (!TABLE_FUNCTIONS.has(name.toLowerCase())) throw refuse(`${name}()`)
  for (const name of tree.functions) if (REFUSED_FUNCTIONS.has(name.toLowerCase())) throw refuse(`${name}()`)
  for (const { name } of tree.tables) if (PATH.test(name)) throw refuse(`the file ${name}`)
  const internal = await internalViews(engine)
  for (const table of tree.tables)
    if (!isStandard(table) && (internal.has(table.name.toLowerCase()) || isInternal(table))) throw refuse(table.name)
  return tree
}

const FIX = 'GET /api/views has the names of the views'

/** Those in the place of a table that only compute. */
const TABLE_FUNCTIONS = new Set([
  'generate_series',
  'json_each',
  'json_tree',
  'range',
  'repeat',
  'repeat_row',
  'unnest',
])

/** Those that say what the engine is set to, note something down, plan a text, or wait. */
const REFUSED_FUNCTIONS = new Set([
  'current_setting',
  'json_serialize_plan',
  'pg_get_viewdef',
  'pg_sleep',
  'sleep_ms',
  'write_log',
])

/** What DuckDB would take for a file where no table is called so. */
const PATH = /[/\\*]|\.(parquet|csv|tsv|txt|json|jsonl|ndjson|db|duckdb|gz|zst)$/i

/** DuckDB's own: `duckdb_settings`, `pg_views` and their like, some of which show paths. */
async function internalViews(engine: Engine): Promise<Set<string>> {
  const rows = await engine.rows(
    "select view_name from duckdb_views() where internal and schema_name <> 'information_schema'",
  )
  return new Set(rows.map(({ view_name }) => String(view_name).toLowerCase()))
}

const isInternal = ({ catalog, schema }: NamedTable): boolean =>
  catalog.toLowerCase() === 'system' || ['pg_catalog', 'information_schema'].includes(schema.toLowerCase())

/** What standard SQL has to say which views there are. */
const isStandard = ({ schema, name }: NamedTable): boolean =>
  schema.toLowerCase() === 'information_schema' && ['columns', 'schemata', 'tables'].includes(name.toLowerCase())
