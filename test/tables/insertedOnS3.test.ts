import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { planFiles } from '../../src/iceberg/plan.js'
import { describeWithOracles, duckdbExtension } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore, type S3Service } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import { prepareRacers, RACED_IDS, RACERS, race, stocktake } from './insertRacers.js'
import { EFFECTS, loadSales } from './salesPlace.js'

describeWithOracles('processes that insert on S3 at once', () => {
  let service: S3Service
  let bucket: string
  let folder: string
  beforeAll(async () => {
    service = await startMiniStack()
    stubCredentials(service)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await service?.stop()
  })
  beforeEach(async () => {
    bucket = await createBucket(service)
    folder = await mkdtemp(join(tmpdir(), 'stocktake-racers-'))
    await prepareRacers(
      folder,
      `lake: s3://${bucket}/the lake
aws: { region: us-east-1, endpoint: '${service.endpoint}', path_style: true }
engine: { extensions: ${dirname(duckdbExtension('httpfs'))} }
`,
    )
    await stocktake(['init'], folder)
    await stocktake(['tables', 'create', 'sales'], folder)
    return () => rm(folder, { recursive: true, force: true })
  })

  /** The table's rows by its manifests, how many of its ids there are, and whether files are there that nobody refers to. */
  async function look() {
    const store = await openTestStore(service, { bucket, prefix: 'the lake' })
    const table = await loadSales(filesCatalog(store, EFFECTS))
    const files = await planFiles(table, [])
    const keys: string[] = []
    for await (const { key } of store.list('tables/')) if (key.endsWith('.parquet')) keys.push(key)
    return {
      rows: files.reduce((sum, { recordCount }) => sum + recordCount, 0),
      snapshots: table.metadata.snapshots.length,
      strayFiles: keys.length - files.length,
    }
  }

  test('every row is there, once', async () => {
    expect(await race(folder, racer => [`${racer}.jsonl`])).toEqual(Array(RACERS).fill('inserted'))
    expect(await look()).toEqual({ rows: RACED_IDS.length, snapshots: RACERS, strayFiles: 0 })
  })

  test('one batch is in once', async () => {
    const outcomes = await race(folder, () => ['0.jsonl', '--batch', 'monday'])
    expect(outcomes).toEqual(['inserted', ...Array(RACERS - 1).fill('unchanged')])
    expect(await look()).toEqual({ rows: RACED_IDS.length / RACERS, snapshots: 1, strayFiles: 0 })
  })
})
