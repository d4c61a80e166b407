import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { writeReport } from '../../src/demo/writeReport.js'
import { InterruptedError } from '../../src/errors.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { describeWithOracles, duckdbExtension } from '../oracles/oracles.js'
import { type InventoryConfigStub, PLAIN_STUB, startInventoryConfigStub } from '../services/inventoryConfigStub.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore, type S3Service } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

let place: CommandFolder
beforeEach(async () => {
  place = await openCommandFolder()
})
afterEach(() => place.remove())

type Rows = Readonly<Record<string, { status: unknown; found: unknown; fix: unknown }>>

/** The last row of each check. */
async function doctor(args: readonly string[] = [], ahead = 0): Promise<Rows> {
  const rows = await place.rows(['doctor', ...args], { now: () => new Date(Date.now() + ahead) })
  return Object.fromEntries(rows.map(({ check, status, found, fix }) => [check, { status, found, fix }]))
}

const deliver = (store: ObjectStore, source: string, ageMs: number) =>
  writeReport(
    [{ key: 'a.jpg', size: 3n }],
    {
      sourceBucket: source,
      destinationBucket: 'reports',
      prefix: '',
      configName: 'daily',
      takenAt: new Date(Date.now() - ageMs),
      fields: ['bucket', 'key', 'size'],
      filesCount: 1,
    },
    store,
  )

