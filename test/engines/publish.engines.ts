import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import type { ReportRow } from '../../src/demo/writeReport.js'
import type { DuckDB } from '../../src/engine/duckdb.js'
import { quoteIdentifier, quoteString } from '../../src/engine/sqlText.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { METADATA_LOCATION } from '../../src/iceberg/glueEntry.js'
import { packageFolder } from '../../src/packageFolder.js'
import { selectLoaded } from '../../src/snapshot/lakeTables.js'
import { registerViews, TABLE_VIEWS } from '../../src/snapshot/lakeViews.js'
import { FIELDS, FIRST_ROWS } from '../commands/smallLake.js'
import { duckdbExtension, duckdbProgram, runPython } from '../oracles/oracles.js'
import { openFilledPlace, type PublishPlace } from '../publish/publishPlace.js'
import { openEngineOnS3 } from '../snapshot/lakeOnS3.js'
import { readOnDuckDB, readOnTrino, sortRows } from './bothEngines.js'
import { runOnTrino } from './trinoClient.js'
import { GLUE_CATALOG } from './trinoGlue.js'

const servers = inject('trinoGlue')
const run = promisify(execFile)

/** The queries of docs/cookbook.md. */
const readCookbook = (): string[] =>
  [...readFileSync(join(packageFolder(), 'docs', 'cookbook.md'), 'utf8').matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(
    ([, sql = '']) => sql,
  )

const OLD = new Date('2024-05-06T07:08:09Z')

const COOKED_FIELDS = [
  ...FIELDS,
  ...['storage_class', 'encryption_status', 'replication_status', 'checksum_algorithm', 'bucket_key_status'],
  ...['intelligent_tiering_access_tier', 'object_lock_mode', 'object_lock_retain_until_date'],
]

/** Objects that each question of the cookbook finds something of. */
const COOKED_ROWS: readonly ReportRow[] = [
  ...FIRST_ROWS.map(row => ({ ...row, storageClass: 'STANDARD', encryptionStatus: 'SSE-S3', lastModified: OLD })),
  { ...{ key: 'copy.jpg', size: 2_000_000, eTag: 'e1' }, replicationStatus: 'FAILED', checksumAlgorithm: 'CRC32' },
  {
    ...{ key: 'tiered.jpg', size: 5, storageClass: 'INTELLIGENT_TIERING', intelligentTieringAccessTier: 'ARCHIVE' },
    ...{ objectLockMode: 'GOVERNANCE', objectLockRetainUntilDate: new Date('2026-03-01T00:00Z') },
    ...{ bucketKeyStatus: 'ENABLED', encryptionStatus: 'SSE-KMS', lastModified: new Date('2026-01-02T03:04:05Z') },
  },
]

describe.skipIf(!servers)('a published lake', () => {
  let place: PublishPlace
  let engine: DuckDB
  beforeAll(async () => {
    if (!servers) return
    const { credentials } = servers.glue
    vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey)
    place = await openFilledPlace(servers.glue)
    engine = await openEngineOnS3(place.folder, servers.glue, 3)
    await place.done('publish')
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    engine?.close()
    await place?.remove()
  })

  const catalog = () => filesCatalog(place.store, { now: () => new Date() })
  const named = (name: string, database = place.database) =>
    [GLUE_CATALOG, database, name].map(quoteIdentifier).join('.')
  const onTrino = (sql: string) => readOnTrino(sql, servers?.trino ?? '')

  describe.each(['at first', 'after another import'])('%s', when => {
    beforeAll(async () => {
      if (when === 'after another import') {
        await place.putReport('2026-01-21T01:37Z', COOKED_ROWS, { fields: COOKED_FIELDS }) // not on the hour
        await place.done('import', 'photos')
        await place.done('tables', 'load-sample', 'sales_history', '--rows', '1000', '--until', '2026-01-20', '--again')
        await place.done('publish')
      }
      await registerViews(TABLE_VIEWS, { catalog: catalog(), engine, store: place.store })
    })

    test.each(TABLE_VIEWS)('the view %s answers on Trino as on DuckDB', async name => {
      const expected = await readOnDuckDB(`select * from ${name}`, {}, engine)
      const found = await onTrino(`select * from ${named(name)}`)
      expect(found.columns).toEqual(expected.columns)
      expect(sortRows(found)).toEqual(sortRows(expected))
      expect(expected.rows.length).toBeGreaterThan(0)
    })

    test('each table is read alike by Trino, pyiceberg and the iceberg extension of DuckDB', async () => {
      const names: string[] = []
      for await (const name of catalog().list()) names.push(name)
      expect(names).toContain(`${place.salesDatabase}.sales_history`)
      const inGlue = names.map(name => (name.includes('.') ? name : `${place.database}.${name}`))
      await writeByPyiceberg(inGlue)
      await writeByDuckDB(inGlue)
      for (const [i, tableName] of names.entries()) {
        const table = await catalog().load(tableName)
        if (!table) throw new Error(tableName)
        const expected = await summarize(await selectLoaded(table, []))
        for (const reader of ['pyiceberg', 'duckdb']) {
          const path = join(place.folder, `${reader} ${inGlue[i]}.parquet`)
          expect([reader, tableName, await summarize(`select * from ${quoteString(path)}`)]).toEqual([
            ...[reader, tableName, expected],
          ])
        }
        const [database, name = ''] = (inGlue[i] ?? '').split('.')
        const { rows } = await onTrino(`select count(*) from ${named(name, database)}`)
        expect([tableName, rows]).toEqual([tableName, [[String(expected?.rows)]]])
      }
    })
  })

  /** Equal for the same columns and rows, in any order. */
  async function summarize(select: string) {
    const [summary] = await engine.rows(`select count(*) as rows, bit_xor(hash(columns(*))) from (${select})`)
    return summary
  }

  const writeByPyiceberg = (names: readonly string[]) =>
    runPython('glue_rows.py', ['read', place.service.endpoint, place.folder, ...names])

  async function writeByDuckDB(names: readonly string[]): Promise<void> {
    const { accessKeyId, secretAccessKey } = place.service.credentials
    const secret = [
      'type s3',
      `key_id ${quoteString(accessKeyId)}`,
      `secret ${quoteString(secretAccessKey)}`,
      `endpoint ${quoteString(new URL(place.service.endpoint).host)}`,
      "url_style 'path'",
      'use_ssl false',
      "region 'us-east-1'",
    ]
    const copies: string[] = []
    for (const tableName of names) {
      const [database = '', name = ''] = tableName.split('.')
      const location = (await place.glue.findTable(database, name))?.parameters[METADATA_LOCATION] ?? ''
      const path = quoteString(join(place.folder, `duckdb ${tableName}.parquet`))
      copies.push(`copy (select * from iceberg_scan(${quoteString(location)})) to ${path} (format parquet)`)
    }
    const loads = (['httpfs', 'avro', 'iceberg'] as const).map(each => `load ${quoteString(duckdbExtension(each))}`)
    const statements = [...loads, `create secret (${secret.join(', ')})`, ...copies]
    await run(duckdbProgram(), ['-c', `${statements.join(';\n')};`])
  }

  /** Sums are of another type in DuckDB. */
  async function withoutHugeIntegers(sql: string): Promise<string> {
    const columns = (await engine.rows(`describe ${sql}`)).map(({ column_name, column_type }) => {
      const name = quoteIdentifier(String(column_name))
      return column_type === 'HUGEINT' ? `cast(${name} as bigint) as ${name}` : name
    })
    return `select ${columns.join(', ')} from (${sql})`
  }

  test.each(readCookbook())('the cookbook asks, alike on both: %s', async sql => {
    const expected = await readOnDuckDB(await withoutHugeIntegers(sql), {}, engine)
    const views = new RegExp(`\\b(from) (${TABLE_VIEWS.join('|')})\\b`, 'g')
    const found = await onTrino(sql.replaceAll(views, (_, from, name) => `${from} ${named(name)}`))
    expect(sortRows(found)).toEqual(sortRows(expected))
    expect(found.rows.length).toBeGreaterThan(0)
  })

  test('reports are a table, also those that were made off the hour', async () => {
    const { rows } = await onTrino(
      `select url_decode(key) from ${named('report_photos')} where dt = '2026-01-21-01-37' order by 1`,
    )
    expect(rows.flat()).toEqual(COOKED_ROWS.map(({ key }) => key).sort())
    const { rows: days } = await onTrino(
      `select dt, count(*) from ${named('report_photos')} where dt between '2026-01-21-00-00' and '2026-01-21-23-59' group by 1`,
    )
    expect(days).toEqual([['2026-01-21-01-37', String(COOKED_ROWS.length)]])
  })

  test('says what tables and columns are', async () => {
    const comments = await runOnTrino(servers?.trino ?? '', `show columns from ${named('objects_latest')}`)
    expect(comments.rows.find(([name]) => name === 'sample_rate')?.[3]).toMatch(/^share of the keys/)
    const { rows } = await onTrino(`show create view ${named('gaps')}`)
    expect(rows.flat().join()).toContain("COMMENT 'one row per gap that a run ever found")
  })

  test.each(['pyiceberg', 'Trino'])(
    'what %s commits to a follower is not overwritten, unless it is told to',
    async by => {
      if (by === 'pyiceberg')
        await runPython('glue_rows.py', [
          'append',
          place.service.endpoint,
          place.folder,
          `${place.database}.snapshots_v1`,
        ])
      else await runOnTrino(servers?.trino ?? '', `delete from ${named('snapshots_v1')} where row_count = 6`)
      const before = await place.glue.findTable(place.database, 'snapshots_v1')
      const refused = await place.run(['publish'])
      expect([refused.code, refused.stderr]).toEqual([
        4,
        expect.stringContaining('another has committed to it by Glue'),
      ])
      expect(await place.glue.findTable(place.database, 'snapshots_v1')).toEqual(before)
      expect((await place.run(['publish', '--replace'])).code).toBe(0)
      const expected = await readOnDuckDB('select * from snapshots', {}, engine)
      expect(sortRows(await onTrino(`select * from ${named('snapshots')}`))).toEqual(sortRows(expected))
    },
  )
})
