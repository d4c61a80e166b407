import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/config.js'
import { CallerUnknownError } from '../../src/lake/callerIdentity.js'
import { createLake } from '../../src/lake/lake.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { S3CredentialsError } from '../../src/lake/s3Errors.js'
import { checkCaller, judgeClock } from '../../src/setup/awsChecks.js'
import { type DoctorEffects, diagnose, type HttpfsSearch } from '../../src/setup/doctor.js'

const NOW = new Date('2026-01-22T01:00:00Z')

describe('httpfs', () => {
  async function httpfsRow(yaml: string, search: HttpfsSearch) {
    const text = `lake: ./lake\n${yaml}`
    const config = await loadConfig({}, { cwd: '/data', env: {}, readText: async () => text })
    const store = new MemoryStore()
    await createLake(store, NOW)
    const never = () => Promise.reject(new Error('not to be asked'))
    const effects: DoctorEffects = {
      openPlace: async () => store,
      openBucket: never,
      openConnection: never,
      credentials: never,
      askCaller: never,
      findHttpfs: async () => search,
      openGlue: never,
      now: () => NOW,
      randomName: () => 'x',
    }
    const options = { config, configName: 'stocktake.yaml', connectors: [], engineVersion: 'v1.5.5' }
    for await (const row of diagnose(options, effects)) if (row.check === 'httpfs') return row
    return undefined
  }

  const absent: HttpfsSearch = { kind: 'absent', reason: "no network to DuckDB's repository" }
  test.each<[string, HttpfsSearch, string, string]>([
    ['', { kind: 'loaded', from: 'installed' }, 'ok', 'loaded (installed)'],
    [
      '',
      absent,
      'warn',
      "can't be loaded here (no network to DuckDB's repository): reports are staged, `query --report` is not to be had",
    ],
    ['engine: { transport: httpfs }', absent, 'fail', "reports can't be read, as engine.transport is httpfs"],
  ])('%j, %j: %s', async (yaml, search, status, found) => {
    expect(await httpfsRow(yaml, search)).toEqual({
      status,
      check: 'httpfs',
      found: expect.stringContaining(found),
      fix: search.kind === 'loaded' ? null : 'put httpfs.duckdb_extension v1.5.5 in a folder and set engine.extensions',
    })
  })
})

describe('credentials', () => {
  const keys = { accessKeyId: 'AKIA', secretAccessKey: 'the-secret' }
  const caller = (arn: string) => async () => ({ account: '123456789012', arn })
  const role = caller('arn:aws:sts::123456789012:assumed-role/stocktake-reader/jo')
  const inMinutes = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000)

  test.each<[string, object, () => ReturnType<typeof role>, string | undefined, string, string]>([
    [
      'a role of a profile',
      { expiration: inMinutes(58) },
      role,
      'lake',
      'ok',
      'role/stocktake-reader of account 123456789012 by profile lake, valid 58 min',
    ],
    [
      'a user',
      {},
      caller('arn:aws:iam::123456789012:user/team/jo'),
      undefined,
      'ok',
      'user/team/jo of account 123456789012',
    ],
    [
      'some that soon expire',
      { expiration: inMinutes(3) },
      role,
      undefined,
      'warn',
      'role/stocktake-reader of account 123456789012, valid 3 min',
    ],
    [
      'some that have expired',
      { expiration: inMinutes(-3) },
      role,
      undefined,
      'fail',
      'role/stocktake-reader of account 123456789012, expired',
    ],
    [
      'some of a server without STS',
      {},
      async () => {
        throw new CallerUnknownError({ subject: 'http://localhost', got: 'no answer of STS' })
      },
      undefined,
      'ok',
      "found; whose they are isn't known (http://localhost: no answer of STS)",
    ],
    [
      'some that AWS does not take',
      {},
      async () => {
        throw new S3CredentialsError({ subject: 'STS', got: 'ExpiredToken', fix: 'new ones' })
      },
      undefined,
      'fail',
      'STS: ExpiredToken',
    ],
  ])('%s', async (_, more, ask, profile, status, found) => {
    const check = await checkCaller({ ...keys, ...more }, ask, { pathStyle: false, ...(profile && { profile }) }, NOW)
    expect(check).toMatchObject({ status, found })
    expect(JSON.stringify(check)).not.toContain('the-secret')
  })
})

describe('clock', () => {
  const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000)
  test.each<[string, number, number, boolean, string]>([
    ['the same second', 0, 0, false, 'ok'],
    ['a slow answer', -90, 0, false, 'ok'], // made anywhere in between
    ['59 s ahead', 60, 60, false, 'ok'],
    ['behind', -61, -61, false, 'warn'],
    ['15 min behind', -900, -900, false, 'warn'],
    ['more than that', -901, -901, false, 'fail'],
    ['more than that ahead', 903, 903, false, 'fail'],
    ['refused', 0, 0, true, 'fail'],
  ])('%s', (_, sent, got, isRefused, status) =>
    expect(judgeClock({ at: NOW, sentAt: at(sent), gotAt: at(got), isRefused }).status).toBe(status),
  )

  test('no date', () => expect(judgeClock(undefined).status).toBe('warn'))
})
