import { describe, expect, test } from 'vitest'
import type { Job } from '../../src/api/jobs.js'
import { workName } from '../../src/jobs/jobTexts.js'
import { outcomeText, ranMs } from '../../src/ui/app/jobs/jobTexts.js'

const now = Date.parse('2026-01-20T01:10:00Z')

const job: Job = {
  job_id: 'job_00000000000000000000000000000000',
  type: 'import',
  connector: 'photos',
  params: {},
  state: 'queued',
  due: '2026-01-20T01:00:00.000Z',
  attempts: 0,
  max_attempts: 3,
  created_at: '2026-01-20T01:00:00.000Z',
  created_by: 'ada',
  started_at: null,
  ended_at: null,
  progress: null,
  result: null,
  error: null,
  is_cancelling: false,
  chain: null,
}
const progress = { phase: 'read', done: 6_204_000, total: 10_000_000, rate: 512_000, unit: 'rows' }
const snapshot = { snapshot: '2026-01-20T01-00Z', is_new: true, object_count: 1, total_size_bytes: 412_600_000_000 }

describe('beside the state of a job', () => {
  test.each<[text: string, change: Partial<Job>]>([
    ['waits for its turn', {}],
    ['due in 50 min', { state: 'scheduled', due: '2026-01-20T02:00:00.000Z' }],
    [
      'due in 5 min, after no route to s3',
      {
        state: 'scheduled',
        due: '2026-01-20T01:15:00.000Z',
        attempts: 1,
        error: { message: 'no route to s3\nat …', exit_code: 1 },
      },
    ],
    ['begins', { state: 'running' }],
    ['read, 62 %, 512,000 rows/s, 8 s left', { state: 'running', progress }],
    ['read, 6,204,000 rows', { state: 'running', progress: { ...progress, total: null, rate: null } }],
    ['is asked to end', { state: 'running', progress, is_cancelling: true }],
    ['2026-01-20T01-00Z, 1 object, 412.6 GB', { state: 'succeeded', result: snapshot }],
    ['2026-01-20T01-00Z was there', { state: 'succeeded', result: { ...snapshot, is_new: false } }],
    ['no snapshot', { state: 'succeeded', result: { snapshot: null } }],
    ['3 gaps, 1 critical', { state: 'succeeded', result: { gaps: { critical: 1, high: 2 } } }],
    ['no gaps', { state: 'succeeded', result: { gaps: { critical: 0 } } }],
    ['', { state: 'succeeded', result: { steps: [] } }],
    ['refused: MD5', { state: 'failed', error: { message: 'refused: MD5\n  wait', exit_code: 4 } }],
    ['', { state: 'cancelled' }],
  ])('stands %j', (text, change) => expect(outcomeText({ ...job, ...change }, now)).toBe(text))
})

test('a job is called by what it does', () => {
  expect(workName(job)).toBe('import photos')
  expect(workName({ type: 'reconcile', connector: null })).toBe('reconcile')
})

test.each<[ms: number | null, change: Partial<Job>]>([
  [null, {}],
  [60_000, { started_at: '2026-01-20T01:09:00.000Z' }],
  [7_000, { started_at: '2026-01-20T01:09:00.000Z', ended_at: '2026-01-20T01:09:07.000Z' }],
  [0, { started_at: '2026-01-20T01:11:00.000Z' }], // its machine's clock is ahead
])('it ran for %j ms', (ms, change) => expect(ranMs({ ...job, ...change }, now)).toBe(ms))
