import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { writeParquetFile } from '../../src/engine/parquetFile.js'
import { InterruptedError, NotFoundError, UsageError } from '../../src/errors.js'
import { changeTable } from '../../src/iceberg/commit.js'
import { planFiles } from '../../src/iceberg/plan.js'
import { stageDataFile } from '../../src/snapshot/dataFiles.js'
import { selectTable } from '../../src/snapshot/lakeTables.js'
import { CHANGES, FOLDERS, IMPORT_TABLES, OBJECTS, SNAPSHOTS } from '../../src/snapshot/tables.js'
import {
  closeTestLake,
  connectorOf,
  FIRST,
  importInto,
  importOne,
  listLake,
  openTestLake,
  readVouched,
  receiptsOf,
  SECOND,
  type TestLake,
  THIRD,
  withoutImport,
} from './importing.js'
import { CURRENT_FIELDS, csvReport, manifestKeyOf, putCsv, putReport } from './reports.js'

const [FIRST_NAME, SECOND_NAME, THIRD_NAME] = ['2026-01-13T01-00Z', '2026-01-20T01-00Z', '2026-01-27T01-00Z']
const DAY = new Date('2026-01-01T00:00:00Z')

let lake: TestLake
beforeEach(async () => {
  lake = await openTestLake()
})
afterEach(() => closeTestLake(lake))

/** Puts a report of objects, each given as its key and its ETag. */
const put = (takenAt: Date, objects: Readonly<Record<string, string>>, fields = CURRENT_FIELDS) =>
  putCsv(
    lake.reports,
    takenAt,
    Object.entries(objects).map(([key, eTag]) => ({
      key,
      eTag,
      size: 10,
      lastModified: DAY,
      storageClass: 'STANDARD',
    })),
    fields,
  )

const at = (takenAt: Date) => ({ which: 'at', at: takenAt }) as const
const all = { which: 'all' } as const

/** The changes that count, as `snapshot: key change`. */
const changesOf = async () =>
  (await readVouched(lake, CHANGES)).map(({ snapshot, key, change }) => `${snapshot}: ${key} ${change}`)

/** The imports that the tables hold files of, vouched for or not. */
async function importsInTables(): Promise<Record<string, unknown[]>> {
  const found: Record<string, unknown[]> = {}
  for (const { name } of IMPORT_TABLES) {
    const table = await lake.catalog.load(name)
    const files = table ? await planFiles(table, []) : []
    found[name] = [...new Set(files.map(file => file.partition.import_id))].sort()
  }
  return found
}

