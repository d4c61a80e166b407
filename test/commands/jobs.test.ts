import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeLake } from '../../src/commands/snapshotSession.js'
import { loadConfig } from '../../src/config/config.js'
import { readTextFile } from '../../src/config/textFile.js'
import { NotFoundError } from '../../src/errors.js'
import type { Job } from '../../src/jobs/job.js'
import { claimJob, failClaim, renewClaim, succeedClaim } from '../../src/jobs/jobClaims.js'
import { enqueueJob, type JobOrder, type QueueEffects } from '../../src/jobs/jobQueue.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { createLake } from '../../src/lake/lake.js'
import { noProgress } from '../../src/output/progress.js'
import { openSmallPlace, type SmallPlace } from './smallLake.js'

let place: SmallPlace
let queue: QueueEffects
beforeEach(async () => {
  place = await openSmallPlace()
  const store = new FolderStore(`${place.folder}/lake`)
  const now = () => new Date('2026-01-22T01:00:00Z') // as it is where commands are run
  await createLake(store, now())
  queue = { store, now, sleep: async () => {}, random: () => 0.5, signal: new AbortController().signal }
})
afterEach(() => place.remove())

const minutes = (n: number): Date => new Date(Date.parse('2026-01-22T01:00:00Z') + n * 60_000)
const AGENT = { runner: { pid: 1, space: 'elsewhere', began: null }, host: 'lakehouse' }

const enqueue = (more: Partial<JobOrder> = {}): Promise<Job> =>
  enqueueJob({ type: 'import', connector: 'photos', params: {}, due: minutes(0), created_by: 'ann', ...more }, queue)

async function claim() {
  const claim = await claimJob(AGENT, queue)
  if (!claim) throw new Error('nothing to claim')
  return claim
}

/** A table's rows, without the ids, which differ from run to run. */
const tableOf = (stdout: string): string[] =>
  stdout
    .replace(/job_[0-9a-f]{32}/g, 'job_…')
    .trimEnd()
    .split('\n')

describe('what is left to an agent', () => {
  test.each<[string[], Partial<Job>]>([
    [['import', 'photos'], { type: 'import', params: {} }],
    [['import', 'photos', '--all', '--again'], { type: 'import', params: { all: true, again: true } }],
    [['import', 'photos', '--at', '2026-01-20T01-00Z'], { type: 'import', params: { at: '2026-01-20T01-00Z' } }],
    [
      ['scan', 'photos', '--sample', '0.5', '--prefix', '2025/'],
      { type: 'scan', params: { rate: 0.5, prefix: '2025/' } },
    ],
    [['scan', 'photos', '--full'], { type: 'scan', params: { full: true } }],
  ])('%s', async (args, job) => {
    const rows = await place.rows(...args, '--queue')
    expect(rows).toMatchObject([{ ...job, connector: 'photos', state: 'queued', due: '2026-01-22T01:00:00.000Z' }])
    expect(await place.rows('jobs')).toEqual(rows)
    expect(await place.rows('snapshots')).toEqual([])
  })

  test('is told with what to type next', async () => {
    const { stdout } = await place.run('import', 'photos', '--queue')
    expect(tableOf(stdout)).toEqual([
      'queued import photos  job_…',
      '  stocktake agent --until idle      runs it, unless an agent runs already',
      '  stocktake jobs show job_…',
    ])
  })

  test.each([
    [['import', 'photo'], 3, 'connector "photo": no such connector; did you mean photos?'],
    [['import', 'photos', '--at', '30 February'], 2, '30 February'],
    [['import', 'listed', '--all'], 2, 'connector listed: expected inventory'],
    [['scan', 'photos', '--sample', '2'], 2, '--sample: expected a fraction above 0, up to 1, got 2'],
  ])('%s is refused before it waits', async (args, code, message) => {
    const answer = await place.run(...args, '--queue')
    expect(answer).toMatchObject({ code, stderr: expect.stringContaining(message) })
    expect(await place.rows('jobs')).toEqual([])
  })
})

