import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../../src/cli.js'
import { lakeFactsCommand } from '../../src/commands/lakeFacts.js'
import { connectorGuid } from '../../src/config/connector.js'
import type { Chain } from '../../src/jobs/chain.js'
import type { Job } from '../../src/jobs/job.js'
import { collectJobs, MOST_ENDED } from '../../src/jobs/jobFacts.js'
import { makeJobId } from '../../src/jobs/jobQueue.js'
import { formatLakeFacts, type LakeFacts, parseLakeFacts } from '../../src/jobs/lakeFacts.js'
import { formatDocument } from '../../src/lake/documentFormat.js'
import { openReconcilePlace, type ReconcilePlace } from '../commands/reconcilePlace.js'
import { openSmallLake, openSmallPlace, type SmallPlace } from '../commands/smallLake.js'
import { TextSink } from '../output/textSink.js'
import { EMPTY, FULL, JOB } from './exampleFacts.js'

test.each([
  ['full', FULL],
  ['empty', EMPTY],
])('facts of a lake that is %s are the same after the way from the child', (_what, facts) => {
  expect(parseLakeFacts(JSON.parse(formatLakeFacts(facts)))).toEqual(facts)
})

/** What `stocktake lake-facts` says of the lake in a folder. */
async function readFacts(folder: string, now = '2026-01-22T01:00:00Z'): Promise<LakeFacts> {
  const [stdout, stderr] = [new TextSink(), new TextSink()]
  const world = { stdout, stderr, cwd: folder, env: {}, now: () => new Date(now) }
  const code = await run(['lake-facts'], [lakeFactsCommand], { ...world, signal: new AbortController().signal })
  if (code !== 0) throw new Error(stderr.text)
  return parseLakeFacts(JSON.parse(stdout.text))
}

describe('a lake with snapshots', () => {
  let place: SmallPlace
  beforeAll(async () => {
    place = await openSmallLake()
  })
  afterAll(() => place.remove())

  test('has the counts of its newest receipt, and its age', async () => {
    const { connectors, at } = await readFacts(place.folder)
    expect(at).toEqual(new Date('2026-01-22T01:00:00Z'))
    expect(connectors.map(({ connector }) => connector)).toEqual(['listed', 'photos'])
    expect(connectors[1]).toMatchObject({
      is_declared: true,
      schedule: 'daily',
      snapshot: '2026-01-20T01-00Z',
      taken_at: new Date('2026-01-20T01:00:00Z'),
      imported_at: new Date('2026-01-22T01:00:00Z'),
      sample_rate: null,
      snapshot_count: 2,
      object_count: 5,
      total_size_bytes: 16_000_120,
      noncurrent_object_count: 1,
      new_count: 1,
      modified_count: 1,
      touched_count: 1,
      deleted_count: 1,
      row_count: 7,
      rejected_row_count: 0,
      list_requests: expect.any(Number),
      listing_cost_usd: 0.000005,
      state: 'warn',
    })
  })

  test('a connector without a snapshot has nothing', async () => {
    const [listed] = (await readFacts(place.folder)).connectors
    expect(listed).toMatchObject({ snapshot: null, object_count: null, request_cost_usd: null, state: 'none' })
    expect(listed).toMatchObject({ snapshot_count: 0, warn_after_ms: 129_600_000 })
  })

  test.each([
    ['2026-01-20T02:00:00Z', 'fresh'],
    ['2026-01-21T14:00:00Z', 'warn'],
    ['2026-01-23T02:00:00Z', 'error'],
  ])('at %s its snapshot is %s', async (now, state) => {
    expect((await readFacts(place.folder, now)).connectors[1]?.state).toBe(state)
  })

  test('what nobody has looked for is not known', async () => {
    expect(await readFacts(place.folder)).toMatchObject({
      ...{ gaps: null, critical_gap_ids: [], urgent_gaps: [], metrics: [], last_run: null },
      jobs: EMPTY.jobs,
      ...{ chains: [], failing: [] },
    })
  })
})