describe('which reports are imported', () => {
  beforeEach(async () => {
    await put(FIRST, { a: '1' })
    await put(SECOND, { a: '2' })
    await put(THIRD, { a: '3' })
  })

  test('the newest', async () => {
    expect((await importInto(lake)).map(outcome => outcome.kind)).toEqual(['imported'])
    expect(await receiptsOf(lake)).toMatchObject([{ snapshot: THIRD_NAME }])
  })

  test('that of a time', async () => {
    expect(await importOne(lake, { wanted: at(SECOND) })).toMatchObject({ snapshot: SECOND_NAME, dt: '2026-01-20' })
  })

  test('that of a manifest', async () => {
    const wanted = { which: 'manifest', key: manifestKeyOf(FIRST) } as const
    expect(await importOne(lake, { wanted })).toMatchObject({
      snapshot: FIRST_NAME,
      manifest_key: manifestKeyOf(FIRST),
    })
  })

  test('that of a manifest in no dated folder, named by its own time', async () => {
    const key = 'elsewhere/manifest.json'
    await lake.reports.put(key, await lake.reports.read(manifestKeyOf(FIRST)))
    await lake.reports.put(
      'elsewhere/manifest.checksum',
      await lake.reports.read(manifestKeyOf(FIRST).replace('.json', '.checksum')),
    )
    expect(await importOne(lake, { wanted: { which: 'manifest', key } })).toMatchObject({ snapshot: FIRST_NAME })
  })

  test('all, the oldest first, and those that were imported are left', async () => {
    await importOne(lake, { wanted: at(SECOND) })
    const outcomes = await importInto(lake, { wanted: all })
    expect(outcomes.map(outcome => outcome.kind)).toEqual(['imported', 'unchanged', 'imported'])
    expect(await changesOf()).toEqual([`${THIRD_NAME}: a modified`])
  })

  test('all but those that are refused', async () => {
    await lake.reports.put(manifestKeyOf(SECOND).replace('.json', '.checksum'), Buffer.from('spoiled'))
    const outcomes = await importInto(lake, { wanted: all })
    expect(outcomes.map(outcome => outcome.kind)).toEqual(['imported', 'refused', 'imported'])
    expect(outcomes[1]).toMatchObject({ error: { exitCode: 4 } })
    expect((await receiptsOf(lake)).map(({ snapshot, base_snapshot }) => [snapshot, base_snapshot])).toEqual([
      [THIRD_NAME, FIRST_NAME],
      [FIRST_NAME, null],
    ])
  })

  test.each([
    ['of a time without report', { wanted: at(new Date('2026-01-14T01:00Z')) }],
    ['of a manifest that is not there', { wanted: { which: 'manifest', key: 'no/manifest.json' } as const }],
    ['of a configuration without reports', { connector: connectorOf({ config_name: 'other' }) }],
    ['of a configuration without reports, all', { connector: connectorOf({ config_name: 'other' }), wanted: all }],
  ])('none is found %s', async (_, changes) => {
    await expect(importInto(lake, changes)).rejects.toThrow(NotFoundError)
    expect(await listLake(lake)).toEqual([])
  })

  test('a connector without an inventory can import none', async () => {
    const { inventory: _, ...connector } = connectorOf()
    await expect(importInto(lake, { connector })).rejects.toThrow(UsageError)
  })
})

describe('a receipt', () => {
  test('says where the report was, what was in it and who imported it', async () => {
    await put(FIRST, { 'a/b': '1', c: '2' })
    const times = Array.from({ length: 1000 }, (_, i) => new Date(Date.UTC(2026, 1, 1) + i * 10)).values()
    const receipt = await importOne(lake, { now: () => times.next().value ?? new Date(Number.NaN) })
    expect(receipt).toEqual({
      ...{ connector: 'photos', dt: '2026-01-13', snapshot: FIRST_NAME, scope: '', sample_rate: null },
      import_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      ...{ source: 'inventory', source_bucket: 'photo-bucket', report_created_at: FIRST, file_format: 'CSV' },
      ...{ manifest_key: manifestKeyOf(FIRST), manifest_checksum: expect.stringMatching(/^[0-9a-f]{32}$/) },
      ...{ file_count: 2n, row_count: 2n, rejected_row_count: 0n, ignored_fields: '[]' },
      ...{ object_count: 2n, total_size_bytes: 20n, noncurrent_object_count: 0n, noncurrent_size_bytes: 0n },
      ...{ delete_marker_count: 0n, folder_count: 2n, base_snapshot: null },
      ...{ new_count: null, modified_count: null, touched_count: null, deleted_count: null },
      ...{ fingerprint_method: expect.stringMatching(/./), verified_by: 'manifest.checksum, size, md5, gzip crc' },
      ...{ list_requests: expect.any(BigInt), get_requests: expect.any(BigInt), bytes_read: expect.any(BigInt) },
      ...{ duration_ms: expect.any(BigInt), peak_memory_bytes: 1n, engine: 'duckdb', imported_by: 'tester' },
      ...{ imported_at: expect.any(Date), version: '1.2.3' },
    })
    expect(receipt.duration_ms).toBeGreaterThan(0n)
    expect(receipt.get_requests).toBeGreaterThanOrEqual(2n)
    expect(await receiptsOf(lake)).toEqual([receipt])
  })

  test('leaves nothing in the work folder', async () => {
    await put(FIRST, { a: '1' })
    await importOne(lake)
    expect(await readdir(lake.workRoot)).toEqual([])
  })
})

