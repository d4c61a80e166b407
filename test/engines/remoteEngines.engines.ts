import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { InterruptedError } from '../../src/errors.js'
import { openFilledPlace, type PublishPlace } from '../publish/publishPlace.js'
import type { AthenaDouble } from './athenaDouble.js'
import { startAthenaOnTrino } from './athenaOnTrino.js'
import { runOnTrino } from './trinoClient.js'
import { GLUE_CATALOG } from './trinoGlue.js'

const servers = inject('trinoGlue')

/** What commands give, whose time is not in it. */
const COMMANDS: readonly (readonly string[])[] = [
  ['query', 'select * from snapshots order by snapshot'],
  ['query', 'select * from objects_latest order by key, version_id'],
  ['query', 'select * from folders_latest order by path'],
  ['query', 'select * from changes_latest order by key'],
  [
    'query',
    'select kind, subject, first_seen from (select kind, key_prefix as subject, first_seen from gaps) order by 1, 2',
  ],
  ['query', 'select collection, key, size, last_modified from file_info order by 1, 2'],
  ['report', 'classes'],
  ['report', 'largest', 'photos', '--param', 'top=3'],
  ['report', 'growth'],
  ['report', 'versions'],
  ['diff', 'photos'],
  ['diff', 'photos', '--by', 'folder', '--depth', '2'],
  ['diff', 'photos', '--summary'],
  ['diff', 'photos', '--moves'],
  ['diff', 'photos', '2026-01-20', '2026-01-19'],
  ['diff', 'photos', '--prefix', '2025/', '--summary'],
  ['diff', 'photos@2026-01-19', 'photos@2026-01-20'],
]

