import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { compareCodePoints } from '../../src/codePoints.js'
import { listOddKeys } from '../../src/demo/oddKeys.js'
import type { ReportRow } from '../../src/demo/writeReport.js'
import { openAthena } from '../../src/engine/athenaEngine.js'
import { type RemoteEngine, RemoteQueryError } from '../../src/engine/remoteEngine.js'
import { quotePaths } from '../../src/engine/sqlText.js'
import { openTrino } from '../../src/engine/trinoEngine.js'
import type { TrinoType } from '../../src/engine/trinoType.js'
import { InterruptedError, ReportRefusedError } from '../../src/errors.js'
import { planFiles } from '../../src/iceberg/plan.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { loadModel } from '../../src/models/model.js'
import { renderTrino } from '../../src/models/trinoDialect.js'
import { locateFiles } from '../../src/snapshot/dataFiles.js'
import { dropAbandoned, listAbandoned } from '../../src/snapshot/dropImports.js'
import { RowsLostError } from '../../src/snapshot/partitionRows.js'
import { sweepRegistered } from '../../src/snapshot/registeredReport.js'
import { IMPORT_TABLES, OBJECTS } from '../../src/snapshot/tables.js'
import { quickEffects } from '../services/s3Service.js'
import {
  closeTestLake,
  connectorOf,
  FIRST,
  importInto,
  importOne,
  openTestLake,
  readTable,
  receiptsOf,
  SECOND,
  type TestLake,
} from '../snapshot/importing.js'
import {
  CURRENT_FIELDS,
  csvReport,
  dataKey,
  orcReport,
  parquetReport,
  putCsv,
  putManifest,
  putReport,
  VERSION_FIELDS,
} from '../snapshot/reports.js'
import { type Execute, startAthenaDouble } from './athenaDouble.js'
import { type GlueLake, openGlueLake } from './glueLake.js'
import { importRemotely, mortal, readLake, watchRemote } from './remoteImporting.js'
import { GLUE_CATALOG } from './trinoGlue.js'

const servers = inject('trinoGlue')

