import { expect, test } from 'vitest'
import { type Connector, parseConnector } from '../../src/config/connector.js'
import { UsageError } from '../../src/errors.js'
import type { Chain } from '../../src/jobs/chain.js'
import type { Job } from '../../src/jobs/job.js'
import type { Receipt } from '../../src/snapshot/receipts.js'
import { type AttentionFacts, listAttention } from '../../src/web/overviewAttention.js'

const now = new Date('2026-01-22T01:00:00Z')
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000)
const named = (name: string, schedule: Connector['schedule']) =>
  parseConnector(name, { source_bucket: 'a-bucket', schedule }, '/')
const handed = parseConnector(
  'photos',
  { source_bucket: 'a-bucket', schedule: 'manual', freshness: { warn_after: '5d', error_after: '9d' } },
  '/',
)
const taken = (connector: string, snapshot: string) => ({ connector, snapshot }) as Receipt
const chain = (more: Partial<Chain>) =>
  ({
    type: 'import',
    connector: 'a b',
    is_enabled: true,
    failures: 1,
    failing_since: hoursAgo(5),
    last: null,
    ...more,
  }) as Chain
const failed = (more: Partial<Job>) =>
  ({
    type: 'scan',
    connector: 'photos',
    chain: null,
    error: { message: 'denied\nand more', exit_code: 1 },
    ...more,
  }) as Job

const WELL: AttentionFacts = {
  settings: [named('photos', 'manual')],
  latest: [taken('photos', '2026-01-21T01-00Z')],
  mistakes: [],
  chains: [],
  gaps: null,
  jobs: { running: 0, waiting: 0, waitingSince: null, failed: [] },
  daemon: { seenAt: null, isRunning: false },
  runsJobs: false,
}
const DAEMON = { seenAt: now, isRunning: true }
const daily = { settings: [named('photos', 'daily')], daemon: DAEMON }
const jobs = (more: Partial<AttentionFacts['jobs']>) => ({ jobs: { ...WELL.jobs, ...more } })

test.each<[string, Partial<AttentionFacts>, string[]]>([
  ['all is well', {}, []],
  ['no snapshot yet', { latest: [] }, ['warn photos has no snapshot yet → /connectors/photos']],
  ['nothing is configured, only snapshots are left', { settings: [] }, []],
  ['a fresh one', { ...daily, latest: [taken('photos', '2026-01-21T01-00Z')] }, []],
  [
    'a stale one',
    { ...daily, latest: [taken('photos', '2026-01-20T01-00Z')] },
    ['warn photos: the newest snapshot is 2 days old → /connectors/photos'],
  ],
  [
    'one that is too old',
    { ...daily, latest: [taken('photos', '2026-01-12T01-00Z')] },
    ['error photos: the newest snapshot is 10 days old, which is too old → /connectors/photos'],
  ],
  [
    'an old one of a connector that is imported by hand',
    { latest: [taken('photos', '2025-01-22T01-00Z')] },
    ['warn photos: the newest snapshot is 365 days old; it is imported by hand → /connectors/photos'],
  ],
  [
    'one of a connector that is imported by hand, and whose ages somebody has set',
    { settings: [handed], latest: [taken('photos', '2026-01-15T01-00Z')] },
    ['warn photos: the newest snapshot is 7 days old → /connectors/photos'],
  ],
  ['one of the future, by a clock that is wrong', { ...daily, latest: [taken('photos', '2027-01-12T01-00Z')] }, []],
  ['no gaps', { gaps: { critical: 0, high: 0, medium: 5, low: 5 } }, []],
  [
    'gaps',
    { gaps: { critical: 1, high: 1200, medium: 5, low: 5 } },
    ['error 1 critical gap → /gaps?priority=critical', 'warn 1,200 gaps of high priority → /gaps?priority=high'],
  ],
  [
    'a schedule that fails',
    { chains: [chain({}), chain({ failures: 0 }), chain({ is_enabled: false })] },
    ['error a b: the scheduled import failed → /connectors/a%20b'],
  ],
  [
    'one that fails again and again, and why',
    {
      chains: [
        chain({
          ...{ type: 'reconcile', connector: null, failures: 3 },
          last: { error: { message: `no such file\nat x`, exit_code: 2 } } as Chain['last'],
        }),
      ],
    },
    ['error reconcile failed 3 times since 5 h: no such file → /jobs'],
  ],
  ['a job that failed', jobs({ failed: [failed({})] }), ['warn scan of photos failed: denied → /jobs']],
  [
    'some that failed',
    jobs({ failed: [failed({}), failed({ error: null })] }),
    ['warn 2 jobs failed in the last day; scan of photos failed: denied → /jobs'],
  ],
  ['one of a schedule, which is told by itself', jobs({ failed: [failed({ chain: { name: 'x', link: 1 } })] }), []],
  ['a job that has just begun to wait', jobs({ waiting: 1, waitingSince: new Date(now.getTime() - 60_000) }), []],
  [
    'jobs that nothing runs',
    jobs({ waiting: 2, waitingSince: hoursAgo(3) }),
    ['warn 2 jobs wait for 3 h, and nothing runs them: start stocktake agent, or the daemon → /jobs'],
  ],
  ['jobs that wait for others', jobs({ waiting: 2, waitingSince: hoursAgo(3), running: 1 }), []],
  ['jobs that this server runs', { ...jobs({ waiting: 2, waitingSince: hoursAgo(3) }), runsJobs: true }, []],
  ['jobs that the daemon runs', { ...jobs({ waiting: 2, waitingSince: hoursAgo(3) }), daemon: DAEMON }, []],
  [
    'a schedule that nobody keeps',
    { settings: [named('photos', 'daily')], latest: [taken('photos', '2026-01-22T00-00Z')], runsJobs: true },
    [
      'warn photos is to be imported by a schedule, and no daemon runs that would: start stocktake daemon → /connectors',
    ],
  ],
  [
    'a connector that a later version wrote',
    { mistakes: [new UsageError({ subject: 'connector x', got: 'something new' })] },
    ['warn connector x: something new → /connectors'],
  ],
])('%s', (_, facts, expected) => {
  const found = listAttention({ ...WELL, ...facts }, now)
  expect(found.map(({ level, text, href }) => `${level} ${text} → ${href}`)).toEqual(expected)
})

test('errors come first', () => {
  const found = listAttention(
    {
      ...WELL,
      latest: [],
      gaps: { critical: 1, high: 1, medium: 0, low: 0 },
      chains: [chain({})],
    },
    now,
  )
  expect(found.map(({ level }) => level)).toEqual(['error', 'error', 'warn', 'warn'])
})
