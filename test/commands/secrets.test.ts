import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { describeWithOracles, duckdbExtension } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore, type S3Service } from '../services/s3Service.js'
import { FIRST_ROWS, FIRST_TIME, openSmallPlace, SECOND_ROWS, SECOND_TIME, type SmallPlace } from './smallLake.js'

// MiniStack takes any credentials: these are easily found wherever they are written.
const SECRETS = { AWS_SECRET_ACCESS_KEY: "SESAM-secret-'quote", AWS_SESSION_TOKEN: 'SESAM-token-0815' }

describeWithOracles('credentials', () => {
  let service: S3Service
  let place: SmallPlace
  let bucket: string
  let temp: string
  const said: string[] = []
  beforeAll(async () => {
    service = await startMiniStack()
    bucket = await createBucket(service)
    temp = await mkdtemp(join(tmpdir(), 'stocktake-secrets-'))
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE')
    for (const [name, value] of Object.entries(SECRETS)) vi.stubEnv(name, value)
    place = await openSmallPlace()
    await configure('us-east-1', service.endpoint)
    await place.putReport(FIRST_TIME, FIRST_ROWS)
    await place.putReport(SECOND_TIME, [...SECOND_ROWS, '"photo-bucket","malformed'])
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await place?.remove()
    await rm(temp, { recursive: true, force: true })
    await service?.stop()
  })

  const configure = (region: string, endpoint: string) =>
    writeFile(
      join(place.folder, 'stocktake.yaml'),
      `lake: s3://${bucket}/lake
aws: { region: ${region}, endpoint: '${endpoint}', path_style: true }
engine: { extensions: ${dirname(duckdbExtension('httpfs'))}, temp: ${temp}, retries: 0 }
connectors:
  photos:
    source_bucket: ./photo-bucket
    inventory: { destination_bucket: ./reports, config_name: daily }
  remote:
    source_bucket: ${bucket}
    inventory: { destination_bucket: ${bucket}, config_name: daily }
    fallback_to_sample: false
`,
    )

  async function say(...args: string[]): Promise<void> {
    const { code, stdout, stderr } = await place.run(...args)
    said.push(`${args.join(' ')}: ${code}\n${stdout}\n${stderr}`)
  }

  test('are used, and in nothing that commands say', async () => {
    for (const verbose of [[], ['--verbose']])
      for (const args of [
        ['import', 'photos', '--all'],
        ['import', 'photos', '--again', '--format', 'json'],
        ['import', 'remote'],
        ['connectors', 'test', 'remote'],
        ['setup', 'remote', '--account', '123456789012'],
        ['doctor'],
        ['snapshots', '--format', 'json'],
        ['query', 'select * from snapshots'],
        ['query', 'from duckdb_secrets()'],
        ['query', 'from duckdb_secrets(redact = false)'],
        ['query', 'from duckdb_logs'],
        ['query', 'from duckdb_settings()'],
        ['query', "select current_setting('s3_secret_access_key')"],
        ['query', `from read_parquet('s3://${bucket}/none.parquet')`],
        ['query', '--report', 'remote', 'select 1'],
      ])
        await say(...args, ...verbose)
    await configure('us-east-1', 'http://127.0.0.1:9') // nobody is there
    for (const args of [['snapshots'], ['import', 'remote'], ['query', 'select 1']]) await say(...args, '--verbose')
    expect(said.join('\n')).toContain('imported photos')
    expect(said.join('\n').match(/.*SESAM.*/g)).toBeNull()
  })

  test('are in no object of the lake', async () => {
    const store = await openTestStore(service, { bucket })
    let objects = 0
    for await (const { key } of store.list('')) {
      objects++
      expect([key, unpack(await store.read(key)).includes('SESAM')]).toEqual([key, false])
    }
    expect(objects).toBeGreaterThan(10)
  })

  test('are in no file that was left behind', async () => {
    for (const folder of [temp, place.folder])
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
        if (entry.isFile()) {
          const path = join(entry.parentPath, entry.name)
          expect([path, unpack(await readFile(path)).includes('SESAM')]).toEqual([path, false])
        }
  })
})

/** Text that is searched: a gzip is unpacked first. */
const unpack = (bytes: Uint8Array): string =>
  Buffer.from(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('latin1')
