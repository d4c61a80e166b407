import type { Engine, Params } from '../../src/engine/engine.js'
import { quoteIdentifier, quoteString } from '../../src/engine/sqlText.js'
import { selectFiles } from '../../src/engine/tableScan.js'
import type { Schema } from '../../src/iceberg/schema.js'
import { INVENTORY_FIELDS, type InventoryField } from '../../src/inventory/fields.js'
import { bindInputs, loadModel, pickParams } from '../../src/models/model.js'
import { TABLE_VIEWS } from '../../src/snapshot/lakeViews.js'
import { CHANGES, COLLECTIONS, FOLDERS, OBJECTS, RECONCILE_TABLES, SNAPSHOTS } from '../../src/snapshot/tables.js'
import { selectNoRows } from '../models/inputs.js'
import { makeGeneratedGaps } from './generatedGaps.js'
import { type GeneratedRow, generateReports } from './generatedObjects.js'
import { makeGeneratedSales } from './generatedSales.js'
import { makeGeneratedTrades } from './generatedTrades.js'

// A lake's tables as DuckDB makes them, by the models themselves, from generated reports: two of one bucket, scans of
// prefixes before and after the newer, a sample of another bucket, one that was only scanned, and an import that has no
// receipt.

/** What the generated lake is asked for, by the names that models give their parameters. */
export const LAKE_PARAMS: Params = {
  connector: 'photos',
  connector_guid: 'con_00000000000000000000000000',
  source_bucket: 'photos-bucket',
  dt: '2026-01-20',
  snapshot: '2026-01-20T01-00Z',
  import_id: 'i2',
  taken_at: '2026-01-20T01:00:00Z',
  base_dt: '2026-01-13',
  base_snapshot: '2026-01-13T01-00Z',
}

/** Makes the lake's tables and views in an engine. @returns a SELECT for an input of a model, as `loadModel` takes it */
export async function makeGeneratedLake(
  seed: number,
  engine: Engine,
): Promise<(model: string, input: string) => string> {
  const imports = listImports(seed)
  await engine.run('create schema given')
  await makeTable(
    'snapshots_v1',
    SNAPSHOTS.schema,
    imports.filter(({ import_id }) => import_id !== 'lost').map(receiptOf),
    engine,
  )
  await makeTable('objects_v1', OBJECTS.schema, imports.flatMap(objectsOf), engine)
  await makeTable('folders_v1', FOLDERS.schema, [], engine)
  await makeTable('changes_v1', CHANGES.schema, [], engine)
  for (const { name, schema } of RECONCILE_TABLES) await makeTable(name, schema, RECONCILED, engine)
  await makeTable(COLLECTIONS.name, COLLECTIONS.schema, NAMED, engine)
  for (const each of imports) await derive(each, engine)
  for (const view of TABLE_VIEWS) {
    const { inputs, sql } = loadModel(`views/${view}`, 'duckdb')
    const select = bindInputs({ sql }, Object.fromEntries(inputs.map(input => [input, selectGiven(input)])))
    await engine.run(`create table given.${view} as ${select}`)
  }
  for (const report of ['moves', 'copies']) await makeReport(report, engine)
  await makeGeneratedGaps(LAKE_PARAMS, engine)
  await makeGeneratedSales(seed, engine)
  await makeGeneratedTrades(seed, engine)
  return (model, input) => STEPS[model]?.[input] ?? ONE_SNAPSHOT[input] ?? selectGiven(input)
}

/** Runs of `reconcile`, as far as a table has the columns. */
const RECONCILED: readonly GeneratedRow[] = [
  { run_id: 'r1', run_at: '2026-01-13 01:00:00', gap_id: 'g1', task_id: 't1', metric: 'm', value: 0.5, times_seen: 1 },
  {
    run_id: 'r2',
    run_at: '2026-01-20 01:00:00.5',
    gap_id: 'g1',
    task_id: 't2',
    metric: 'm',
    value: 1,
    times_seen: 2,
    connector: 'photos',
    dataset: 'folders',
    kind: 'missing',
    priority: 'low',
  },
  { run_id: 'r2', run_at: '2026-01-20 01:00:00.5', gap_id: 'g2', task_id: 't3', dataset: 'é', metric: 'm' },
]