describe.skipIf(!servers)('engines elsewhere', () => {
  let place: PublishPlace
  let athena: AthenaDouble
  const env = () => ({ AWS_ENDPOINT_URL_ATHENA: athena.endpoint, AWS_REGION: 'us-east-1' })
  const run = (args: readonly string[], signal?: AbortSignal) =>
    place.run(args, { env: env(), ...(signal && { signal }) })

  beforeAll(async () => {
    if (!servers) return
    const { credentials } = servers.glue
    vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey)
    athena = await startAthenaOnTrino(servers.trino)
    place = await openFilledPlace(servers.glue, `trino: { server: '${servers.trino}', catalog: ${GLUE_CATALOG} }\n`)
    await place.done('publish')
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await athena?.stop()
    await place?.remove()
  })

  describe.each(['trino', 'athena'])('%s', engine => {
    test.each(COMMANDS.map(args => [args.join(' '), args] as const))('%s', async (_, args) => {
      const [here, there] = [
        await run([...args, '--format', 'json']),
        await run([...args, '--format', 'json', '--engine', engine]),
      ]
      expect(JSON.parse(there.stdout)).toEqual(JSON.parse(here.stdout))
      expect(JSON.parse(here.stdout)).not.toEqual(/--moves|--prefix/.test(_) ? undefined : [])
      expect(there).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(new RegExp(`${engine}: .* scanned, .*; .*quer`)),
      })
    })

    test('what people see is the same, but for what was scanned', async () => {
      for (const args of [
        ['report', 'classes', 'photos'],
        ['diff', 'photos', '--by', 'folder'],
      ]) {
        const [here, there] = [await run(args), await run([...args, '--engine', engine])]
        expect(there.stdout).toBe(here.stdout)
        expect(there.stderr.split('\n').filter(line => !/ scanned, /.test(line))).toEqual(here.stderr.split('\n'))
      }
    })

    test('awkward values', async () => {
      const sql = `select bigint '9223372036854775807' as most, bigint '-9223372036854775808' as least,
        decimal '123456789012345678901234567890123456.78' as wide, decimal '1.50' as price, nan() as nan,
        timestamp '1969-12-31 23:59:59.999999' as before, date '2026-01-20' as day, '😀 ''"\\ ü' as text,
        cast(null as varchar) as nothing, '' as empty, X'00ff' as bytes, true as yes`
      expect(await place.rows(['query', sql, '--engine', engine], { env: env() })).toEqual([
        {
          ...{ most: expect.anything(), least: expect.anything(), price: 1.5, nan: null, yes: true },
          wide: expect.anything(),
          ...{ before: '1969-12-31T23:59:59.999Z', day: '2026-01-20', text: '😀 \'"\\ ü' },
          ...{ nothing: null, empty: '', bytes: '00ff' },
        },
      ])
      const { stdout } = await run(['query', sql, '--engine', engine, '--format', 'json'])
      expect(stdout).toContain('"most":9223372036854775807,"least":-9223372036854775808')
      expect(stdout).toContain('123456789012345678901234567890123456.78')
    })

    test('a Parquet file has what the query gave, to the microsecond', async () => {
      const file = join(place.folder, `${engine}.parquet`)
      const sql = "select key, size, timestamp '2026-01-20 01:00:00.123456' as t from objects_latest order by key desc"
      expect(await run(['query', sql, '--engine', engine, '--output', file])).toMatchObject({ code: 0 })
      const read = `select count(*) as n, max(size) as size, cast(max(t) as varchar) as t, first(key) as first from '${file}'`
      const here = await place.rows([
        'query',
        'select count(*) as n, max(size) as size, max(key) as first from objects_latest',
      ])
      expect(await place.rows(['query', read])).toEqual([{ ...here[0], t: '2026-01-20 01:00:00.123456' }])
    })

    test('a mistake is told with its place in what was typed', async () => {
      expect(await run(['query', 'select key,\n siz\nfrom objects;', '--engine', engine])).toEqual({
        ...{ code: 1, stdout: '' },
        stderr:
          "stocktake: query: COLUMN_NOT_FOUND: line 2:2: Column 'siz' cannot be resolved\n  LINE 2:  siz\n           ^\n",
      })
      const { stderr } = await run(['query', 'select * from audit', '--engine', engine])
      expect(stderr).toMatch(/Table '.*audit' does not exist; the view audit is for DuckDB only/)
    })

    test("a person's own report, and its mistakes", async () => {
      const file = join(place.folder, 'reports', 'own.sql')
      await mkdir(join(place.folder, 'reports'), { recursive: true })
      await writeFile(
        file,
        '-- params: $least BIGINT\n-- defaults: $least 2000000\n\nselect key from objects_latest\nwhere size >= $least\norder by key\n',
      )
      const here = await place.rows(['report', 'own'])
      expect(here.length).toBeGreaterThan(0)
      expect(await place.rows(['report', 'own', '--engine', engine], { env: env() })).toEqual(here)
      await writeFile(file, (await readFile(file, 'utf8')).replace('where size', 'where siz'))
      expect((await run(['report', 'own', '--engine', engine])).stderr).toContain(
        "own.sql:5: COLUMN_NOT_FOUND: line 5:7: Column 'siz'",
      )
    })

    test('--sql is what it would run', async () => {
      const { stdout } = await run(['report', 'classes', 'photos', '--engine', engine, '--sql'])
      expect(stdout).toContain("varchar 'photos'")
      expect(await place.rows(['query', stdout, '--engine', engine], { env: env() })).toEqual(
        await place.rows(['report', 'classes', 'photos']),
      )
    })

    // Trino looks once a second: the query has to go on after its first bytes.
    test('more than --max-scan is ended', async () => {
      const { code, stderr } = await run([
        'query',
        'select sum(size + a + b) from objects, unnest(sequence(1, 10000)) a (a), unnest(sequence(1, 10000)) b (b)',
        '--engine',
        engine,
        '--max-scan',
        '1kB',
      ])
      expect(code).toBe(1)
      expect(stderr).toMatch(engine === 'trino' ? /EXCEEDED_SCAN_LIMIT/ : /no more than 1.0 kB to be scanned/)
    })

    test('Ctrl-C ends it there too', async () => {
      const stopper = new AbortController()
      const mark = `${engine}_${Date.now()}`
      const sql = `select count(*) as ${mark} from unnest(sequence(1, 10000)) a, unnest(sequence(1, 10000)) b, unnest(sequence(1, 10000)) c`
      const running = run(['query', sql, '--engine', engine], stopper.signal)
      await vi.waitFor(async () => expect((await statesOf(mark))[0]).toBe('RUNNING'), {
        timeout: 20_000,
        interval: 200,
      })
      stopper.abort(new InterruptedError({ subject: 'interrupted' }))
      expect(await running).toMatchObject({ code: 130, stdout: '' })
      await vi.waitFor(async () => expect(await statesOf(mark)).toEqual(['FAILED']), { timeout: 10_000, interval: 200 })
    })

    test('reconcile finds what DuckDB finds', async () => {
      const args = ['reconcile', '--dry-run', '--format', 'json']
      const known = ({ run_id: _, run_at: __, first_seen: ___, ...gap }: Record<string, unknown>) => gap
      const here = JSON.parse((await run(args)).stdout).map(known)
      const there = JSON.parse((await run([...args, '--engine', engine])).stdout).map(known)
      expect(there).toEqual(here)
      expect(here.length).toBeGreaterThan(0)
    })
  })

  const statesOf = async (mark: string): Promise<unknown[]> => {
    const sql = `select state from system.runtime.queries where query like '%as ${mark} from%' and query not like '%runtime%'`
    return (await runOnTrino(servers?.trino ?? '', sql)).rows.map(([state]) => state)
  }

  test('what is not published yet is not taken for missing', async () => {
    await place.putReport('2026-01-21T01:00Z', [])
    await place.done('import', 'photos')
    const { code, stderr } = await run(['reconcile', '--dry-run', '--engine', 'trino'])
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringContaining('photos 2026-01-21T01-00Z: not published yet; run `stocktake publish`'),
    })
  })
})