describe('a lake that was reconciled', () => {
  let place: ReconcilePlace
  const EXPECTED = `
datasets:
  days:
    connector: raw
    key: days/{date:yyyy-MM-dd}.json
    expect: { date: { from: 2026-01-01, to: 2026-01-04 } }
    weight: 9
`
  beforeAll(async () => {
    place = await openReconcilePlace(EXPECTED)
    await place.put('raw-bucket/days/2026-01-01.json', '{}')
    await place.put('raw-bucket/days/2026-01-02.json', '{}')
    const { code, stderr } = await place.run('reconcile')
    if (code !== 0) throw new Error(stderr)
  })
  afterAll(() => place.remove())

  test('has its metrics and open gaps', async () => {
    const { metrics, last_run, gaps, critical_gap_ids, urgent_gaps } = await readFacts(place.folder)
    const row = (metric: string, value: number, dataset: string | null = null) => ({ metric, dataset, value })
    expect(metrics).toEqual([
      row('reconciliation_coverage', 0.5, 'days'),
      row('reconciliation_critical_gaps', 2),
      row('reconciliation_last_run', (last_run?.getTime() ?? 0) / 1000),
      row('reconciliation_task_queue_size', 0),
      row('reconciliation_total_gaps', 2),
    ])
    expect(last_run?.getTime()).toBeCloseTo(Date.parse('2026-01-22T01:00:00Z'), -5)
    expect(gaps).toEqual({ critical: 2, high: 0, medium: 0, low: 0 })
    expect(critical_gap_ids).toHaveLength(2)
    expect(urgent_gaps.map(({ priority, dataset, reason }) => [priority, dataset, reason])).toEqual([
      ['critical', 'days', expect.stringContaining('days/2026-01-03.json')],
      ['critical', 'days', expect.stringContaining('days/2026-01-04.json')],
    ])
  })

  test('says what the newest run found, and no gaps where all is there', async () => {
    await place.put('raw-bucket/days/2026-01-03.json', '{}')
    await place.put('raw-bucket/days/2026-01-04.json', '{}')
    await place.run('reconcile')
    const { metrics, gaps, critical_gap_ids } = await readFacts(place.folder)
    expect(metrics.find(({ dataset }) => dataset === 'days')?.value).toBe(1)
    expect([gaps, critical_gap_ids]).toEqual([{ critical: 0, high: 0, medium: 0, low: 0 }, []])
  })
})