describe('what changes are told against', () => {
  test('is the newest earlier snapshot', async () => {
    await put(FIRST, { a: '1', gone: '1' })
    await put(SECOND, { a: '2', b: '1' })
    await put(THIRD, { a: '2', b: '2', c: '1' })
    await importInto(lake, { wanted: all })
    expect(await changesOf()).toEqual([
      `${SECOND_NAME}: a modified`,
      `${SECOND_NAME}: b new`,
      `${SECOND_NAME}: gone deleted`,
      `${THIRD_NAME}: b modified`,
      `${THIRD_NAME}: c new`,
    ])
    expect((await receiptsOf(lake)).map(receipt => receipt.base_snapshot)).toEqual([SECOND_NAME, FIRST_NAME, null])
  })

  test('is none for the first, which then has no changes', async () => {
    await put(FIRST, { a: '1' })
    expect(await importOne(lake)).toMatchObject({ base_snapshot: null, new_count: null })
    expect(await changesOf()).toEqual([])
  })

  test('is no later one, and an older report that is imported later changes nothing of those', async () => {
    await put(FIRST, { a: '1' })
    await put(SECOND, { a: '2' })
    await put(THIRD, { a: '3' })
    await importOne(lake, { wanted: at(FIRST) })
    await importOne(lake, { wanted: at(THIRD) })
    const before = [await changesOf(), await receiptsOf(lake)] as const
    expect(before[0]).toEqual([`${THIRD_NAME}: a modified`])
    await importOne(lake, { wanted: at(SECOND) })
    expect(await changesOf()).toEqual([`${SECOND_NAME}: a modified`, `${THIRD_NAME}: a modified`])
    const [third, second, first] = await receiptsOf(lake)
    expect([third, first]).toEqual(before[1])
    expect([third?.base_snapshot, second?.base_snapshot]).toEqual([FIRST_NAME, FIRST_NAME])
  })

  test('is a snapshot of the same connector', async () => {
    await put(FIRST, { a: '1' })
    await put(SECOND, { b: '1' })
    await importOne(lake, { wanted: at(FIRST), connector: connectorOf({}, {}, 'other') })
    expect(await importOne(lake, { wanted: at(SECOND) })).toMatchObject({ base_snapshot: null })
    expect((await receiptsOf(lake)).map(({ connector }) => connector)).toEqual(['photos', 'other'])
  })
})

describe('a field that was chosen only later', () => {
  test.each([
    ['e_tag', 'modified'],
    ['size', 'modified'],
    ['last_modified_date', 'touched'],
    ['storage_class', 'touched'],
  ])('%s makes nothing %s', async missing => {
    const few = CURRENT_FIELDS.filter(field => field !== missing)
    await put(FIRST, { a: '1', b: '1' }, few)
    await put(SECOND, { a: '1', b: '1', c: '1' })
    await importInto(lake, { wanted: all })
    expect(await changesOf()).toEqual([`${SECOND_NAME}: c new`])
  })

  test('and one that is no longer chosen neither', async () => {
    await put(FIRST, { a: '1', b: '1' })
    await put(SECOND, { a: '1', b: '1' }, ['bucket', 'key'])
    await importInto(lake, { wanted: all })
    expect(await changesOf()).toEqual([])
  })
})