describe('jobs list', () => {
  test('says so where there are none', async () => {
    expect(await place.run('jobs')).toMatchObject({ code: 0, stderr: expect.stringContaining('no jobs yet') })
    expect(await place.rows('jobs', 'list')).toEqual([])
  })

  test('has open ones by when they are due, then those that ended', async () => {
    const result = {
      snapshot: '2026-01-20T01-00Z',
      is_new: true,
      object_count: 5,
      total_size_bytes: 16e6,
      duration_ms: 1500,
    }
    await enqueue({ connector: 'done' })
    await succeedClaim(await claim(), result, queue)
    await enqueue({ connector: 'refused' })
    await failClaim(await claim(), { message: 'a report: expected MD5\nthe lake is as it was', exit_code: 4 }, queue)
    await enqueue({ connector: 'tried', due: minutes(-2) })
    await failClaim(await claim(), { message: 'no answer', exit_code: 1 }, queue)
    await enqueue({ connector: 'running', due: minutes(-1) })
    const progress = { phase: 'sort', done: 620, total: 1000, rate: 47.5, unit: 'rows', at: minutes(0) }
    await renewClaim(await claim(), { progress }, queue)
    await enqueue({ type: 'reconcile', connector: null, due: minutes(90) })
    const { stdout } = await place.run('jobs')
    expect(tableOf(stdout)).toEqual([
      'job id                                type       connector  state      when       progress                         attempts  outcome',
      'job_…  import     tried      scheduled  in 60 s                                     1 of 3    no answer',
      'job_…  import     running    running    for 0 s    sort, 62 %, 48 rows/s, 8 s left  1 of 3',
      'job_…  reconcile             scheduled  in 90 min',
      'job_…  import     refused    failed     now                                         1 of 3    a report: expected MD5',
      'job_…  import     done       succeeded  now                                         1 of 3    2026-01-20T01-00Z, 5 objects, 16 MB, 1.5 s',
    ])
  })

  test('passes over one that it cannot read, and says so', async () => {
    const { job_id } = await enqueue()
    const later = `state/jobs/open/20260122T010000.000Z-job_${'0'.repeat(32)}/1.json`
    const text = `{"format_version":2,"commit":"${crypto.randomUUID()}","value":{}}`
    await queue.store.put(later, new TextEncoder().encode(text))
    expect(await place.rows('jobs', 'list')).toMatchObject([{ job_id }])
    const { code, stderr } = await place.run('jobs', 'list')
    expect(code).toBe(0)
    expect(stderr).toContain(`/lake/${later}: expected format version 1 at most, got 2`)
    expect(stderr).toMatch(/^warning: left out: /)
  })

  test('shows twenty that ended, and all where they are wanted', async () => {
    for (let i = 0; i < 22; i++) {
      await enqueue()
      await succeedClaim(await claim(), {}, queue)
    }
    expect(await place.rows('jobs')).toHaveLength(20)
    expect(await place.rows('jobs', 'list', '--all')).toHaveLength(22)
  })

  test.each(['csv', 'jsonl', 'markdown'])('as %s', async format => {
    await enqueue()
    const { code, stdout } = await place.run('jobs', '--format', format)
    expect(code).toBe(0)
    expect(stdout).toMatch(/job[_\\]+[0-9a-f]{32}/)
  })
})

describe('jobs show', () => {
  test('tells all about one, by its id or the beginning of it', async () => {
    const { job_id } = await enqueue({ params: { at: '2026-01-20T01-00Z' } })
    await failClaim(await claim(), { message: 'no answer\nnot at all', exit_code: 1 }, queue)
    const { stdout } = await place.run('jobs', 'show', job_id.slice(0, 20))
    expect(tableOf(stdout)).toEqual([
      'job                 job_…',
      'type                import',
      'connector           photos',
      'at                  2026-01-20T01-00Z',
      'state               scheduled, in 60 s',
      'created             2026-01-22 01:00 by ann',
      'due                 2026-01-22 01:00',
      'not before          2026-01-22 01:01',
      'attempts            1 of 3',
      'started             2026-01-22 01:00',
      'ended               2026-01-22 01:00',
      'failed              no answer',
      '                    not at all (exit code 1)',
    ])
    expect(await place.rows('jobs', 'show', job_id)).toMatchObject([
      { job_id, error: 'no answer\nnot at all', exit_code: 1 },
    ])
  })

  test('of an id that there is not', async () => {
    const { job_id } = await enqueue()
    const typo = `${job_id.slice(0, -1)}${job_id.endsWith('0') ? '1' : '0'}`
    expect(await place.run('jobs', 'show', typo)).toMatchObject({
      code: 3,
      stderr: `stocktake: job "${typo}": no such job; did you mean ${job_id}?\n`,
    })
    await enqueue()
    expect(await place.run('jobs', 'show', 'job_')).toMatchObject({
      code: 2,
      stderr: 'stocktake: job_: expected one job, got 2 whose ids begin so; say more\n',
    })
  })
})

describe('jobs cancel', () => {
  test('ends those that wait, and asks for the end of those that run', async () => {
    const running = await enqueue({ connector: 'running' })
    await claim()
    const waiting = await enqueue()
    const { code, stderr } = await place.run('jobs', 'cancel', waiting.job_id, running.job_id)
    expect(code).toBe(0)
    expect(tableOf(stderr)).toEqual(['cancelled import photos  job_…', 'asked lakehouse to end import running  job_…'])
    expect(await place.rows('jobs')).toMatchObject([
      { connector: 'running', state: 'running', cancelled_by: expect.any(String) },
      { connector: 'photos', state: 'cancelled', cancelled_by: expect.any(String) },
    ])
  })

  test('of one that has ended changes nothing, and of one that there is not none', async () => {
    const ended = await enqueue()
    await succeedClaim(await claim(), {}, queue)
    const waiting = await enqueue()
    expect(await place.run('jobs', 'cancel', ended.job_id)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('one that ended before: succeeded'),
    })
    expect(await place.run('jobs', 'cancel', waiting.job_id, 'job_f')).toMatchObject({ code: 3 })
    expect(await place.rows('jobs')).toMatchObject([{ state: 'queued' }, { state: 'succeeded' }])
  })
})

test('without a lake there is nothing to list', async () => {
  expect(await place.run('jobs', '--lake', './nowhere')).toMatchObject({ code: 3 })
})

test('a job does not make its lake anew', async () => {
  const config = await loadConfig({}, { cwd: place.folder, env: {}, readText: readTextFile })
  const said: string[] = []
  const log = { notice: (text: string) => said.push(text), warn: () => {}, detail: () => {} }
  const signal = new AbortController().signal
  const context = { config, now: queue.now, signal, log, progress: noProgress }
  await rm(`${place.folder}/lake`, { recursive: true })
  const job = { id: 'job_1', waits: true }
  await expect(makeLake({ ...context, job })).rejects.toThrow(NotFoundError)
  expect(said).toEqual([])
  const { lake } = await makeLake(context)
  expect(said).toEqual([expect.stringContaining('made the lake')])
  expect((await makeLake({ ...context, job })).lake.id).toBe(lake.id)
})
