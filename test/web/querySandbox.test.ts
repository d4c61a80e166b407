import { readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { SqlAnswer } from '../../src/api/results.js'
import type { Problem } from '../../src/api/shapes.js'
import { loadViewStatements } from '../../src/snapshot/lakeViews.js'
import { answerQuery } from '../../src/web/answerQuery.js'
import { startServer } from '../../src/web/startServer.js'
import {
  FIRST_ROWS,
  FIRST_TIME,
  openSmallLake,
  openSmallPlace,
  SECOND_ROWS,
  SECOND_TIME,
  type SmallPlace,
} from '../commands/smallLake.js'
import { describeWithOracles, duckdbExtension } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, type S3Service } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import { listQueries, listQueryFolders } from './queryTraces.js'
import { type Attack, attacksOn } from './sandboxAttacks.js'
import { type ServedPlace, servePlace } from './servedPlace.js'

// All that can be tried, in the processes that a server has for it. `npm run build` made them last.

let served: ServedPlace
let place: SmallPlace

/** The places that attacks are about. */
async function attackedPlaces() {
  const { reader, store } = served.world
  const { views } = await reader.read(effects => loadViewStatements(['objects'], { ...effects, store }))
  const [dataFile = ''] = /(?<=')[^']+\.parquet(?=')/.exec(views[0]?.select ?? '') ?? []
  await store.putIfAbsent('state/tokens/a/1.json', Buffer.from('{"hash":"kept secret"}'))
  const secretFile = store.locate('state/tokens/a/1.json')
  return { views, places: { dataFile, dataFolder: dirname(dataFile), secretFile, newFile: join(place.folder, 'new') } }
}

const problemOf = async (answer: Response) => (await answer.json()) as Problem

describe('a lake in a folder', () => {
  beforeAll(async () => {
    place = await openSmallLake()
    served = await servePlace(place.folder)
  })
  afterAll(async () => {
    await served.close()
    await place.remove()
  })

  test('attacks are refused by the process as they are by its engine', async () => {
    const { places } = await attackedPlaces()
    const before = await readdir(place.folder)
    const missed: Attack[] = []
    for (const [sql, refused] of attacksOn(places).filter((_, i) => i % 15 === 0)) {
      const answer = await served.query(sql)
      const { detail } = await problemOf(answer)
      if (answer.status !== 422 || !refused.test(detail)) missed.push([sql, refused])
    }
    expect(missed).toEqual([])
    expect(await readdir(place.folder)).toEqual(before)
  })

  test('CSV of more rows than it may have says so in its name', async () => {
    const answer = await served.query('select 1 from range(1000001)', { format: 'csv' })
    expect(answer.headers.get('content-disposition')).toContain('query-first-1000000-rows.csv')
    expect((await answer.text()).length).toBe(2 + 2 * 1_000_000)
  })

  test.each([
    ['a cross join', 'select count(*) from range(1000000) a, range(1000000) b, range(1000000) c'],
    [
      'a recursion without end',
      'with recursive t as (select 1 as a union all select a + 1 from t) select max(a) from t',
    ],
    ['rows without end that nobody is given', 'select range from range(1000000000000) where hash(range) = 1'],
    ['a function of functions', `select list_reduce(range(100000000), lambda a, b: (a * b) % 7)`],
  ])('of time: %s', async (_, sql) => {
    const hurried = await servePlace(place.folder, { limits: { timeMs: 2000 } })
    const answer = await hurried.query(sql)
    const { detail } = await problemOf(answer)
    await hurried.close()
    expect([answer.status, detail]).toEqual([422, expect.stringMatching(/within 2 s, got none|more memory/)])
    expect(await listQueries()).toEqual([])
  })

  test.each([
    ['a text of 4 GB', "select repeat('x', 4000000000)"],
    ['many large texts', "select repeat('x', 100000000) from range(2048)"],
    [
      'a text that doubles',
      "with recursive t as (select 'x' as a union all select a || a from t) select max(a) from t",
    ],
    ['a list', 'select list(range) from range(1000000000)'],
    ['a regular expression', "select regexp_matches(repeat('a', 1000), repeat('(a{1,1000}){1,1000}', 3))"],
  ])('of memory: %s', async (_, sql) => {
    const answer = await served.query(sql)
    expect([answer.status, (await problemOf(answer)).subject]).toEqual([422, 'query'])
    expect(await listQueries()).toEqual([])
  })

  test('of disk: rows that are spilled', async () => {
    const small = await servePlace(place.folder, { limits: { tempBytes: 20_000_000 } })
    const answer = await small.query(
      "select count(*) from (select distinct range, repeat('x', 200) from range(1000000000))",
    )
    expect([answer.status, (await problemOf(answer)).subject]).toEqual([422, 'query'])
    await small.close()
  })

  test('is one of two; more of them wait, and not too many', async () => {
    const slow = 'select count(*) from range(100000) a, range(4000)'
    let isAnswered = false
    const asked = Promise.all(Array.from({ length: 12 }, () => served.query(slow))).finally(() => {
      isAnswered = true
    })
    let most = 0
    while (!isAnswered) most = Math.max(most, (await listQueries()).length) // one look at a time: many would each take longer than a query
    const statuses = (await asked).map(({ status }) => status)
    expect(statuses.sort()).toEqual([...Array(10).fill(200), 429, 429])
    expect(most).toBe(2)
    expect(await listQueryFolders(served)).toEqual([])
  })

  test('a process is gone when a browser has closed its connection', async () => {
    const patient = await servePlace(place.folder, { limits: { timeMs: 3_600_000 } })
    const server = await startServer({ port: 0, host: '127.0.0.1' }, patient.app)
    try {
      const gone = new AbortController()
      const asked = fetch(`http://127.0.0.1:${server.port}/api/query`, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' }, signal: gone.signal },
        body: JSON.stringify({ sql: 'select count(*) from range(1000000000) a, range(1000000000)' }),
      })
      while ((await listQueries()).length === 0) await sleep(10)
      gone.abort()
      await Promise.allSettled([asked])
      while ((await listQueries()).length > 0) await sleep(10)
    } finally {
      await server.close()
      await patient.close()
    }
  })
})

