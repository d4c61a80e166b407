import { execFile } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Catalog } from '../../src/iceberg/catalog.js'
import { bindInputs, loadModel } from '../../src/models/model.js'
import { dropImport } from '../../src/snapshot/commitTables.js'
import { selectTable } from '../../src/snapshot/lakeTables.js'
import {
  findViewNames,
  LAKE_VIEWS,
  type LakeView,
  registerViews,
  TABLE_VIEWS,
  type TableView,
  VIEW_TABLES,
} from '../../src/snapshot/lakeViews.js'
import { CHANGES, COLLECTIONS, FOLDERS, GAPS, METRICS, OBJECTS, SNAPSHOTS, TASKS } from '../../src/snapshot/tables.js'
import { formatViews, listViewTables } from '../../src/snapshot/viewStatements.js'
import { describeWithOracles, duckdbExtension } from '../oracles/oracles.js'
import {
  appendImport,
  closeHandmadeLake,
  type HandmadeImport,
  type HandmadeLake,
  openHandmadeLake,
  vouchFor,
} from './handmadeLake.js'

let lake: HandmadeLake
beforeEach(async () => {
  lake = await openHandmadeLake()
})
afterEach(() => closeHandmadeLake(lake))

async function putImport(made: HandmadeImport) {
  await appendImport(lake, made)
  await vouchFor(lake, made)
}

/** The rows of a registered view, as text, in any order. */
async function registeredRows(name: LakeView): Promise<string[]> {
  await registerViews([name], lake)
  return textOf(await lake.engine.rows(`select * from ${name}`))
}

/** The rows that the view's own text gives over the stored tables. */
const portableRows = async (name: TableView): Promise<string[]> =>
  textOf(await lake.engine.rows(await selectPortable(name)))

async function selectPortable(name: TableView): Promise<string> {
  const inputs: Record<string, string> = {}
  const model = loadModel(`views/${name}`, 'trino')
  for (const spec of Object.values(VIEW_TABLES))
    if (model.inputs.includes(spec.name)) inputs[spec.name] = await selectTable(lake.catalog, spec, [])
  if (model.inputs.includes('objects_current')) inputs.objects_current = await selectPortable('objects_current')
  return bindInputs(model, inputs)
}

const textOf = (rows: readonly object[]): string[] =>
  rows.map(row => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value))).sort()

const idsOf = async (name: LakeView): Promise<unknown[]> => {
  await registerViews([name], lake)
  return (await lake.engine.rows(`select import_id from ${name} order by 1`)).map(row => row.import_id)
}

const FIRST = '2026-01-19T01-00Z'
const SECOND = '2026-01-20T01-00Z'

/** Each of them, and what the six views show then: imports that count, and the newest of each connector. */
const LAKES: [what: string, make: () => Promise<void>, all: string[], latest: string[]][] = [
  ['nothing', async () => {}, [], []],
  [
    'two snapshots',
    async () => {
      await putImport({ id: 'i2', snapshot: SECOND })
      await putImport({ id: 'i1', snapshot: FIRST })
    },
    ['i1', 'i2'],
    ['i2'],
  ],
  [
    'an import without a receipt',
    async () => {
      await putImport({ id: 'i1', snapshot: FIRST })
      await appendImport(lake, { id: 'i2', snapshot: SECOND })
    },
    ['i1'],
    ['i1'],
  ],
  [
    'an import that was replaced, before its data is dropped',
    async () => {
      await putImport({ id: 'i1', snapshot: FIRST })
      await putImport({ id: 'i2', snapshot: FIRST })
    },
    ['i2'],
    ['i2'],
  ],
  [
    'two connectors, one with a scan of a prefix that is newer',
    async () => {
      await putImport({ id: 'i1', snapshot: FIRST })
      await putImport({ id: 'i2', connector: 'b', snapshot: FIRST })
      await putImport({ id: 'i3', connector: 'b', snapshot: SECOND, scope: 'photos/' })
    },
    ['i1', 'i2', 'i3'],
    ['i1', 'i2'],
  ],
  [
    'a sample that is newer than a whole snapshot',
    async () => {
      await putImport({ id: 'i1', snapshot: FIRST })
      await putImport({ id: 'i2', snapshot: SECOND, sampleRate: 0.1 })
    },
    ['i1', 'i2'],
    ['i1'],
  ],
  [
    'samples only',
    async () => {
      await putImport({ id: 'i1', snapshot: SECOND, sampleRate: 0.1 })
      await putImport({ id: 'i2', snapshot: FIRST, sampleRate: 0.2 })
    },
    ['i1', 'i2'],
    ['i1'],
  ],
  [
    'a scan in the minute of the report',
    async () => {
      await putImport({ id: 'i1', snapshot: '2026-01-20T01-00-07Z' })
      await putImport({ id: 'i2', snapshot: '2026-01-20T01-00Z' })
    },
    ['i1', 'i2'],
    ['i1'],
  ],
]

describe.each(LAKES)('a lake with %s', (_, make, all, latest) => {
  beforeEach(make)

  test('shows the imports that count', async () => {
    for (const name of ['objects', 'folders', 'changes', 'snapshots'] as const) expect(await idsOf(name)).toEqual(all)
    for (const name of ['objects_latest', 'folders_latest', 'changes_latest'] as const)
      expect(await idsOf(name)).toEqual(latest)
  })

  test("shows the same rows by the views' own texts over the stored tables", async () => {
    for (const name of TABLE_VIEWS) expect(await registeredRows(name), name).toEqual(await portableRows(name))
  })
})

