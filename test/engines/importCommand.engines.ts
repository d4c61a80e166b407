import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { PROGRAM } from '../commands/agentPlace.js'
import { type CommandFolder, openCommandFolder } from '../commands/commandFolder.js'
import { duckdbExtension } from '../oracles/oracles.js'
import { createBucket, openTestStore } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import { DESTINATION_BUCKET, FIRST, SECOND, SOURCE } from '../snapshot/importing.js'
import { putCsv } from '../snapshot/reports.js'
import { GLUE_CATALOG } from './trinoGlue.js'

const servers = inject('trinoGlue')

describe.skipIf(!servers)('import --engine trino', () => {
  let place: CommandFolder
  let bucket: string
  beforeAll(async () => {
    if (!servers) return
    const { glue, trino } = servers
    stubCredentials(glue)
    const reports = await createBucket(glue)
    bucket = await createBucket(glue)
    place = await openCommandFolder()
    await place.configure(`lake: s3://${bucket}/lake
catalog: { type: glue, database: '${bucket.replaceAll('-', '_')}' }
aws: { region: us-east-1, endpoint: '${glue.endpoint}', path_style: true }
engine: { extensions: ${dirname(duckdbExtension('httpfs'))} }
trino: { server: '${trino}', catalog: ${GLUE_CATALOG} }
connectors:
  photos:
    source_bucket: ${SOURCE.sourceBucket}
    inventory: { destination_bucket: ${reports}, prefix: ${SOURCE.prefix}, config_name: ${SOURCE.configName} }
`)
    const store = await openTestStore(glue, { bucket: reports })
    const rows = (n: number) =>
      Array.from({ length: n }, (_, i) => ({ key: `a/${i}.jpg`, size: i, lastModified: FIRST, eTag: `e${i}` }))
    await putCsv(store, FIRST, rows(20))
    await putCsv(store, SECOND, [...rows(30), 'no line'])
    expect(DESTINATION_BUCKET).not.toBe(reports) // the manifest names another, which nobody asks
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await place?.remove()
  })

  test('tells of the report, of the engine, and of the snapshot', async () => {
    const { code, stdout, stderr } = await place.run([
      'import',
      'photos',
      '--engine',
      'trino',
      '--at',
      '2026-01-13T01-00Z',
    ])
    expect([code, stderr.replaceAll(bucket, 'BUCKET').replace(/ at http\S+/, ''), stdout]).toEqual([
      0,
      expect.stringMatching(/photos {2}2026-01-13T01-00Z {2}CSV, 2 files, \d+ B\ntrino: 5 statements, .* scanned\n$/),
      expect.stringMatching(
        /^imported photos 2026-01-13T01-00Z into s3:.*\n {2}20 rows, 0 rejected .*\n {2}read 2 files, ETag verified, .*\n {2}.* on trino, .* memory\n$/,
      ),
    ])
  })

  test('gives receipts for programs; malformed rows are told', async () => {
    const { code, stdout, stderr } = await place.run(['import', 'photos', '--engine', 'trino', '--format', 'json'])
    expect(stderr).toMatch(/1 malformed row was left out\n.*csv\.gz: .*: it has too few values\n/)
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      [
        {
          engine: 'trino',
          row_count: 30,
          rejected_row_count: 1,
          new_count: 10,
          verified_by: 'manifest.checksum, size, etag',
        },
      ],
    ])
    const files = await place.rows(['files', 'photos', 'a/'])
    expect(files).toHaveLength(30)
    expect(await place.rows(['diff', 'photos', '--summary'])).toMatchObject([{ new_count: 10 }])
  })

  test('says that nothing is to be done, and asks the engine nothing', async () => {
    const { stdout, stderr } = await place.run(['import', 'photos', '--engine', 'trino'])
    expect(stdout).toContain('already imported: photos 2026-01-20T01-00Z')
    expect(stderr).toBe('')
  })

  test('is left to an agent with its engine', async () => {
    const [job] = await place.rows(['import', 'photos', '--engine', 'trino', '--queue'])
    expect(job).toMatchObject({ type: 'import', connector: 'photos', params: { engine: 'trino' } })
  })

  test('is done by an agent, in a process of its own', async () => {
    const [before] = await place.rows(['snapshots', 'photos'])
    await place.rows(['import', 'photos', '--engine', 'trino', '--again', '--queue'])
    const env = { PATH: process.env.PATH, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
    const { code, stderr } = await place.run(['agent', '--until', 'idle'], { program: PROGRAM, env })
    expect([code, stderr]).toEqual([0, expect.stringMatching(/succeeded {2}import photos {2}job_.*30 objects/)])
    const jobs = await place.rows(['jobs'])
    expect(jobs.map(({ state, params }) => [state, params]).sort()).toEqual([
      ['succeeded', { again: true, engine: 'trino' }],
      ['succeeded', { engine: 'trino' }],
    ])
    const [after] = await place.rows(['snapshots', 'photos'])
    expect(after).toMatchObject({ engine: 'trino', row_count: 30, snapshot: before?.snapshot })
    expect(after?.import_id).not.toBe(before?.import_id)
  })

  test('goes on after maintain has looked for what was left', async () => {
    const { code, stderr } = await place.run(['maintain', '--format', 'json'])
    expect([code, stderr]).toEqual([0, ''])
  })
})