/** Folders with names, some of which share files. */
const NAMED: readonly GeneratedRow[] = [
  { collection: 'col_1', name: 'All', connector: 'photos', folder: '', created_at: '2026-01-20 12:34:56.789' },
  { collection: 'col_2', name: 'Odd', connector: 'photos', folder: 'odd names/', created_at: '2026-01-20 01:00:00' },
  { collection: 'col_3', name: 'é', connector: 'new', folder: 'a/', created_at: '2026-01-20 01:00:00' },
  { collection: 'col_4', name: 'Gone', connector: 'gone', folder: 'a/', created_at: '2026-01-20 01:00:00' },
]

const selectGiven = (table: string): string => `select * from given.${quoteIdentifier(table)}`

const selectObjects = (importId: string): string =>
  `${selectGiven('objects_v1')} where import_id = ${quoteString(importId)}`

const selectCurrent = (importId: string): string =>
  bindInputs(loadModel('current_objects', 'duckdb'), { objects: selectObjects(importId) })

const selectDirectFolders = (importId: string): string =>
  bindInputs(loadModel('direct_folders', 'duckdb'), { objects: selectObjects(importId) })

const selectFolders = (importId: string): string =>
  `${selectGiven('folders_v1')} where import_id = ${quoteString(importId)}`

const FIELDS = INVENTORY_FIELDS.map(({ column }) => quoteIdentifier(column)).join(', ')

/** A value as a CSV report spells it; of some rows the key is left as it is, which may be no encoded one. */
const csvValue = ({ column, type }: InventoryField): string => {
  const name = quoteIdentifier(column)
  if (column === 'key') return `case when size % 3 = 0 then ${name} else url_encode(${name}) end as ${name}`
  return type === 'timestamp'
    ? `strftime(${name}, '%Y-%m-%dT%H:%M:%S.%fZ') as ${name}`
    : `cast(${name} as varchar) as ${name}`
}

/** Rows of a report before they are judged, as imports by other engines have them. */
const REPORT_ROWS: Readonly<Record<string, string>> = {
  csv_lines: `select 'f' as file, size % 5 = 0 as is_short, size % 7 = 0 as is_long, ${INVENTORY_FIELDS.map(csvValue).join(', ')}
    from (${selectObjects('i2')})`,
  column_values: `select 'f' as file, ${FIELDS} from (${selectObjects('i2')})`,
  report_rows: `select 'f' as file, key as raw_key, case when size % 5 = 0 then 'it is odd' end as fault, ${FIELDS}
    from (${selectObjects('i2')})`,
}

/** Inputs that are of one snapshot, or of one and its base, in whichever model. */
const ONE_SNAPSHOT: Readonly<Record<string, string>> = {
  ...REPORT_ROWS,
  report: `select * exclude (connector, dt, snapshot, import_id, bucket) from (${selectObjects('i2')})`,
  base_objects: selectCurrent('i1'),
  newer_objects: selectCurrent('i2'),
  current_objects: selectCurrent('i2'),
  direct_folders: selectDirectFolders('i2'),
  base_folders: selectFolders('i1'),
  newer_folders: selectFolders('i2'),
  later_folders: selectFolders('i1'),
}

/** Makes a table of what a report gives that is an input of others. */
async function makeReport(name: string, engine: Engine): Promise<void> {
  const model = loadModel(`reports/${name}`, 'duckdb')
  const inputs = model.inputs.map(input => [input, ONE_SNAPSHOT[input] ?? selectGiven(input)])
  const params = pickParams(model, { ...LAKE_PARAMS, prefix: '' })
  await engine.run(`create table given.${name} as ${bindInputs(model, Object.fromEntries(inputs))}`, params)
}

/** `objects` is a snapshot's to the steps of an import, and the view to reports. */
const STEPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  current_objects: { objects: selectObjects('i2') },
  direct_folders: { objects: selectObjects('i2') },
}

interface Import {
  readonly connector: string
  readonly snapshot: string
  readonly import_id: string
  readonly scope: string
  readonly sample_rate: number | null
  readonly base?: Import
  readonly rows: readonly GeneratedRow[]
}