test('a sample is marked', async () => {
  await putImport({ id: 'i1', snapshot: FIRST, sampleRate: 0.1 })
  await putImport({ id: 'i2', connector: 'b', snapshot: FIRST })
  await registerViews(['objects_latest'], lake)
  expect(await lake.engine.rows('select connector, sample_rate from objects_latest order by 1')).toEqual([
    { connector: 'a', sample_rate: 0.1 },
    { connector: 'b', sample_rate: null },
  ])
})

test.each(TABLE_VIEWS.filter(name => name !== 'file_info'))(
  '%s has the columns of its table, and sample_rate where it is what is there now',
  async name => {
    const imports = { objects: OBJECTS, folders: FOLDERS, changes: CHANGES, snapshots: SNAPSHOTS }
    const specs = { ...imports, gaps: GAPS, tasks: TASKS, metrics: METRICS, collections: COLLECTIONS }
    const spec = specs[name.replace(/_(latest|current)$/, '') as keyof typeof specs]
    await registerViews([name], lake)
    const columns = (await lake.engine.rows(`describe ${name}`)).map(row => row.column_name)
    expect(columns).toEqual([
      ...spec.schema.fields.map(field => field.name),
      ...(/_(latest|current)$/.test(name) ? ['sample_rate'] : []),
    ])
  },
)

test('registering opens no data file', async () => {
  await putImport({ id: 'i1', snapshot: FIRST })
  const folder = join(lake.folder, 'lake/tables/objects_v1/data/connector=a/dt=2026-01-19/import_id=i1')
  for (const name of await readdir(folder)) await writeFile(join(folder, name), 'no longer Parquet')
  await registerViews(['objects', 'objects_latest'], lake)
  await expect(lake.engine.rows('select * from objects')).rejects.toThrow(folder)
})

test('an import that is replaced while its files are looked up is not missing', async () => {
  await putImport({ id: 'i1', snapshot: FIRST })
  let isFirst = true
  const catalog: Catalog = {
    ...lake.catalog,
    async load(name) {
      if (name === OBJECTS.name && isFirst) {
        isFirst = false
        await putImport({ id: 'i2', snapshot: FIRST })
        const dropped = { connector: 'a', dt: FIRST.slice(0, 10), import_id: 'i1' }
        await dropImport(dropped, { catalog: lake.catalog, now: () => new Date() })
      }
      return lake.catalog.load(name)
    },
  }
  await registerViews(['objects'], { ...lake, catalog })
  expect(await lake.engine.rows('select import_id from objects')).toEqual([{ import_id: 'i2' }])
})

test.each<[string, LakeView[]]>([
  ['select * from objects', ['objects']],
  ['SELECT * FROM Objects_Latest', ['objects_latest']],
  ['from objects join "folders" using (snapshot)', ['objects', 'folders']],
  ["select * from audit where action = 'import'", ['audit']],
  ['show tables', [...LAKE_VIEWS]],
  ['select * from objcts', [...LAKE_VIEWS]],
])('%j names %j', (sql, names) => expect(findViewNames(sql)).toEqual(names))

test.each([
  ['duckdb', [], 2 + 4 + 8], // two for the extension, four for the tables
  ['athena', [], 8],
  ['duckdb', [GAPS], 2 + 5 + 9],
  ['athena', [GAPS, TASKS, METRICS], 11],
  ['duckdb', [COLLECTIONS], 2 + 5 + 10], // it has two views
] as const)('the statements for %s of a lake that also has %j are %i', async (dialect, made, count) => {
  for (const spec of made) await lake.catalog.create(spec)
  const statements = formatViews(dialect, '/data/lake', await listViewTables(lake.catalog))
  expect(await lake.engine.countStatements(statements)).toBe(count)
})

describeWithOracles('the statements for DuckDB', () => {
  test("give the same rows through DuckDB's own Iceberg extension", async () => {
    await putImport({ id: 'i1', snapshot: FIRST })
    await putImport({ id: 'i2', snapshot: SECOND })
    await appendImport(lake, { id: 'i3', snapshot: '2026-01-21T01-00Z' })
    const formatted = formatViews('duckdb', join(lake.folder, 'lake'), await listViewTables(lake.catalog))
    const statements = formatted.replace(/^(install|load) iceberg;$/gm, '')
    const script = fileURLToPath(new URL('../oracles/duckdbStatements.mjs', import.meta.url))
    const names = TABLE_VIEWS.filter(name => !['gaps', 'tasks', 'metrics', 'collections', 'file_info'].includes(name))
    const query = names.map(name => `select '${name}' as name, import_id from ${name}`).join(' union all ')
    const args = [script, duckdbExtension('avro'), duckdbExtension('iceberg'), statements, `${query} order by all`]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const expected = names
      .flatMap(name => [
        ...(/_(latest|current)$/.test(name) ? [] : [{ name, import_id: 'i1' }]),
        { name, import_id: 'i2' },
      ])
      .sort((a, b) => `${a.name} ${a.import_id}`.localeCompare(`${b.name} ${b.import_id}`))
    expect(JSON.parse(stdout)).toEqual(expected)
  })
})
