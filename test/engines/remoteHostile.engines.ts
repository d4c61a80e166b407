import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import type { RemoteEngine } from '../../src/engine/remoteEngine.js'
import { openTrino } from '../../src/engine/trinoEngine.js'
import { glueCatalog } from '../../src/iceberg/glueCatalog.js'
import { sweepElsewhere } from '../../src/jobs/maintainState.js'
import { MAINTAIN_LIMITS } from '../../src/jobs/maintainStep.js'
import { openGlue } from '../../src/lake/openGlue.js'
import { resortImports } from '../../src/snapshot/resortImports.js'
import { IMPORT_TABLES } from '../../src/snapshot/tables.js'
import { PROGRAM, until } from '../commands/agentPlace.js'
import { openCommandFolder } from '../commands/commandFolder.js'
import { duckdbExtension } from '../oracles/oracles.js'
import { type FaultProxy, startFaultProxy } from '../services/faultProxy.js'
import { awsOf, quickEffects } from '../services/s3Service.js'
import {
  closeTestLake,
  connectorOf,
  FIRST,
  importInto,
  openTestLake,
  readTable,
  SECOND,
  SOURCE,
  type TestLake,
} from '../snapshot/importing.js'
import { csvReport, putCsv, putReport, VERSION_FIELDS } from '../snapshot/reports.js'
import { type GlueLake, openGlueLake } from './glueLake.js'
import { importRemotely, readLake, watchRemote } from './remoteImporting.js'
import { runOnTrino } from './trinoClient.js'
import { GLUE_CATALOG } from './trinoGlue.js'

const servers = inject('trinoGlue')