function listImports(seed: number): Import[] {
  const { base, newer } = generateReports(seed)
  const under = (scope: string) => base.filter(({ key }) => String(key).startsWith(scope))
  const photos = { connector: 'photos', scope: '', sample_rate: null }
  const i1 = { ...photos, snapshot: '2026-01-13T01-00Z', import_id: 'i1', rows: base }
  return [
    i1,
    { ...photos, snapshot: '2026-01-20T01-00Z', import_id: 'i2', rows: newer, base: i1 },
    { ...photos, snapshot: '2026-01-19T10-31-07Z', import_id: 's1', scope: 'raw/', rows: under('raw/') },
    { ...photos, snapshot: '2026-01-20T10-31-07Z', import_id: 's2', scope: 'odd names/', rows: under('odd names/') },
    { ...photos, snapshot: '2026-01-21T01-00Z', import_id: 'lost', rows: newer.slice(0, 20) },
    {
      connector: 'logs',
      snapshot: '2026-01-19T00-00-01Z',
      import_id: 'i3',
      scope: '',
      sample_rate: 0.25,
      rows: base.slice(0, 50),
    },
    {
      connector: 'new',
      snapshot: '2026-01-19T00-00-02Z',
      import_id: 's3',
      scope: 'a/',
      sample_rate: null,
      rows: under('a/'),
    },
  ]
}

const partitionOf = ({ connector, snapshot, import_id }: Import): GeneratedRow => ({
  connector,
  dt: snapshot.slice(0, 10),
  snapshot,
  import_id,
})

const objectsOf = (of: Import): GeneratedRow[] => of.rows.map(row => ({ ...partitionOf(of), ...row }))

function receiptOf(of: Import): GeneratedRow {
  const isScan = /T\d\d-\d\d-\d\dZ$/.test(of.snapshot)
  return {
    ...partitionOf(of),
    source: isScan ? 'api' : 'inventory',
    scope: of.scope,
    sample_rate: of.sample_rate,
    source_bucket: `${of.connector}-bucket`,
    report_created_at: `${of.snapshot.slice(0, 10)} 01:00:00.123`,
    row_count: of.rows.length,
    rejected_row_count: 3,
    object_count: of.rows.length,
    total_size_bytes: 2 ** 40,
    noncurrent_object_count: isScan ? null : 7,
    noncurrent_size_bytes: isScan ? null : 700,
    delete_marker_count: isScan ? null : 1,
    folder_count: 9,
    base_snapshot: of.base?.snapshot ?? null,
    list_requests: isScan ? 2 : 1,
    get_requests: 4,
    imported_at: `${of.snapshot.slice(0, 10)} 12:34:56.789012`,
  }
}

async function makeTable(name: string, schema: Schema, rows: readonly GeneratedRow[], engine: Engine): Promise<void> {
  await engine.run(`create table given.${name} as ${selectFiles(schema, [])}`)
  const columns = schema.fields.map(field => field.name)
  const values = rows.map(row => `(${columns.map(column => literal(row[column] ?? null)).join(', ')})`)
  if (values.length > 0) await engine.run(`insert into given.${name} values ${values.join(', ')}`)
}

const literal = (value: GeneratedRow[string]): string =>
  typeof value === 'string' ? quoteString(value) : String(value)

/** Adds the folders of an import and its changes. */
async function derive({ base, ...of }: Import, engine: Engine): Promise<void> {
  const params = { ...LAKE_PARAMS, ...partitionOf(of), base_snapshot: base?.snapshot ?? null }
  const folders = loadModel('folders', 'duckdb')
  const inputs = {
    direct_folders: selectDirectFolders(of.import_id),
    base_folders: base ? selectFolders(base.import_id) : selectNoRows('base_folders'),
    later_folders: selectNoRows('later_folders'),
  }
  await engine.run(`insert into given.folders_v1 ${bindInputs(folders, inputs)}`, pickParams(folders, params))
  if (!base) return
  const changes = loadModel('changes', 'duckdb')
  const pair = { base_objects: selectCurrent(base.import_id), newer_objects: selectCurrent(of.import_id) }
  await engine.run(`insert into given.changes_v1 ${bindInputs(changes, pair)}`, pickParams(changes, params))
}
