import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { listOddKeys } from '../../src/demo/oddKeys.js'
import type { ReportRow } from '../../src/demo/writeReport.js'
import type { DuckDB } from '../../src/engine/duckdb.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { glueCatalog } from '../../src/iceberg/glueCatalog.js'
import { appendRows } from '../../src/reconcile/appendRows.js'
import { registerViews } from '../../src/snapshot/lakeViews.js'
import { FIELDS, FIRST_ROWS, FIRST_TIME, SECOND, SECOND_ROWS, SECOND_TIME } from '../commands/smallLake.js'
import { openPublishPlace, type PublishPlace } from '../publish/publishPlace.js'
import { RACED } from '../services/glue.js'
import { openEngineOnS3 } from '../snapshot/lakeOnS3.js'
import { expectSameReads, type Published, sparkName } from './readPublished.js'
import { readOnSpark, readSelect } from './readRows.js'
import { setSparkGlue } from './sparkGlue.js'
import { runOnSpark } from './sparkServer.js'

const servers = inject('trinoGlue')
const spark = inject('spark') ?? ''

/** Catalogs of Spark's: as the docs have it, and one that keeps tables in mind. */
const CATALOG = 'glue'
const CACHED = 'glue_cached'

/** All but declared ones. */
const TABLES = [
  'changes_v1',
  'collections_v1',
  'folders_v1',
  'gaps_v1',
  'metrics_v1',
  'objects_v1',
  'snapshots_v1',
  'tasks_v1',
]

const WHOLE_FIELDS = [...FIELDS, 'storage_class', 'object_lock_retain_until_date', 'is_multipart_uploaded']

/** A version and a delete marker of each odd key, and what only some reports have. */
const ODD_ROWS: readonly ReportRow[] = listOddKeys().flatMap((key, i) => [
  { key, size: i === 0 ? 9_007_199_254_740_993n : i, eTag: `e${i}`, versionId: 'v1', isLatest: i % 3 > 0 },
  ...(i % 3 > 0 ? [] : [{ key, versionId: 'v2', isDeleteMarker: true }]),
])

const MORE_ROWS: readonly ReportRow[] = ODD_ROWS.map((row, i) => ({
  ...{ ...row, storageClass: 'STANDARD', isMultipartUploaded: i % 2 > 0 },
  ...{ lastModified: new Date(Date.UTC(1969, 11, 31, 23, 59, 59, i)) },
  ...(i % 5 === 0 &&
    row.eTag !== undefined && {
      objectLockRetainUntilDate: new Date('9999-12-31T23:59:59.999Z'),
      eTag: `${row.eTag} again`,
    }),
}))

