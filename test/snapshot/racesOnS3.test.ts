import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { TableSpec } from '../../src/iceberg/catalog.js'
import { planFiles } from '../../src/iceberg/plan.js'
import { selectTable } from '../../src/snapshot/lakeTables.js'
import { FOLDERS, OBJECTS, SNAPSHOTS } from '../../src/snapshot/tables.js'
import { describeWithOracles, runPython } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import type { S3Service } from '../services/s3Service.js'
import { closeTestLake, connectorOf, FIRST, importInto, LEAST_LIMITS, receiptsOf } from './importing.js'
import { type LakeOnS3, openLakeOnS3, transportOf } from './lakeOnS3.js'
import { putCsv } from './reports.js'

const RACERS = 20
const ROWS = 500
const FOLDERS_OF_ROWS = 2 // the root, and the one that holds them

const nameOf = (i: number): string => `connector-${String(i).padStart(2, '0')}`

describeWithOracles('importers that race on one lake on S3', () => {
  let service: S3Service
  let racers: LakeOnS3[] = []
  beforeAll(async () => {
    service = await startMiniStack()
  })
  afterAll(() => service?.stop())
  afterEach(async () => {
    for (const racer of racers) await closeTestLake(racer)
  })

  /** Each with an engine and a work folder of its own, as processes on as many machines have; one report for them all. */
  async function openRacers(count: number): Promise<LakeOnS3> {
    const first = await openLakeOnS3(service)
    racers = [first]
    const rows = Array.from({ length: ROWS }, (_, i) => ({ key: `a/${i}`, size: i, eTag: `${i}`, lastModified: FIRST }))
    await putCsv(first.reports, FIRST, rows)
    while (racers.length < count) racers.push(await openLakeOnS3(service, { buckets: first.buckets }))
    return first
  }

  async function race(connector: (i: number) => string): Promise<string[]> {
    const importing = racers.map((racer, i) =>
      importInto(racer, {
        connector: connectorOf({}, {}, connector(i)),
        transport: transportOf(i % 2 === 0 ? 'staged' : 'httpfs'),
        limits: LEAST_LIMITS,
      }),
    )
    return (await Promise.all(importing)).flat().map(({ kind }) => kind)
  }

  async function countWithPyiceberg(lake: LakeOnS3, spec: TableSpec, group: string, distinct: string) {
    const table = await lake.catalog.load(spec.name)
    if (!table) throw new Error(`no table ${spec.name}`)
    const { accessKeyId, secretAccessKey } = service.credentials
    const url = lake.store.locate(table.metadataKey)
    const args = [service.endpoint, accessKeyId, secretAccessKey, url, group, distinct]
    return JSON.parse(await runPython(join(import.meta.dirname, 'count_s3_table.py'), args))
  }

  test(`${RACERS} of as many connectors all count, each with all of its rows, for other readers, too`, async () => {
    const lake = await openRacers(RACERS)
    expect(await race(nameOf)).toEqual(Array(RACERS).fill('imported'))
    const receipts = await receiptsOf(lake)
    const names = racers.map((_, i) => nameOf(i))
    expect(receipts.map(({ connector }) => connector).sort()).toEqual(names)
    expect(new Set(receipts.map(({ import_id }) => import_id)).size).toBe(RACERS)

    const counted = (rows: number) => names.map(group => ({ group, rows, distinct: rows }))
    const objects = await selectTable(lake.catalog, OBJECTS, [])
    expect(
      await lake.engine.rows(`select connector as "group", count(*)::integer as rows,
        count(distinct key)::integer as distinct from (${objects}) group by 1 order by 1`),
    ).toEqual(counted(ROWS))
    expect(await countWithPyiceberg(lake, OBJECTS, 'connector', 'key')).toEqual(counted(ROWS))
    expect(await countWithPyiceberg(lake, FOLDERS, 'connector', 'path')).toEqual(counted(FOLDERS_OF_ROWS))
    expect(await countWithPyiceberg(lake, SNAPSHOTS, 'connector', 'import_id')).toEqual(counted(1))
    for (const { workRoot } of racers) expect(await readdir(workRoot)).toEqual([])
  })

  test('of four of one report one counts, and the others leave nothing of theirs', async () => {
    const lake = await openRacers(4)
    expect((await race(() => 'photos')).sort()).toEqual(['imported', 'unchanged', 'unchanged', 'unchanged'])
    const receipts = await receiptsOf(lake)
    expect(receipts).toMatchObject([{ connector: 'photos', row_count: BigInt(ROWS) }])
    for (const spec of [OBJECTS, FOLDERS]) {
      const table = await lake.catalog.load(spec.name)
      const files = table ? await planFiles(table, []) : []
      expect(files.map(({ partition }) => partition.import_id)).toEqual([receipts[0]?.import_id])
    }
  })
})
