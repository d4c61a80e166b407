import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'
import { isPlainUrl, loadHttpfs, logHttpRequests, openS3Access, takeHttpRequests } from '../../src/engine/httpfs.js'
import { describeWithOracles, duckdbExtension } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore } from '../services/s3Service.js'

let folder: string
let engine: DuckDB
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-httpfs-'))
  engine = await openDuckDB({ memoryBytes: 150_000_000, threads: 2, tempFolder: join(folder, 'spill') })
  // Nothing is installed there, and nobody answers there.
  await engine.set('extension_directory', join(folder, 'extensions'))
  await engine.set('custom_extension_repository', 'http://127.0.0.1:9')
})
afterEach(async () => {
  engine.close()
  await rm(folder, { recursive: true, force: true })
})

test.each([
  ['s3://bucket/a/b=c/2026-01-20/x y+z%20#1.parquet', true],
  ['s3://bucket/a?b', false], // an option of the URL
  ['s3://bucket/a*b', false],
  ['s3://bucket/a[b]', false],
  ['s3://bucket/a\\b', false], // escapes what follows in a pattern
])('%s is a plain URL: %s', (url, plain) => expect(isPlainUrl(url)).toBe(plain))

describe('httpfs that can not be had', () => {
  test('is told with every reason', async () => {
    const found = await loadHttpfs(engine, folder)
    expect(found).toEqual({ kind: 'absent', reason: expect.stringContaining(`no httpfs.duckdb_extension`) })
    expect(found).toEqual({ kind: 'absent', reason: expect.stringMatching(/; .*not be loaded|; .*not found.*; /is) })
  })
})

describeWithOracles('httpfs', () => {
  const extension = () => duckdbExtension('httpfs')

  test('is found in the folder that is named', async () => {
    expect(await loadHttpfs(engine, dirname(extension()))).toEqual({ kind: 'loaded', from: extension() })
  })

  test('reads what the credentials allow, asked for again before each statement; its requests are told', async () => {
    const service = await startMiniStack()
    try {
      const bucket = await createBucket(service)
      const store = await openTestStore(service, { bucket })
      await store.put('a b/ü.csv', Buffer.from('n\n1\n2\n'))
      await loadHttpfs(engine, dirname(extension()))
      let asked = 0
      const credentials = async () => ({ accessKeyId: `key${++asked}`, secretAccessKey: "it's\nsecret" })
      const access = { region: 'us-east-1', endpoint: service.endpoint, pathStyle: true, credentials }
      await openS3Access(engine, access, { retries: 1, timeoutMs: 5000 })
      await logHttpRequests(engine)
      expect(await engine.rows(`select sum(n)::int as sum from read_csv('s3://${bucket}/a b/ü.csv')`)).toEqual([
        { sum: 3 },
      ])
      const requests = await takeHttpRequests(engine)
      expect(new Set(requests.map(({ path }) => path))).toEqual(new Set([`/${bucket}/a b/ü.csv`]))
      expect(requests.filter(({ method }) => method === 'GET')).toEqual([
        {
          method: 'GET',
          path: `/${bucket}/a b/ü.csv`,
          status: 206,
          eTag: expect.stringMatching(/^[0-9a-f]{32}$/),
          bodyBytes: 6,
        },
      ])
      const fork = await engine.fork()
      const [secret] = await fork.rows('select secret_string as text from duckdb_secrets()')
      expect(secret?.text).toMatch(new RegExp(`key_id=key${asked};.*secret=redacted`))
      fork.close()
    } finally {
      await service.stop()
    }
  })

  test('keeps credentials that DuckDB does not take out of the error', async () => {
    await loadHttpfs(engine, dirname(extension()))
    const credentials = async () => ({ accessKeyId: 'id', secretAccessKey: 'SESAM\0OEFFNE' })
    const error = await openS3Access(
      engine,
      { region: 'r', pathStyle: false, credentials },
      { retries: 0, timeoutMs: 1000 },
    ).catch(error => error)
    if (error !== undefined) expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('SESAM')
  })
})