describeWithOracles('a lake on S3', () => {
  let service: S3Service
  beforeAll(async () => {
    service = await startMiniStack()
    stubCredentials(service)
    place = await openSmallPlace()
    await writeFile(
      join(place.folder, 'stocktake.yaml'),
      `lake: "s3://${await createBucket(service)}/the lake/ü"
aws: { region: us-east-1, endpoint: '${service.endpoint}', path_style: true }
engine: { extensions: ${dirname(duckdbExtension('httpfs'))} }
connectors:
  photos:
    source_bucket: ./photo-bucket
    inventory: { destination_bucket: ./reports, config_name: daily }
`,
    )
    await place.putReport(FIRST_TIME, FIRST_ROWS)
    await place.putReport(SECOND_TIME, SECOND_ROWS)
    const { code, stderr } = await place.run('import', 'photos', '--all')
    if (code !== 0) throw new Error(stderr)
    served = await servePlace(place.folder)
  })
  afterAll(async () => {
    await served?.close()
    vi.unstubAllEnvs()
    await place?.remove()
    await service?.stop()
  })

  test('its views can be read', async () => {
    const sql = 'select snapshot, count(*), max(key) from objects group by 1 order by 1'
    expect(await (await served.query(sql)).json()).toMatchObject({
      rows: [
        ['2026-01-19T01-00Z', 6, 'readme.txt'],
        ['2026-01-20T01-00Z', 7, 'readme.txt'],
      ],
    })
    const audit = (await (await served.query('select action from audit')).json()) as SqlAnswer
    expect(audit.rows.length).toBeGreaterThan(0)
  })

  test('attacks are refused', async () => {
    const { views, places } = await attackedPlaces()
    const s3 = {
      ...{ extensions: dirname(duckdbExtension('httpfs')), region: 'us-east-1', endpoint: service.endpoint },
      ...{ pathStyle: true, credentials: service.credentials, retries: 0, timeoutMs: 5000 },
    }
    const bounds = {
      limit: 10,
      format: 'json',
      answerBytes: 1e6,
      engineBytes: 100e6,
      tempBytes: 1e6,
      threads: 1,
    } as const
    const missed: Attack[] = []
    // All of them are tried on a folder by test/web/answerQuery.test.ts.
    for (const [sql, refused] of attacksOn(places).filter((_, i) => i % 12 === 0)) {
      const order = { ...bounds, sql, views: [...views], tempFolder: join(place.folder, 'spill'), s3 }
      const lines: string[] = []
      for await (const line of answerQuery(order, new AbortController().signal)) lines.push(line)
      const { kind, facts } = JSON.parse(lines[0] ?? '')
      if (kind !== 'failed' || !refused.test(`expected ${facts.expected}, got ${facts.got}`))
        missed.push([sql, refused])
    }
    expect(missed).toEqual([])
  })

  test.each([
    ['its credentials', 'from duckdb_secrets(redact => false)'],
    ['another bucket', "from 's3://other-bucket/a.parquet'"],
  ])('%s', async (_, sql) => {
    const text = await (await served.query(sql)).text()
    expect(text).toMatch(/functions that compute/)
    expect(text).not.toContain(service.credentials.secretAccessKey)
  })
})