describe.skipIf(!servers)('an import by Trino', () => {
  let here: TestLake
  let there: GlueLake
  let remote: RemoteEngine
  let proxy: FaultProxy | undefined
  beforeEach(async () => {
    if (!servers) return
    here = await openTestLake()
    there = await openGlueLake(servers.glue)
    remote = openAt(servers.trino)
  })
  afterEach(async () => {
    await remote.close()
    await proxy?.stop()
    await Promise.all([closeTestLake(here), closeTestLake(there)])
  })

  const openAt = (server: string) =>
    openTrino(
      { address: { server, user: 'tester' }, catalog: GLUE_CATALOG },
      { ...quickEffects({ accessKeyId: 'test', secretAccessKey: 'test' }), retries: 2 },
    )

  const rows = (n: number) =>
    Array.from({ length: n }, (_, i) => ({ key: `a/${i}.jpg`, size: i, lastModified: FIRST, eTag: `e${i}` }))

  /** What an import leaves behind that isn't of its tables. */
  async function listLeft(): Promise<string[]> {
    const left: string[] = []
    for await (const { name } of there.glue.listTables(there.database)) if (!name.endsWith('_v1')) left.push(name)
    for await (const { key } of there.store.list('work/')) left.push(key)
    return left
  }

  test.each([
    ['a blank', 'a b+c.csv.gz'],
    ['a quote', `it's "x"; drop table objects_v1; --.csv.gz`],
    ['other letters', 'ü€📷 日本.csv.gz'],
    ['what URLs escape', 'a%41%2F?b=c&d#e.csv.gz'],
    ['braces and stars', '{a,b}*[c]$x.csv.gz'],
    ['a backslash', 'a\\b.csv.gz'],
  ])('reads a data file whose name has %s as DuckDB does', async (_, name) => {
    const report = csvReport(FIRST, VERSION_FIELDS, [LINE])
    const files = report.files.map(file => ({ ...file, name }))
    await putReport(there.reports, { ...report, files })
    await importInto(here, { reports: there.reports })
    const outcome = await importRemotely(there, remote).catch(error => error)
    expect(String(outcome instanceof Error ? outcome.message : 'read')).toBe('read')
    expect(await readLake(there)).toEqual(await readLake(here))
  })

  test('of rows that are malformed, all of them, makes an empty snapshot where that is allowed', async () => {
    await putReport(there.reports, csvReport(FIRST, VERSION_FIELDS, ['one', 'two']))
    const connector = connectorOf({}, { max_rejected: '100%' })
    await importInto(here, { reports: there.reports, connector })
    expect(await importRemotely(there, remote, { connector })).toMatchObject([
      { kind: 'imported', receipt: { row_count: 0n, rejected_row_count: 2n } },
    ])
    expect(await readLake(there)).toEqual(await readLake(here))
  })

  test.each(['insert', 'with', 'select'])(
    'leaves the lake as it was where Trino is gone in the middle of: %s',
    async what => {
      if (!servers) return
      await putCsv(there.reports, FIRST, rows(20))
      await importRemotely(there, remote)
      const before = await readLake(there)
      await putCsv(there.reports, SECOND, rows(40))
      proxy = await startFaultProxy(servers.trino)
      const beyond = watchRemote(openAt(proxy.endpoint), {
        before: (_, sql) => {
          if (!sql.trimStart().startsWith(what)) return
          proxy?.spoil(({ path }) => (path === '/v1/statement' ? undefined : { kind: 'reset' }))
        },
      })
      await expect(importRemotely(there, beyond)).rejects.toThrow(/Trino at .*expected an answer/)
      await beyond.close()
      expect(await readLake(there)).toEqual(before)
      expect(await listLeft()).toEqual([])
      expect(await importRemotely(there, remote)).toMatchObject([{ kind: 'imported', receipt: { row_count: 40n } }])
    },
  )

  test('goes on where Glue is busy, and leaves the lake as it was where it stays busy', async () => {
    if (!servers) return
    const { glue: service } = servers
    await putCsv(there.reports, FIRST, rows(20))
    proxy = await startFaultProxy(service.endpoint)
    const effects = quickEffects(service.credentials)
    const glue = await openGlue({ aws: awsOf(proxy.endpoint), retries: 3 }, effects)
    const catalog = glueCatalog(there.store, glue, { database: there.database }, { now: () => new Date() })
    const busy = {
      ...{ kind: 'refuse' as const, status: 400, code: 'ThrottlingException' },
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: '{"__type":"ThrottlingException","Message":"Rate exceeded"}',
    }
    proxy.spoil((_, n) => (n % 3 === 0 ? busy : undefined))
    expect(await importRemotely(there, remote, { there: { glue, catalog } })).toMatchObject([{ kind: 'imported' }])
    const before = await readLake(there)
    await putCsv(there.reports, SECOND, rows(30))
    const stuck = watchRemote(remote, { after: n => void (n === 2 && proxy?.spoil(() => busy)) })
    await expect(importRemotely(there, stuck, { there: { glue, catalog } })).rejects.toThrow(/Rate exceeded|Throttling/)
    expect(await readLake(there)).toEqual(before)
    expect(await importRemotely(there, remote)).toMatchObject([{ kind: 'imported', receipt: { row_count: 30n } }])
  })

  test("leaves another lake's tables as they are, where the database is its", async () => {
    if (!servers) return
    await putCsv(there.reports, FIRST, rows(20))
    await importRemotely(there, remote)
    const before = await readLake(there)
    const other = await openGlueLake(servers.glue)
    try {
      await putCsv(other.reports, FIRST, rows(5))
      const catalog = glueCatalog(other.store, there.glue, { database: there.database }, { now: () => new Date() })
      const lost = importRemotely({ ...other, catalog, database: there.database }, remote)
      await expect(lost).rejects.toThrow(/expected one with all its files in s3:/)
      expect(await readLake(there)).toEqual(before)
      expect(await listLeft()).toEqual([])
    } finally {
      await closeTestLake(other)
    }
  })

  test('that was killed leaves what maintain takes away', async () => {
    if (!servers) return
    const { glue, trino } = servers
    await putCsv(there.reports, FIRST, rows(20))
    await importRemotely(there, remote)
    const before = await readLake(there)
    await putCsv(there.reports, SECOND, rows(30))
    const slow = await startFaultProxy(trino) // it answers the first question, and then no more
    slow.spoil(({ path }) => (path === '/v1/statement' ? undefined : { kind: 'silence' }))
    const place = await openCommandFolder()
    try {
      await place.configure(`lake: ${there.store.url.replaceAll(' ', ' ')}
catalog: { type: glue, database: ${there.database} }
aws: { region: us-east-1, endpoint: '${glue.endpoint}', path_style: true }
engine: { extensions: ${dirname(duckdbExtension('httpfs'))}, memory: 100MB }
trino: { server: '${slow.endpoint}', catalog: ${GLUE_CATALOG} }
connectors:
  photos:
    source_bucket: ${SOURCE.sourceBucket}
    inventory: { destination_bucket: ${there.buckets.reports}, prefix: ${SOURCE.prefix}, config_name: ${SOURCE.configName} }
`)
      const [program, ...args] = PROGRAM
      const env = { PATH: process.env.PATH, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
      const child = spawn(program, [...args, 'import', 'photos', '--engine', 'trino'], { cwd: place.folder, env })
      await until(async () => slow.requests.some(({ path }) => path !== '/v1/statement'))
      child.kill('SIGKILL')
      expect(await listLeft()).toHaveLength(2) // the table, and the list of files
      expect(await readLake(there)).toEqual(before)
      for (const spec of IMPORT_TABLES)
        expect((await readTable(there, spec, 'true', 'distinct import_id')).length).toBeLessThan(2)

      const sweep = (graceMs: number) =>
        sweepElsewhere({
          ...there,
          ...{ glue: { glue: there.glue, database: there.database }, limits: { ...MAINTAIN_LIMITS, graceMs } },
          ...{ dryRun: false, storeTime: new Date(Date.now() + 10_000) },
        } as unknown as Parameters<typeof sweepElsewhere>[0])
      expect((await sweep(MAINTAIN_LIMITS.graceMs)).map(({ count }) => count)).toEqual([0, 0])
      expect((await sweep(0)).map(({ count }) => count)).toEqual([1, 1])
      expect(await listLeft()).toEqual([])
      expect(await importRemotely(there, remote)).toMatchObject([{ kind: 'imported', receipt: { row_count: 30n } }])
    } finally {
      await slow.stop()
      await place.remove()
    }
  })

  test('whose files overlap is sorted anew by maintain, and stays the same for every reader', async () => {
    if (!servers) return
    await putCsv(there.reports, FIRST, rows(5000))
    await importInto(here, { reports: there.reports })
    const halved: RemoteEngine = {
      ...remote,
      async run(sql, options) {
        if (!sql.startsWith('insert into "objects_v1"')) return remote.run(sql, options)
        await remote.run(`${sql} where size % 2 = 0`, options)
        return remote.run(`${sql} where size % 2 = 1`, options)
      },
    }
    await importRemotely(there, halved)
    const count = async () => {
      const name = `${GLUE_CATALOG}.${there.database}`
      const [files, seen] = [
        `select count(*) from ${name}."objects_v1$files"`,
        `select count(*), sum(size) from ${name}.objects_v1`,
      ]
      return [await runOnTrino(servers.trino, files), await runOnTrino(servers.trino, seen)].map(({ rows }) =>
        rows.flat(),
      )
    }
    const [before, seen] = await count()
    expect(Number(before?.[0])).toBeGreaterThan(1)
    const effects = { ...there, now: () => new Date(), signal: new AbortController().signal }
    expect(await resortImports({ dryRun: false }, effects)).toMatchObject({ imports: 1, filesAfter: 1 })
    expect(await count()).toEqual([['1'], seen])
    expect(await readLake(there)).toEqual(await readLake(here))
    expect(await resortImports({ dryRun: false }, effects)).toMatchObject({ imports: 0 })
  })

  test('writes row groups that a reader with little memory can unpack', async () => {
    if (!servers) return
    const long = rows(200_000).map((row, i) => ({ ...row, key: `${hashOf(i)}/${hashOf(-i)}`, eTag: hashOf(i) }))
    await putCsv(there.reports, FIRST, long)
    await importRemotely(there, remote)
    const { rows: found } = await runOnTrino(
      servers.trino,
      `select file_path, record_count from ${GLUE_CATALOG}.${there.database}."objects_v1$files"`,
    )
    expect(found.length).toBeGreaterThan(0)
    const [largest] = await there.engine.rows(
      `select max(row_group_num_rows) as n from parquet_metadata([${found.map(([path]) => `'${path}'`).join(', ')}])`,
    )
    expect(Number(largest?.n)).toBeLessThan(200_000)
  })
})

const hashOf = (n: number): string => createHash('md5').update(String(n)).digest('hex')

const LINE = ['photo-bucket', 'a/b.jpg', 'v', 'true', 'false', '10', '2026-01-10T12:34:56.789Z', 'e', 'STANDARD']
  .map(value => `"${value}"`)
  .join(',')