describe.skipIf(!servers)('an import by Trino', () => {
  let here: TestLake
  let there: GlueLake
  let remote: RemoteEngine
  beforeEach(async () => {
    if (!servers) return
    here = await openTestLake()
    there = await openGlueLake(servers.glue)
    const address = { server: servers.trino, user: 'tester' }
    remote = openTrino({ address, catalog: GLUE_CATALOG }, { ...quickEffects(servers.glue.credentials), retries: 3 })
  })
  afterEach(async () => {
    await remote.close()
    await Promise.all([closeTestLake(here), closeTestLake(there)])
  })

  /** The same report, imported by DuckDB into another lake. */
  const importHere = () => importInto(here, { reports: there.reports })

  const expectSame = async () => expect(await readLake(there)).toEqual(await readLake(here))

  /** Whether each file of objects is sorted by key. */
  async function areSorted(): Promise<boolean> {
    const table = await there.catalog.load(OBJECTS.name)
    const paths = table ? locateFiles(table, await planFiles(table, [])) : []
    for (const path of paths) {
      const keys = (await there.engine.rows(`select key from read_parquet(${quotePaths([path])})`)).map(({ key }) =>
        String(key),
      )
      if (keys.length < 2 || keys.some((key, i) => compareCodePoints(keys[i - 1] ?? '', key) > 0)) return false
    }
    return paths.length > 0
  }

  /** What an import leaves behind that isn't of its tables. */
  async function listLeft(): Promise<string[]> {
    const left: string[] = []
    for await (const { name } of there.glue.listTables(there.database))
      if (!name.endsWith('_v1')) left.push(name.replace(/[0-9a-f]{32}$/, 'ID'))
    for await (const { key } of there.store.list('work/')) left.push(key.replace(/[0-9a-f-]{36}/, 'ID'))
    return left
  }

  describe('makes the snapshots of DuckDB from', () => {
    type Put = (reports: ObjectStore, takenAt: Date, rows: readonly ReportRow[]) => Promise<unknown>

    /** Two reports, the second of which has the first as its base. */
    async function compare(fields: readonly string[], put: Put) {
      for (const [takenAt, all] of [
        [FIRST, OLDER],
        [SECOND, NEWER],
      ] as const) {
        const rows = rowsFor(fields, all)
        await put(there.reports, takenAt, rows)
        await importHere()
        const receipt = { engine: 'trino', row_count: BigInt(rows.length), rejected_row_count: 0n }
        expect(await importRemotely(there, remote)).toMatchObject([{ kind: 'imported', receipt }])
        await expectSame()
      }
      expect(await listLeft()).toEqual([])
    }

    test.each([
      ['all versions', VERSION_FIELDS],
      ['current versions only', CURRENT_FIELDS],
    ])('CSV of %s', (_, fields) => compare(fields, (reports, takenAt, rows) => putCsv(reports, takenAt, rows, fields)))

    test('Parquet', () =>
      compare(VERSION_FIELDS, async (reports, takenAt, rows) =>
        putReport(reports, await parquetReport(here.engine, takenAt, rows)),
      ))

    test('ORC', () =>
      compare(VERSION_FIELDS, async (reports, takenAt, rows) => putReport(reports, await orcReport(takenAt, rows))))

    test('a bucket that was emptied, and filled again', async () => {
      for (const [day, lines] of [
        [13, []],
        [14, ['a', 'b/c']],
        [15, []],
        [16, ['a']],
      ] as const) {
        const files = lines.length > 0 ? [lines.map(key => line(...valuesOf(key)))] : []
        await putReport(there.reports, csvReport(new Date(Date.UTC(2026, 0, day)), VERSION_FIELDS, ...files))
        await importHere()
        await importRemotely(there, remote)
      }
      await expectSame()
    })

    test('columns in an order of their own, with unknown ones among them', async () => {
      const lines = ['"later","a+b","photo-bucket","","7"', '"later","c%2Fd","photo-bucket","x","8"']
      const fields = ['colour', 'key', 'bucket', 'shape', 'size']
      await putReport(there.reports, csvReport(FIRST, fields, lines))
      await importHere()
      await importRemotely(there, remote)
      await expectSame()
      expect(await readTable(there, OBJECTS, 'true', 'key, size')).toEqual([
        { key: 'a b', size: 7n },
        { key: 'c/d', size: 8n },
      ])
    })
  })

  test('counts malformed rows as DuckDB does, and tells where they are', async () => {
    await putReport(there.reports, csvReport(FIRST, VERSION_FIELDS, GOOD, [...MALFORMED.keys(), ...FINE]))
    const connector = connectorOf({}, { max_rejected: '50%' })
    await importInto(here, { reports: there.reports, connector })
    const [outcome] = await importRemotely(there, remote, { connector })
    await expectSame()
    expect(outcome).toMatchObject({ rejected: { count: MALFORMED.size } })
    const shown = outcome && 'rejected' in outcome ? outcome.rejected.shown : []
    expect(shown.map(({ reason }) => reason).sort()).toEqual([...MALFORMED.values()].sort())
    const file = `${there.reports.url}/${dataKey('2026-01-13T01-00Z-1.csv.gz')}`
    expect(shown).toContainEqual({ file, text: 'cut%2', reason: 'the key has a % that no two hex digits follow' })
  })

  describe('refuses, and leaves the lake as it was,', () => {
    beforeEach(async () => {
      await putCsv(there.reports, FIRST, OLDER)
      await importRemotely(there, remote)
    })

    async function refuse(message: RegExp, changed = remote): Promise<void> {
      const before = await readLake(there)
      const error = await importRemotely(there, changed).catch(error => error)
      expect(error).toBeInstanceOf(ReportRefusedError)
      expect(error.message.replaceAll(`${there.reports.url}/`, '')).toMatch(message)
      expect(await readLake(there)).toEqual(before)
      expect(await listLeft()).toEqual([])
      for (const spec of IMPORT_TABLES) {
        const ids = await readTable(there, spec, 'true', 'distinct import_id')
        expect(ids.length).toBeLessThanOrEqual(1) // the first import has no changes
      }
    }

    test('a report of too many malformed rows', async () => {
      await putReport(there.reports, csvReport(SECOND, VERSION_FIELDS, GOOD, [...MALFORMED.keys()]))
      await refuse(/manifest.json: expected at most 10 malformed rows of 58 .*, got 18, the first in .*csv.gz: /)
    })

    test('a key that is current twice', async () => {
      const twice = [...GOOD, line(...valuesOf('good/7.jpg', { 2: 'other' }))]
      await putReport(there.reports, csvReport(SECOND, VERSION_FIELDS, twice))
      await refuse(/expected each key current once, got 2 current versions of key "good\/7.jpg"/)
    })

    test('a data file of another size', async () => {
      const report = csvReport(SECOND, VERSION_FIELDS, GOOD)
      await putReport(there.reports, report)
      await there.reports.put(dataKey(report.files[0]?.name ?? ''), Buffer.from('cut'))
      await refuse(/csv.gz: expected \d+ bytes, got 3/)
    })

    test('a data file that lacks a column', async () => {
      const report = await parquetReport(here.engine, SECOND, NEWER, ['bucket', 'key'])
      const { fileSchema } = await parquetReport(here.engine, SECOND, NEWER, ['bucket', 'key', 'size'])
      await putReport(there.reports, { ...report, fileSchema })
      await refuse(/parquet: expected a column size, got none; .* --engine duckdb/)
    })

    test('a data file whose columns are in another order', async () => {
      const report = await orcReport(SECOND, NEWER, ['bucket', 'key', 'e_tag', 'storage_class'])
      const fileSchema = 'struct<bucket:string,key:string,storage_class:string,e_tag:string>'
      await putReport(there.reports, { ...report, fileSchema })
      await refuse(/orc: expected columns in the manifest's order: .*, got bucket, key, e_tag, storage_class/)
    })

    test('a data file that is replaced while it is read', async () => {
      const report = csvReport(SECOND, VERSION_FIELDS, GOOD)
      await putReport(there.reports, report)
      const { name = '', bytes = Buffer.alloc(0) } = report.files[0] ?? {}
      const replaced = Buffer.from(bytes)
      replaced[4] = 1 // the time in a gzip's head
      const swap = async (n: number) => void (n === 2 && (await there.reports.put(dataKey(name), replaced)))
      await refuse(
        /csv.gz: expected the ETag .*, got .*: it was replaced while it was read/,
        watchRemote(remote, { after: swap }),
      )
    })
  })

  describe('ends in the words of the engine, and leaves nothing, at a data file that its MD5 agrees with, but that is', () => {
    const lines = Array.from({ length: 5000 }, (_, i) => line(...valuesOf(`a/${i * 7919}.jpg`, { 7: `${i * 31}` })))
    const csv = (damage: (bytes: Buffer) => Uint8Array) => async () => {
      const report = csvReport(FIRST, VERSION_FIELDS, lines)
      return { ...report, files: report.files.map(file => ({ ...file, bytes: damage(Buffer.from(file.bytes)) })) }
    }
    const flip = (at: number) => (bytes: Buffer) => {
      const place = at < 0 ? bytes.length + at : at
      bytes[place] = (bytes[place] ?? 0) ^ 0xff
      return bytes
    }
    test.each([
      ['cut gzip', csv(bytes => bytes.subarray(0, bytes.length - 30))],
      ['gzip cut in the middle', csv(bytes => bytes.subarray(0, bytes.length / 2))],
      ['gzip with a flipped byte', csv(flip(2000))],
      ['gzip with another CRC', csv(flip(-8))],
      ['no gzip', csv(() => Buffer.from('plain text'))],
    ])('%s', async (_, make) => {
      await putReport(there.reports, await make())
      const imported = importRemotely(there, remote)
      await expect(imported).rejects.toThrow(RemoteQueryError)
      await expect(imported).rejects.toThrow(/2026-01-13T01-00Z-0\.csv\.gz/)
      expect(await receiptsOf(there)).toEqual([])
      expect(await listLeft()).toEqual([])
    })
  })

  test.each([
    ['objects', 2, /inserted: expected 62 rows, got 124/],
    ['folders', 4, /expected one row for the root, got several/],
  ])('does not count where the statement for %s ran twice', async (_, statement, message) => {
    await putCsv(there.reports, FIRST, OLDER)
    const again = async (n: number, sql: string) => {
      if (n === statement) await remote.run(sql, { schema: there.database })
    }
    const imported = importRemotely(there, watchRemote(remote, { after: again }))
    await expect(imported).rejects.toThrow(RowsLostError)
    await expect(imported).rejects.toThrow(message)
    expect(await receiptsOf(there)).toEqual([])
    for (const spec of IMPORT_TABLES) expect(await readTable(there, spec)).toEqual([])
  })

  test('says what it could verify: not the MD5 of files whose ETag is none', async () => {
    const report = csvReport(
      FIRST,
      VERSION_FIELDS,
      GOOD,
      GOOD.map(each => each.replace('good', 'more')),
    )
    const manifest = await putReport(there.reports, report)
    const [first] = manifest.files
    if (first) first.MD5checksum = '0'.repeat(32) // as S3 gives ETags that aren't MD5s
    await putManifest(there.reports, FIRST, JSON.stringify(manifest))
    const receipt = { verified_by: 'manifest.checksum, size, etag (1 of 2 files)', row_count: 80n }
    expect(await importRemotely(there, remote)).toMatchObject([{ receipt }])
  })

  test('of one report at a time with another makes one snapshot', async () => {
    await putCsv(there.reports, FIRST, OLDER)
    await importHere()
    const [[one], [other]] = await Promise.all([importRemotely(there, remote), importRemotely(there, remote)])
    expect([one?.kind, other?.kind].sort()).toEqual(['imported', 'unchanged'])
    await expectSame()
    expect(await readTable(there, OBJECTS, 'true', 'count(distinct import_id) as n')).toEqual([{ n: 1n }])
  })

  test('imports no report twice, and once more when it is asked to', async () => {
    await putCsv(there.reports, FIRST, OLDER)
    const [first] = await importRemotely(there, remote)
    expect(await areSorted()).toBe(true)
    expect(await importRemotely(there, remote)).toMatchObject([{ kind: 'unchanged' }])
    const before = await readLake(there)
    const [again] = await importRemotely(there, remote, { again: true })
    expect(again).toMatchObject({ kind: 'imported' })
    expect(await readLake(there)).toEqual(before)
    const ids = [first, again].map(outcome => outcome && 'receipt' in outcome && outcome.receipt.import_id)
    expect(await readTable(there, OBJECTS, 'true', 'distinct import_id')).toEqual([{ import_id: ids[1] }])
    expect(ids[0]).not.toBe(ids[1])
  })

  test("is made by the same statements over Athena's API", async () => {
    const run: Execute = async (sql, { database, signal, scanned }) => {
      const { columns, types, exactRows, stats } = await remote.query(sql, { schema: database, signal })
      const rows: unknown[][] = []
      for await (const row of exactRows) rows.push([...row])
      scanned(stats().scannedBytes)
      return { columns: columns.map(({ name }, i) => ({ name, type: trinoName(types[i]) })), rows }
    }
    const double = await startAthenaDouble({ execute: run })
    const effects = quickEffects({ accessKeyId: 'test', secretAccessKey: 'test' })
    const aws = { region: 'us-east-1', pathStyle: false, athenaEndpoint: double.endpoint }
    const place = { catalog: 'AwsDataCatalog', database: there.database, workgroup: 'primary', usdPerTb: 5 }
    const athena = await openAthena({ aws, retries: 0, ...place }, effects)
    try {
      for (const [takenAt, rows] of [
        [FIRST, OLDER],
        [SECOND, NEWER],
      ] as const) {
        await putCsv(there.reports, takenAt, rows)
        await importHere()
        expect(await importRemotely(there, athena)).toMatchObject([{ kind: 'imported', receipt: { engine: 'athena' } }])
      }
      await expectSame()
      expect(double.statements).toHaveLength(12)
    } finally {
      await athena.close()
      await double.stop()
    }
  })

  test('goes on from snapshots that DuckDB made, and DuckDB from its', async () => {
    await putCsv(there.reports, FIRST, OLDER)
    await importHere()
    await importOne(there)
    await putCsv(there.reports, SECOND, NEWER)
    await importHere()
    await importRemotely(there, remote)
    await expectSame()
    const third = new Date('2026-01-27T01:00:00Z')
    await putCsv(there.reports, third, OLDER)
    await importHere()
    await importOne(there)
    await expectSame()
    expect((await receiptsOf(there)).map(({ engine }) => engine)).toEqual(['duckdb', 'trino', 'duckdb'])
  })

  test('is interrupted by a signal, and tidies up', async () => {
    await putCsv(there.reports, FIRST, OLDER)
    const stopper = new AbortController()
    const watched = watchRemote(remote, { before: n => (n === 2 ? stopper.abort() : undefined) })
    await expect(importRemotely(there, watched, { signal: stopper.signal })).rejects.toThrow(InterruptedError)
    expect(await receiptsOf(there)).toEqual([])
    expect(await listLeft()).toEqual([])
  })

  test('that is killed shows nothing on either engine, and leaves nothing that is not swept', async () => {
    await putCsv(there.reports, FIRST, OLDER)
    await importRemotely(there, remote)
    await putCsv(there.reports, SECOND, NEWER)
    const [before, seen] = [await readLake(there), await seenByTrino()]
    for (const last of [1, 2, 4, 7]) {
      let dead = false
      const isDead = () => dead
      const die = (n: number) => {
        dead = n === last
        if (dead) throw new Error('killed')
      }
      const { glue, catalog, store } = there
      const killed = importRemotely(there, watchRemote(remote, { after: die }), {
        there: { glue: mortal(glue, isDead), catalog: mortal(catalog, isDead), store: mortal(store, isDead) },
      })
      await expect(killed, `after statement ${last}`).rejects.toThrow('killed')
      expect(await readLake(there)).toEqual(before)
      expect(await seenByTrino()).toEqual(seen)
    }
    expect(await readTable(there, OBJECTS, 'true', 'count(distinct import_id) as n')).toEqual([{ n: 4n }])

    const days = (n: number) => new Date(Date.now() + n * 86_400_000)
    const effects = { ...there, now: () => days(2) }
    expect(await listAbandoned(effects, days(2))).toHaveLength(3) // the first was killed before it had rows
    await dropAbandoned('photos', { at: days(2), lost: new AbortController().signal }, effects)
    for (const spec of IMPORT_TABLES) expect((await readTable(there, spec, 'true', 'distinct import_id')).length < 2)

    const limits = { olderThanMs: 3 * 86_400_000, dryRun: false }
    const twice = (text: string) => [text, text] // of those that were killed while they read the report
    expect(await listLeft()).toEqual([...twice('stocktake_import_ID'), ...twice('work/imports/ID/files.txt')])
    expect(await sweepRegistered({ ...limits, now: days(2) }, there)).toMatchObject({ tables: 0, lists: 0 })
    expect(await sweepRegistered({ ...limits, now: days(4), dryRun: true }, there)).toMatchObject({ tables: 2 })
    expect(await sweepRegistered({ ...limits, now: days(4) }, there)).toMatchObject({ tables: 2 })
    expect(await listLeft()).toEqual([])
    expect(await readLake(there)).toEqual(before)
  })

  /** The keys of each snapshot, as the view shows them there. */
  async function seenByTrino(): Promise<readonly unknown[]> {
    const view = renderTrino(loadModel('views/objects', 'trino'), {})
    const sql = `select snapshot, count(*) as n, min(key) as least from (${view}) group by 1`
    const rows: unknown[] = []
    for await (const row of (await remote.query(sql, { schema: there.database })).rows) rows.push(row)
    return rows
  }
})

/** A type of one number at most, as Trino writes it: `timestamp(6)`. */
const trinoName = (type: TrinoType | undefined): string =>
  `${type?.rawType}${type?.rawType === 'timestamp' ? `(${type.arguments[0]?.value})` : ''}`

const DAY = new Date('2026-01-10T12:34:56.789Z')
const ODD = listOddKeys()

const OLDER: readonly ReportRow[] = [
  ...ODD.map((key, i) => ({ key, size: i, lastModified: DAY, eTag: `e${i}`, storageClass: 'STANDARD' })),
  { key: 'kept/a', versionId: 'v2', size: 5, lastModified: DAY, eTag: 'x', storageClass: 'GLACIER' },
  { key: 'kept/a', versionId: 'v1', isLatest: false, size: 4, lastModified: FIRST, eTag: 'y' },
  { key: 'kept/gone', versionId: 'v3', isDeleteMarker: true, lastModified: DAY },
  { key: 'huge', size: 9_007_199_254_740_993n, lastModified: DAY, eTag: 'h', storageClass: 'STANDARD' },
  { key: 'to be deleted', size: 1, lastModified: DAY, eTag: 'd', storageClass: 'STANDARD' },
]

const NEWER: readonly ReportRow[] = [
  ...ODD.map((key, i) => ({
    ...{ key, size: i, lastModified: i % 3 === 0 ? FIRST : DAY, storageClass: 'STANDARD' },
    eTag: i % 5 === 0 ? 'other' : `e${i}`,
  })),
  { key: 'kept/a', versionId: 'v2', size: 5, lastModified: DAY, eTag: 'x', storageClass: 'STANDARD' },
  { key: 'new/deep/er', size: 1, lastModified: SECOND, eTag: 'n' },
]

/** A report without versions has current objects only. */
const rowsFor = (fields: readonly string[], rows: readonly ReportRow[]): ReportRow[] =>
  rows.filter(row => fields.includes('is_latest') || ((row.isLatest ?? true) && !row.isDeleteMarker))

const line = (...values: readonly string[]): string => values.map(value => `"${value}"`).join(',')

/** The nine values of a line, with some of them others. */
const valuesOf = (key: string, others: Readonly<Record<number, string>> = {}): string[] =>
  ['photo-bucket', key, 'v', 'true', 'false', '10', '2026-01-10T12:34:56.789Z', 'e', 'STANDARD'].map(
    (value, i) => others[i] ?? value,
  )

const GOOD = Array.from({ length: 40 }, (_, i) => line(...valuesOf(`good/${i}.jpg`)))

/** Lines, and why each is rejected. */
const MALFORMED = new Map([
  [line(...valuesOf('other/bucket', { 0: 'logs' })), 'the bucket is another'],
  [line(...valuesOf('')), 'the key is empty'],
  [line(...valuesOf('cut%2')), 'the key has a % that no two hex digits follow'],
  [line(...valuesOf('no%C3%28utf8')), 'the key is not UTF-8 once decoded'],
  [line(...valuesOf('latest', { 3: 'maybe' })), 'is_latest is no boolean'],
  [line(...valuesOf('latest/empty', { 3: '' })), 'is_latest is empty'],
  [line(...valuesOf('marker/empty', { 4: '' })), 'is_delete_marker is empty'],
  [line(...valuesOf('size', { 5: 'ten' })), 'size is no long'],
  [line(...valuesOf('fraction', { 5: '1.5' })), 'size is no long'],
  [line(...valuesOf('negative', { 5: '-1' })), 'the size is negative'],
  [line(...valuesOf('large', { 5: '9223372036854775808' })), 'size is no long'],
  [line(...valuesOf('date', { 6: 'yesterday' })), 'last_modified_date is no timestamp'],
  [line(...valuesOf('zone', { 6: '2026-01-10T12:34:56.789' })), 'last_modified_date is no timestamp'],
  [line(...valuesOf('short').slice(0, 8)), 'it has too few values'],
  [line(...valuesOf('long'), 'more'), 'it has too many values'],
  [line(...valuesOf('only').slice(0, 1)), 'it has too few values'],
  ['', 'it has too few values'],
  ['no quotes at all', 'it has too few values'],
])

/** Lines as other writers than S3 may spell them. */
const FINE = [
  line(...valuesOf('fine/back\\slash', { 7: 'a\\b' })),
  line(...valuesOf('fine/quote', { 7: 'a""b' })),
  valuesOf('fine/unquoted').join(','),
]