// httpfs is a file of the tests' own environment: without it DuckDB would ask the network.
describeWithOracles('doctor', () => {
  let extensions: string
  beforeAll(() => {
    extensions = dirname(duckdbExtension('httpfs'))
  })
  const configure = (connectors: string, more = '') =>
    place.configure(`engine: { extensions: '${extensions}' }\n${more}\nconnectors:\n${connectors}`)

  describe('with folders only', () => {
    const SETTINGS = `
  photos:
    source_bucket: ./photos
    inventory: { destination_bucket: ./reports, config_name: daily }
    schedule: daily
`

    test('all is well, and S3 is not needed', async () => {
      await configure(SETTINGS)
      await place.run(['init'])
      await deliver(new FolderStore(join(place.folder, 'reports')), 'photos', 3 * HOUR)
      const { code, stdout, stderr } = await place.run(['doctor'])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout.replace(/\(\S+httpfs.duckdb_extension\)/, '(FILE)').replace(/report \S+,/, 'report TIME,')).toBe(
        [
          'ok    configuration   stocktake.yaml, 1 connector',
          'ok    lake            …/lake: reads, writes, and refuses a second create',
          'ok    httpfs          loaded (FILE)',
          `ok    photos          newest report TIME, 3 h old: CSV, 1 file, ${/\d+ B/.exec(stdout)?.[0]}\n`,
        ].join('\n'),
      )
      const state: string[] = []
      for await (const { key } of new FolderStore(join(place.folder, 'lake')).list('')) state.push(key)
      expect(state).toEqual(['lake.json'])
    })

    test('nothing is there yet', async () => {
      await configure(SETTINGS)
      const { code, stdout, stderr } = await place.run(['doctor'])
      expect([code, stderr]).toEqual([1, 'stocktake: doctor: 1 of 4 checks failed\n'])
      expect(stdout).toContain(
        'warn  lake            …/lake: no lake yet\n                      fix: `stocktake init` creates it\n',
      )
      expect(stdout).toContain('fail  photos          …/reports: no such folder\n')
      await mkdir(join(place.folder, 'reports'))
      expect((await doctor()).photos).toMatchObject({
        status: 'fail',
        fix: expect.stringContaining('copy reports there'),
      })
    })

    test('no configuration', async () => {
      const { code, stdout } = await place.run(['doctor'])
      expect(code).toBe(0)
      expect(stdout).toMatch(/^warn {2}configuration {3}no stocktake.yaml here or above$/m)
      expect(stdout).toMatch(/^warn {2}lake {12}nothing says where it is$/m)
    })

    test.each<[string, number, string, string | undefined]>([
      ['daily', 3 * HOUR, 'ok', undefined],
      ['daily', 40 * HOUR, 'warn', 'one was expected within 36 h'],
      ['daily', 4 * DAY, 'fail', 'one was expected within 36 h'],
      ['weekly', 7 * DAY, 'ok', undefined],
      ['weekly', 9 * DAY, 'warn', 'one was expected within 8 days'],
      ['weekly', 16 * DAY, 'fail', 'one was expected within 8 days'],
      ['inventory', 40 * HOUR, 'warn', 'one was expected within 36 h'],
      ['manual', 90 * DAY, 'ok', undefined],
    ])('schedule %s, newest report %i ms old: %s', async (schedule, ageMs, status, found) => {
      await configure(SETTINGS.replace('schedule: daily', `schedule: ${schedule}`))
      await deliver(new FolderStore(join(place.folder, 'reports')), 'photos', ageMs)
      expect((await doctor()).photos).toMatchObject({
        status,
        found: expect.stringContaining(found ?? 'newest report'),
      })
    })

    test('a connector that is only scanned', async () => {
      await configure('  a: { source_bucket: ./photos }\n  b: { source_bucket: ./photos, scan_mode: full }')
      expect((await doctor()).a).toMatchObject({ status: 'fail', found: expect.stringContaining('no such folder') })
      await mkdir(join(place.folder, 'photos'))
      expect(await doctor()).toMatchObject({ a: { status: 'warn' }, b: { status: 'ok' } })
    })

    test('one connector, or none of that name', async () => {
      await configure(`${SETTINGS}  other: { source_bucket: ./photos }\n`)
      expect(Object.keys(await doctor(['other']))).toEqual(['configuration', 'lake', 'httpfs', 'other'])
      expect((await place.run(['doctor', 'others'])).code).toBe(3)
    })
  })

  // No S3 server that runs here has inventory configurations: the calls about them are answered by a stub in front of it.
  describe('with S3, and a stub that answers for inventory configurations', () => {
    let service: S3Service
    let stub: InventoryConfigStub
    let [source, destination] = ['', '']

    beforeAll(async () => {
      service = await startMiniStack()
      stub = await startInventoryConfigStub(service.endpoint)
    })
    afterAll(async () => {
      await stub?.stop()
      await service?.stop()
    })
    beforeEach(async () => {
      stubCredentials(service)
      Object.assign(stub, PLAIN_STUB)
      source = await createBucket(service)
      destination = await createBucket(service)
      await configureS3()
    })
    afterEach(() => vi.unstubAllEnvs())

    const configureS3 = (lake = './lake') =>
      configure(
        `
  photos:
    source_bucket: ${source}
    inventory: { destination_bucket: ${destination}, config_name: daily }
    schedule: daily
`,
        `lake: ${lake}\naws: { region: us-east-1, endpoint: '${stub.endpoint}', path_style: true }`,
      )
    const setUp = async () => {
      const { code, stderr } = await place.run(['setup', 'photos', '--apply', '--yes', '--account', '123456789012'])
      expect(code, stderr).toBe(0)
    }
    const reports = () => openTestStore(service, { bucket: destination })
    const denyWhere = (pattern: RegExp, message?: string) => {
      stub.before = (method, path) =>
        pattern.test(`${method} ${path}`)
          ? { status: 403, code: 'AccessDenied', ...(message !== undefined && { message }) }
          : undefined
    }

    test('all is well', async () => {
      await setUp()
      await place.run(['init'])
      await deliver(await reports(), source, 3 * HOUR)
      expect(Object.entries(await doctor()).map(([check, { status }]) => `${status} ${check}`)).toEqual([
        'ok configuration',
        'ok credentials',
        'ok clock',
        'ok lake',
        'ok httpfs',
        'ok photos',
      ])
      const { credentials } = await doctor()
      expect(credentials?.found).toBe('root of account 000000000000') // as MiniStack names its caller
      expect(JSON.stringify(await doctor())).not.toContain(`"${service.credentials.secretAccessKey}"`)
    })

    test('no credentials: what is on S3 is left out, and that is said', async () => {
      vi.stubEnv('AWS_ACCESS_KEY_ID', '')
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', '')
      vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
      vi.stubEnv('AWS_CONFIG_FILE', '/nowhere')
      vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere')
      const rows = await doctor()
      expect(Object.keys(rows)).toEqual(['configuration', 'credentials', 'lake', 'httpfs'])
      expect(rows.credentials).toMatchObject({
        status: 'fail',
        found: expect.stringContaining('what is on S3 was not looked at'),
        fix: expect.stringContaining('aws sso login'),
      })
    })

    test.each<[string, number, string, string]>([
      ['right', 0, 'ok', "agrees with S3's"],
      ['five minutes ahead', 5 * MINUTE, 'warn', "5 min ahead of S3's"],
      ['five minutes behind', -5 * MINUTE, 'warn', "5 min behind S3's"],
      ['an hour ahead', HOUR, 'fail', "60 min ahead of S3's: requests are refused"],
    ])('a clock that is %s', async (_, ahead, status, found) =>
      expect((await doctor([], ahead)).clock).toMatchObject({ status, found: expect.stringContaining(found) }),
    )

    test('a clock whose signatures S3 refuses', async () => {
      stub.before = () => ({ status: 403, code: 'RequestTimeTooSkewed' })
      expect((await doctor()).clock).toMatchObject({
        status: 'fail',
        found: 'S3 refuses what is signed here: RequestTimeTooSkewed',
      })
    })

    test('an interrupt ends it, and is no finding', async () => {
      const stop = new AbortController()
      stub.before = () => {
        stop.abort(new InterruptedError({ subject: 'interrupted' }))
        return undefined
      }
      const { code, stdout } = await place.run(['doctor'], { signal: stop.signal })
      expect(code).toBe(130)
      expect(stdout).toBe('ok    configuration   stocktake.yaml, 1 connector\n')
    })

    describe('a connector', () => {
      test('whose inventory is not configured', async () => {
        expect((await doctor()).photos).toEqual({
          status: 'fail',
          found: `s3://${source} has no inventory configuration daily`,
          fix: 'stocktake setup photos --apply makes it',
        })
      })

      test('that waits for its first report', async () => {
        await setUp()
        const { code, stdout } = await place.run(['doctor'])
        expect(code).toBe(0)
        expect(stdout).toMatch(/^warn {2}photos {10}configured, and waiting for the first report: no dated folder in /m)
        expect(stdout).toContain('fix: it comes up to 48 hours after the set-up')
      })

      test('whose first report is on its way', async () => {
        await setUp()
        const store = await reports()
        await store.put(`${source}/daily/2026-01-20T01-00Z/other`, new Uint8Array())
        expect((await doctor()).photos?.found).toContain('2026-01-20T01-00Z without them')
      })

      test('whose configuration is gone or disabled, while its reports are still fresh', async () => {
        await deliver(await reports(), source, 3 * HOUR)
        expect((await doctor()).photos).toMatchObject({
          status: 'warn',
          found: expect.stringMatching(/3 h old.*has no inventory configuration daily: it is the last$/),
        })
      })

      test('whose reports stopped coming', async () => {
        await setUp()
        await deliver(await reports(), source, 5 * DAY)
        expect((await doctor()).photos).toMatchObject({
          status: 'fail',
          found: expect.stringMatching(/5 days old.*; one was expected within 36 h$/),
          fix: 'stocktake setup photos --verify shows whether S3 may deliver',
        })
      })

      test('whose reports may not be listed', async () => {
        denyWhere(new RegExp(`GET /${destination}/?\\?.*prefix=${source}`))
        expect((await doctor()).photos).toEqual({
          status: 'fail',
          found: `s3:ListBucket denied on arn:aws:s3:::${destination} (s3://${destination})`,
          fix: 'stocktake setup photos prints the policy that allows it',
        })
      })

      test('whose reports may not be read', async () => {
        await deliver(await reports(), source, 3 * HOUR)
        denyWhere(/manifest\.json/)
        expect((await doctor()).photos).toEqual({
          status: 'fail',
          found: expect.stringMatching(
            new RegExp(`^s3:GetObject denied on arn:aws:s3:::${destination}/${source}/daily/[^/]*/manifest.json `),
          ),
          fix: 'stocktake setup photos prints the policy that allows it',
        })
      })

      test('whose reports are encrypted with a key that may not be used', async () => {
        await deliver(await reports(), source, 3 * HOUR)
        const key = 'arn:aws:kms:us-east-1:123456789012:key/abc'
        denyWhere(
          /GET .*manifest\.json/,
          `User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt on resource: ${key} because no policy allows it`,
        )
        expect((await doctor()).photos).toEqual({
          status: 'fail',
          found: expect.stringContaining(`kms:Decrypt denied on ${key} (s3://`),
          fix: "allow kms:Decrypt on that key in the reader's IAM policy, and in the policy of the key itself",
        })
      })

      test('whose configuration may not be seen', async () => {
        denyWhere(/inventory/)
        const rows = await place.rows(['doctor'])
        const action = `s3:GetInventoryConfiguration denied on arn:aws:s3:::${source}`
        expect(rows.filter(({ check }) => check === 'photos')).toMatchObject([
          { status: 'warn', found: `whether an inventory is configured can't be seen: ${action}` },
          { status: 'fail', found: `no report in s3://${destination}/${source}/daily/: no dated folder` },
        ])
        await deliver(await reports(), source, 3 * HOUR)
        expect((await place.rows(['doctor'])).filter(({ check }) => check === 'photos')).toMatchObject([
          { status: 'ok' },
        ])
      })

      test('of buckets that are not there', async () => {
        source = 'no-such-source'
        destination = 'no-such-destination'
        await configureS3()
        const rows = (await place.rows(['doctor'])).filter(({ check }) => check === 'photos')
        expect(rows.map(({ found }) => found)).toEqual([
          expect.stringContaining('s3://no-such-source: expected a bucket'),
          expect.stringContaining('s3://no-such-destination: expected a bucket'),
        ])
      })
    })

    describe('a lake on S3', () => {
      let url: string
      beforeEach(async () => {
        url = `s3://${await createBucket(service)}/stocktake`
        await configureS3(url)
      })

      test('that is not there yet', async () =>
        expect((await doctor()).lake).toEqual({
          status: 'warn',
          found: `${url}: no lake yet`,
          fix: '`stocktake init` creates it',
        }))

      test('that is well is left as it was', async () => {
        await place.run(['init'])
        expect((await doctor()).lake).toEqual({
          status: 'ok',
          found: `${url}: reads, writes, and refuses a second create`,
          fix: null,
        })
        const keys: string[] = []
        const store = await openTestStore(service, { bucket: url.split('/')[2] ?? '' })
        for await (const { key } of store.list('')) keys.push(key)
        expect(keys).toEqual(['stocktake/lake.json'])
      })

      test('of a server that knows no conditions', async () => {
        await place.run(['init'])
        stub.ignoresConditions = true
        expect((await doctor()).lake).toMatchObject({
          status: 'fail',
          found: `${url}: does not refuse a second create: two imports at once could undo each other`,
        })
      })

      test.each<[string, RegExp, string]>([
        ['read', /GET .*lake\.json/, 's3:GetObject'],
        ['written', /PUT .*state\/doctor-/, "reads, but can't write: "],
        ['cleaned', /DELETE .*state\/doctor-/, 'reads and writes, but removes nothing'],
      ])('that may not be %s', async (_, pattern, found) => {
        await place.run(['init'])
        denyWhere(pattern)
        expect((await doctor()).lake).toMatchObject({ status: 'fail', found: expect.stringContaining(found) })
      })

      test('in a bucket that is not there', async () => {
        await configureS3('s3://no-such-bucket/lake')
        expect((await doctor()).lake).toMatchObject({
          status: 'fail',
          found: expect.stringContaining('no-such-bucket'),
        })
      })
    })
  })
})