describe('a report that has been imported', () => {
  test('is not imported again: nothing is written, and little is read', async () => {
    await put(FIRST, { a: '1', b: '2' })
    const receipt = await importOne(lake)
    const before = await listLake(lake)
    expect(await importInto(lake)).toEqual([
      { kind: 'unchanged', isNew: false, receipt, rejected: { count: 0, shown: [] } },
    ])
    expect(await listLake(lake)).toEqual(before)
    expect(await readdir(lake.workRoot)).toEqual([])
  })

  test('is imported once more when that is asked for: one receipt, the same rows, nothing left of the first', async () => {
    await put(FIRST, { 'x/a': '1', b: '2' })
    await put(SECOND, { 'x/a': '2', c: '2' })
    await importInto(lake, { wanted: all })
    const read = async () => [
      withoutImport(await readVouched(lake, OBJECTS)),
      withoutImport(await readVouched(lake, FOLDERS)),
      withoutImport(await readVouched(lake, CHANGES)),
    ]
    const [rows, [second, first]] = [await read(), await receiptsOf(lake)]
    const receipt = await importOne(lake, { again: true })
    expect(receipt.import_id).not.toBe(second?.import_id)
    expect(await receiptsOf(lake)).toEqual([receipt, first])
    expect(await read()).toEqual(rows)
    const both = [first?.import_id, receipt.import_id].sort()
    expect(await importsInTables()).toEqual({ objects_v1: both, folders_v1: both, changes_v1: [receipt.import_id] })
  })

  test('is replaced by another report of that time', async () => {
    await put(FIRST, { a: '1' })
    await importOne(lake)
    await put(FIRST, { a: '1', b: '1' })
    expect(await importOne(lake)).toMatchObject({ object_count: 2n })
    expect(await receiptsOf(lake)).toHaveLength(1)
    expect((await readVouched(lake, OBJECTS, 'key')).map(({ key }) => key)).toEqual(['a', 'b'])
  })

  test('leaves the receipts of others as they are, also where a compaction put them into one file', async () => {
    for (const takenAt of [FIRST, SECOND, THIRD]) await put(takenAt, { a: String(takenAt) })
    await importInto(lake, { wanted: all })
    await compactReceipts()
    const before = await receiptsOf(lake)
    const receipt = await importOne(lake, { wanted: at(SECOND), again: true })
    expect(await receiptsOf(lake)).toEqual([before[0], receipt, before[2]])
    const table = await lake.catalog.load(SNAPSHOTS.name)
    expect(table && (await planFiles(table, []))).toHaveLength(1)
  })
})

async function compactReceipts(): Promise<void> {
  const table = await lake.catalog.create(SNAPSHOTS)
  const path = join(lake.folder, 'merged.parquet')
  const { schema } = SNAPSHOTS
  const select = await selectTable(lake.catalog, SNAPSHOTS, [])
  const facts = await writeParquetFile(lake.engine, { select, path, schema, rowGroupRows: 2048 })
  const file = await stageDataFile(table, 'merged.parquet', { path, facts }, {})
  const change = { operation: 'replace', add: [file], drop: () => true } as const
  await changeTable(lake.catalog, table.name, async () => change, { now: () => new Date() })
}

describe('an import that is interrupted', () => {
  test.each(['read', 'sort'] as const)(
    'while it has begun to %s throws, and leaves the lake as it was',
    async phase => {
      await put(FIRST, { a: '1', b: '2' })
      const abort = new AbortController()
      const progress = (step: { phase: string }) => {
        if (step.phase === phase) abort.abort()
      }
      await expect(importInto(lake, { signal: abort.signal, progress })).rejects.toThrow(InterruptedError)
      expect(await receiptsOf(lake)).toEqual([])
      expect(await importsInTables()).toEqual({ objects_v1: [], folders_v1: [], changes_v1: [] })
      expect(await importOne(lake)).toMatchObject({ object_count: 2n })
      expect(await readdir(lake.workRoot)).toEqual([])
    },
  )
})

test('a snapshot of no rows drops out of no table', async () => {
  await putReport(lake.reports, csvReport(FIRST, ['bucket', 'key']))
  const receipt = await importOne(lake)
  expect(await importsInTables()).toEqual({ objects_v1: [], folders_v1: [receipt.import_id], changes_v1: [] })
})