describe('chains', () => {
  let place: SmallPlace
  beforeAll(async () => {
    place = await openSmallPlace()
    await place.run('init')
  })
  afterAll(() => place.remove())

  const DUE = new Date('2026-01-22T02:00:00.000Z')
  const ENDED_AT = new Date('2026-01-22T00:30:00.000Z')
  const FIRST_FAILURE = new Date('2026-01-21T23:00:00.000Z')
  const error = { message: 'report.csv.gz: expected MD5 77c8, got 01ab', exit_code: 4 }
  const putChain = async (name: string, more: Partial<Chain>): Promise<void> => {
    const chain: Chain = {
      ...{ name, type: 'import', connector: null, params: {}, schedule: { kind: 'reports' } },
      ...{ is_enabled: true, link: 1, job_id: null, due: DUE, last: null, last_success_at: null },
      ...{ failures: 0, failing_since: null, reports: [] },
      ...more,
    }
    await mkdir(join(place.folder, 'lake/state/chains', name), { recursive: true })
    await writeFile(join(place.folder, 'lake/state/chains', name, '1.json'), formatDocument(chain))
  }
  const failed: Chain['last'] = {
    ...{ job_id: JOB.job_id, link: 1, state: 'failed', ended_at: ENDED_AT, snapshot: null, error },
  }

  test('are told with what comes next, and those that fail with why and since when', async () => {
    const photos = connectorGuid('photos')
    await putChain(`import-${photos}`, {
      connector: photos,
      ...{ failures: 2, failing_since: FIRST_FAILURE, last: failed },
    })
    await putChain('reconcile', {
      type: 'reconcile',
      schedule: { kind: 'every', every_ms: 3_600_000 },
      last: { ...failed, state: 'succeeded', error: null },
      last_success_at: ENDED_AT,
      unseen: [{ connector: 'photos', failures: 3, since: FIRST_FAILURE, message: 'no answer', exit_code: 1 }],
    })
    await putChain('maintain', { is_enabled: false, failures: 1, last: failed })
    const { chains, failing } = await readFacts(place.folder)
    expect(chains).toMatchObject([
      {
        ...{ chain: `import-${photos}`, connector: 'photos', is_enabled: true, interval_ms: null, due: DUE },
        ...{ last_state: 'failed', last_success_at: null, failures: 2 },
      },
      { chain: 'maintain', is_enabled: false, due: null },
      { chain: 'reconcile', interval_ms: 3_600_000, last_state: 'succeeded', last_success_at: ENDED_AT },
    ])
    expect(failing).toEqual([
      {
        ...{ chain: `import-${photos}`, type: 'import', connector: 'photos', failures: 2 },
        since: FIRST_FAILURE,
        ...error,
      },
      {
        ...{ chain: 'reconcile', type: 'reconcile', connector: 'photos', failures: 3, since: FIRST_FAILURE },
        ...{ message: 'no answer', exit_code: 1 },
      },
    ])
  })
})

describe('jobs', () => {
  const now = JOB.due
  const hours = (n: number): Date => new Date(now.getTime() + n * 3_600_000)
  async function* yieldAll(jobs: Iterable<Job>): AsyncGenerator<Job> {
    yield* jobs
  }
  const collect = (open: Iterable<Job>, ended: Iterable<Job> = []) =>
    collectJobs({ open: yieldAll(open), ended: yieldAll(ended) }, [{ name: 'photos' }], now)
  const ended = (endedAt: Date): Job => ({
    ...JOB,
    job_id: makeJobId(endedAt, randomBytes(10)),
    state: 'succeeded',
    ended_at: endedAt,
  })

  test('are counted by type and state', async () => {
    const { open } = await collect([JOB, { ...JOB, type: 'scan' }, JOB, { ...JOB, state: 'scheduled' }])
    expect(open).toEqual([
      { type: 'import', state: 'queued', count: 2 },
      { type: 'scan', state: 'queued', count: 1 },
      { type: 'import', state: 'scheduled', count: 1 },
    ])
  })

  test('wait since the earliest time at which one may begin', async () => {
    const { waiting } = await collect([
      { ...JOB, due: hours(-3), not_before: hours(1) }, // its last attempt failed
      { ...JOB, due: hours(-2), not_before: hours(-3) },
      { ...JOB, due: hours(-1) },
    ])
    expect(waiting).toEqual([{ type: 'import', since: hours(-2) }])
  })

  test('that run are named, with the name of their connector', async () => {
    const running: Job = { ...JOB, state: 'running', started_at: hours(-1), connector: connectorGuid('photos') }
    expect(await collect([running])).toMatchObject({
      running: [{ job_id: JOB.job_id, type: 'import', connector: 'photos', started_at: hours(-1) }],
      waiting: [],
    })
  })

  test('that ended are read a day back, and not all', async () => {
    const three = await collect([], [hours(-1), hours(-23), hours(-25), hours(-2)].map(ended))
    expect(three.ended.map(({ ended_at }) => ended_at)).toEqual([hours(-1), hours(-23)])
    const many = await collect(
      [],
      Array.from({ length: MOST_ENDED + 1 }, () => ended(now)),
    )
    expect(many.ended).toHaveLength(MOST_ENDED)
  })
})
