import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Row, Value } from '../../src/engine/engine.js'
import type { Table } from '../../src/iceberg/catalog.js'
import { type Predicate, planFiles } from '../../src/iceberg/plan.js'
import { selectLoaded } from '../../src/snapshot/lakeTables.js'
import { CHANGES, FOLDERS, OBJECTS, SNAPSHOTS } from '../../src/snapshot/tables.js'
import { readWithDuckDB, readWithPyiceberg } from '../oracles/independentReaders.js'
import { describeWithOracles } from '../oracles/oracles.js'
import {
  closeTestLake,
  connectorOf,
  FIRST,
  importOne,
  LEAST_LIMITS,
  openTestLake,
  SECOND,
  type TestLake,
} from './importing.js'
import { CURRENT_FIELDS, putCsv, VERSION_FIELDS } from './reports.js'

const ROWS = 11_000 // two ranges, and so two files of objects in each import

const TABLES = { objects: OBJECTS, folders: FOLDERS, changes: CHANGES, snapshots: SNAPSHOTS }

const rowsOf = (day: Date) =>
  Array.from({ length: ROWS }, (_, i) => ({
    ...{ key: `folder ${i % 5}/${String(i).padStart(5, '0')}${i % 1000 === 0 ? '📷é' : ''}.jpg`, size: i },
    ...{ lastModified: new Date(FIRST.getTime() + i), eTag: i % 11 === 0 ? `${day.getTime()}` : 'e' },
  })).filter((_, i) => i % 113 !== day.getUTCDate() % 113)

/** A value as text; whole numbers to the 53 bits that the readers' JSON leaves of them. */
function formatValue(value: Value | undefined): string {
  if (value instanceof Date) return value.toISOString().replace('Z', '')
  return String(typeof value === 'bigint' ? Number(value) : (value ?? null))
}

/** What another reader gave: a time as ISO 8601 without zone, to the millisecond. */
function formatOther(value: unknown): string {
  const time = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?$/.exec(String(value))
  if (/^-?\d{16,}$/.test(String(value))) return String(Number(value))
  return time ? `${time[1]}T${time[2]}.${(time[3] ?? '').padEnd(3, '0').slice(0, 3)}` : String(value ?? null)
}

const sorted = <T>(rows: readonly Readonly<Record<string, T>>[], format: (value: T | undefined) => string) =>
  rows
    .map(row =>
      JSON.stringify(
        Object.keys(row)
          .sort()
          .map(name => `${name}=${format(row[name])}`),
      ),
    )
    .sort()

/** Where two lists differ first: thousands of rows are no help in a message. */
function firstDifference(found: readonly string[], expected: readonly string[]) {
  const length = Math.max(found.length, expected.length)
  const place = Array.from({ length }, (_, i) => i).find(i => found[i] !== expected[i])
  return place === undefined ? undefined : { found: found[place], expected: expected[place] }
}

describeWithOracles('what other readers see of the tables of imports', () => {
  let lake: TestLake
  let importId: string
  beforeAll(async () => {
    lake = await openTestLake()
    await putCsv(lake.reports, FIRST, rowsOf(FIRST), CURRENT_FIELDS) // lacks columns that the second report has
    await importOne(lake, { limits: LEAST_LIMITS })
    await importOne(lake, { limits: LEAST_LIMITS, connector: connectorOf({}, {}, 'other') })
    await putCsv(lake.reports, SECOND, rowsOf(SECOND), VERSION_FIELDS)
    ;({ import_id: importId } = await importOne(lake, { limits: LEAST_LIMITS }))
  })
  afterAll(() => closeTestLake(lake))

  async function readOurselves(table: Table, where: string, predicates: readonly Predicate[]) {
    const rows: Row[] = await lake.engine.rows(
      `select * from (${await selectLoaded(table, predicates)}) where ${where}`,
    )
    return { rows: sorted(rows, formatValue), files: (await planFiles(table, predicates)).length }
  }

  const equals = (column: string, value: string): Predicate => ({ column, op: '=', value })

  test.each<[name: keyof typeof TABLES, what: string, () => [where: string, predicates: Predicate[]], files: number]>([
    ['objects', 'one connector', () => ["connector = 'other'", [equals('connector', 'other')]], 2],
    ['objects', 'one date', () => ["dt = '2026-01-20'", [equals('dt', '2026-01-20')]], 2],
    ['objects', 'one import', () => [`import_id = '${importId}'`, [equals('import_id', importId)]], 2],
    [
      'objects',
      'the last keys',
      () => ["key >= 'folder 4/10'", [{ column: 'key', op: '>=', value: 'folder 4/10' }]],
      3,
    ],
    ['folders', 'all', () => ['true', []], 3],
    ['folders', 'one import', () => [`import_id = '${importId}'`, [equals('import_id', importId)]], 1],
    ['changes', 'all', () => ['true', []], 1],
    ['changes', 'a connector that has none', () => ["connector = 'other'", [equals('connector', 'other')]], 0],
    ['snapshots', 'all', () => ['true', []], 3],
  ])('%s, %s', async (name, _, predicate, files) => {
    const [where, predicates] = predicate()
    const table = await lake.catalog.create(TABLES[name])
    const metadata = lake.store.locate(table.metadataKey)
    const ours = await readOurselves(table, where, predicates)
    const [python, duckdb] = await Promise.all([
      readWithPyiceberg(metadata, where === 'true' ? '' : where),
      readWithDuckDB(metadata, where),
    ])
    expect({ ours: ours.files, python: python.files, duckdb: duckdb.files }).toEqual({
      ours: files,
      python: files,
      duckdb: files,
    })
    expect(ours.rows.length > 0).toBe(files > 0)
    expect(firstDifference(sorted(python.rows, formatOther), ours.rows)).toBeUndefined()
    expect(firstDifference(sorted(duckdb.rows, formatOther), ours.rows)).toBeUndefined()
  })
})