describe.skipIf(!servers || spark === '').each(['files', 'glue'] as const)(
  'of a lake whose catalog is %s',
  authority => {
    let place: PublishPlace
    let engine: DuckDB
    let published: Published
    beforeAll(async () => {
      if (!servers) return
      const { credentials } = servers.glue
      vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId)
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey)
      place = await openPublishPlace(servers.glue)
      if (authority === 'glue') await keepInGlue(place)
      engine = await openEngineOnS3(place.folder, servers.glue, 3)
      await setSparkGlue(spark, servers.glue, CATALOG)
      const hour = { '.cache-enabled': 'true', '.cache.expiration-interval-ms': '3600000' }
      await setSparkGlue(spark, servers.glue, CACHED, hour)
      const catalog = openCatalog(place, authority)
      published = { place, catalog, engine, trino: servers.trino, spark, sparkCatalog: CATALOG }
    })
    afterAll(async () => {
      vi.unstubAllEnvs()
      engine?.close()
      await place?.remove()
    })

    test('Trino, pyiceberg, Spark and the iceberg extension of DuckDB read the first tables as Stocktake does', async () => {
      await place.putReport(FIRST_TIME, [...FIRST_ROWS, ...ODD_ROWS])
      await place.done('import', 'photos')
      await place.done('publish')
      const tables = ['changes_v1', 'folders_v1', 'objects_v1', 'snapshots_v1']
      expect(await listTables()).toEqual(tables)
      const [changes, , objects] = await expectSameReads(tables, published)
      expect(changes?.rows).toEqual([])
      expect(objects?.rows).toHaveLength(FIRST_ROWS.length + ODD_ROWS.length)
    })

    test('… and every table once there is all that a lake can hold', async () => {
      await fill(place)
      await place.done('publish')
      const tables = [...TABLES, `${place.salesDatabase}.sales_history`].sort()
      expect(await listTables()).toEqual(tables)
      const reads = await expectSameReads(tables, published)
      for (const { rows } of reads) expect(rows).not.toEqual([])
      const second = reads[tables.indexOf('objects_v1')]?.rows.filter(row => row.includes(`"${SECOND}"`))
      expect(second).toHaveLength(SECOND_ROWS.length + MORE_ROWS.length) // those of the other report are gone
      expect(second?.filter(row => / again"/.test(row)).length).toBeGreaterThan(0)
    })

    if (authority === 'files')
      test('Spark that keeps tables in mind knows of a publication by REFRESH TABLE', async () => {
        const name = onSpark('snapshots_v1', CACHED)
        const count = async () => (await readOnSpark(spark, name)).rows.length
        const before = await count()
        await place.done('scan', 'photos', '--prefix', '2026/')
        await place.done('publish')
        expect(await count()).toBe(before)
        await runOnSpark(spark, `refresh table ${name}`)
        expect(await count()).toBe(before + 1)
        expect((await readOnSpark(spark, onSpark('snapshots_v1'))).rows).toHaveLength(before + 1)
      })

    if (authority === 'glue')
      test('what Spark writes the others read', async () => {
        await published.catalog.create(RACED)
        await Promise.all([appendBySpark('s', 5), appendHere('a', 8)])
        const [raced] = await expectSameReads([RACED.name], published)
        expect(raced?.rows.map(row => JSON.parse(row)[0])).toEqual([...named('a', 8), ...named('s', 5)])
      })

    if (authority === 'glue')
      test('rows without a receipt are in the tables', async () => {
        const { columns } = await readOnSpark(spark, onSpark('objects_v1'), 'false')
        const values = columns
          .map(column => column.split(' ')[0])
          .map(name => (name === 'import_id' ? "'cut off'" : name))
        await runOnSpark(spark, `insert into ${onSpark('objects_v1')} select ${values} from ${onSpark('objects_v1')}`)
        const [objects] = await expectSameReads(['objects_v1'], published)
        expect(objects?.rows.filter(row => row.includes('"cut off"'))).toHaveLength((objects?.rows.length ?? 0) / 2)
      })

    test.each(['objects', 'folders', 'changes'] as const)('on Spark the receipts say which %s count', async view => {
      await registerViews([view], { catalog: published.catalog, engine, store: place.store })
      const where = `import_id in (select import_id from ${onSpark('snapshots_v1')})`
      const expected = await readSelect(`select * from ${view}`, engine)
      expect(await readOnSpark(spark, onSpark(`${view}_v1`), where)).toEqual(expected)
      expect(expected.rows).not.toEqual([])
    })

    test('Spark takes views and reports for nothing', async () => {
      for (const name of ['objects', 'report_photos'])
        await expect(runOnSpark(spark, `select * from ${onSpark(name)}`)).rejects.toThrow('TABLE_OR_VIEW_NOT_FOUND')
    })

    if (authority === 'files')
      test('what Spark commits to a follower is not overwritten, unless it is told to', async () => {
        const name = onSpark('snapshots_v1')
        await runOnSpark(spark, `insert into ${name} select * from ${name} limit 1`)
        const before = await place.glue.findTable(place.database, 'snapshots_v1')
        const refused = await place.run(['publish'])
        expect([refused.code, refused.stderr]).toEqual([
          ...[4, expect.stringContaining('another has committed to it by Glue')],
        ])
        expect(await place.glue.findTable(place.database, 'snapshots_v1')).toEqual(before)
        await place.done('publish', '--replace')
        await expectSameReads(['snapshots_v1'], published)
      })

    const listTables = async (): Promise<string[]> => {
      const names: string[] = []
      for await (const name of published.catalog.list()) names.push(name)
      return names.sort()
    }

    const onSpark = (table: string, sparkCatalog = CATALOG): string =>
      sparkName(`${place.database}.${table}`, { sparkCatalog })

    async function appendHere(who: string, count: number): Promise<void> {
      const effects = { catalog: openCatalog(place, authority), engine, now: () => new Date() }
      for (const each of named(who, count))
        await appendRows(RACED, `select '${each}' as who, timestamp '2026-01-20 01:00:00' as at`, each, effects)
    }

    /** Spark tries a few times itself, and then says that it lost. */
    async function appendBySpark(who: string, count: number): Promise<void> {
      for (const each of named(who, count)) {
        const values = `('${each}', timestamp_ntz '2026-01-20 01:00:00')`
        const insert = () => runOnSpark(spark, `insert into ${onSpark(RACED.name)} values ${values}`)
        while (!(await insert().then(() => true, isLost)));
      }
    }
  },
)

const isLost = (error: unknown): false => {
  if (/commit/i.test(String(error))) return false
  throw error
}

const named = (who: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${who}${i}`)

const openCatalog = ({ store, glue, database }: PublishPlace, authority: 'files' | 'glue') => {
  const effects = { now: () => new Date() }
  return authority === 'files' ? filesCatalog(store, effects) : glueCatalog(store, glue, { database }, effects)
}

async function keepInGlue(place: PublishPlace): Promise<void> {
  const text = await readFile(join(place.folder, 'stocktake.yaml'), 'utf8')
  await place.configure(text.replace(/^publish: .*$/m, `catalog: { type: glue, database: ${place.database} }`))
  await place.done('init')
}

/** A snapshot with more columns, which then is replaced by another report's; gaps, collections, sales. */
async function fill(place: PublishPlace): Promise<void> {
  const more = { fields: WHOLE_FIELDS, filesCount: 3 }
  await place.putReport(SECOND_TIME, [...SECOND_ROWS, ...ODD_ROWS], more)
  await place.done('import', 'photos')
  await place.putReport(SECOND_TIME, [...SECOND_ROWS, ...MORE_ROWS], more)
  await place.done('import', 'photos', '--at', SECOND, '--again')
  await place.done('collections', 'create', 'photos', '2025/', '2026/')
  await place.done('reconcile')
  await place.run(['tasks', 'run']) // whose gaps stay
  await place.done('tables', 'create', 'sales_history')
  await place.done('tables', 'load-sample', 'sales_history', '--rows', '1000', '--until', '2026-01-20')
}
