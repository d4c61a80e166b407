import { describe, expect, test } from 'vitest'
import { BY_SCHEDULE, type Chain, type ChainSchedule, type ChainSpec } from '../../src/jobs/chain.js'
import { nextDue } from '../../src/jobs/chainSchedule.js'
import type { Job } from '../../src/jobs/job.js'
import { planNext, settleChain, specified } from '../../src/jobs/planNext.js'

const at = (text: string): Date => new Date(`2026-${text}Z`)
const shown = (time: Date): string => time.toISOString().slice(5, 16)

const DAILY: ChainSchedule = { kind: 'every', every_ms: 86_400_000 }
const WEEKLY: ChainSchedule = { kind: 'every', every_ms: 7 * 86_400_000 }
const HOURLY: ChainSchedule = { kind: 'every', every_ms: 3_600_000 }
const REPORTS: ChainSchedule = { kind: 'reports' }

const NOW = at('01-20T12:00')
const ID = `job_${'0'.repeat(32)}`

const spec = (given: Partial<ChainSpec> = {}): ChainSpec => ({
  ...{ name: 'import-con_1', type: 'import', connector: 'photos', params: {}, schedule: DAILY, isEnabled: true },
  ...given,
})

/** A chain whose third link is due an hour from now, after one that ended well 23 hours ago. */
const chain = (given: Partial<Chain> = {}): Chain => ({
  ...{ name: 'import-con_1', ...specified(spec()), link: 3, job_id: ID, due: at('01-20T13:00') },
  last: {
    ...{ job_id: `job_${'1'.repeat(32)}`, link: 2, state: 'succeeded', ended_at: at('01-19T13:00') },
    ...{ snapshot: '2026-01-19T01-00Z', error: null },
  },
  ...{ last_success_at: at('01-19T13:00'), failures: 0, failing_since: null, reports: [at('01-19T01:00')] },
  ...given,
})

const job = (given: Partial<Job> = {}): Job => ({
  ...{ job_id: ID, type: 'import', connector: 'photos', params: {}, state: 'queued', due: at('01-20T13:00') },
  ...{ not_before: null, attempts: 0, max_attempts: 3, created_at: at('01-19T13:00'), created_by: BY_SCHEDULE },
  ...{ started_at: null, ended_at: null, progress: null, result: null, error: null, cancel: null },
  ...{ chain: { name: 'import-con_1', link: 3 }, lease: null },
  ...given,
})

const ended = (state: Job['state'], time = '01-20T11:00', given: Partial<Job> = {}): Job =>
  job({
    ...{ state, ended_at: at(time), attempts: 1 },
    ...(state === 'succeeded' && { result: { snapshot: '2026-01-20T01-00Z' } }),
    ...(state === 'failed' && { error: { message: 'no', exit_code: 1 } }),
    ...given,
  })

const dueEarlier = chain({ due: at('01-20T10:00') })
const takenBack = ended('cancelled', '01-20T11:00', { cancel: { by: BY_SCHEDULE, at: at('01-20T11:00') } })
const byPerson = ended('cancelled', '01-20T11:00', { cancel: { by: 'ann', at: at('01-20T11:00') } })
const none = chain({ job_id: null, due: null, is_enabled: false })

describe('what a chain needs', () => {
  test.each<[string, Chain | undefined, Partial<ChainSpec>, Job | undefined, string]>([
    ['never was, and is wanted', undefined, {}, undefined, 'next 01-20T12:00'],
    ['never was, and is not wanted', undefined, { isEnabled: false }, undefined, 'keep'],
    ['was disabled, and is wanted again', none, {}, undefined, 'next 01-20T12:00'],
    ['is disabled, and not wanted', none, { isEnabled: false }, undefined, 'keep'],
    ['is disabled, and has another schedule now', none, { isEnabled: false, schedule: WEEKLY }, undefined, 'stop'],

    ['waits', chain(), {}, job(), 'keep'],
    ['waits, and its job was never made', chain(), {}, undefined, 'keep'],
    ['waits for a second attempt', dueEarlier, {}, job({ attempts: 1, not_before: at('01-20T12:14') }), 'keep'],
    ['is late', dueEarlier, {}, job(), 'keep'],
    ['runs', dueEarlier, {}, job({ state: 'running' }), 'keep'],

    ['waits, and is wanted no more', chain(), { isEnabled: false }, job(), 'cancel'],
    ['waits unmade, and is wanted no more', chain(), { isEnabled: false }, undefined, 'cancel'],
    ['waits again after it ran while disabled', chain({ is_enabled: false }), { isEnabled: false }, job(), 'cancel'],
    ['runs, and is wanted no more', chain(), { isEnabled: false }, job({ state: 'running' }), 'update'],
    ['runs, and is wanted again', chain({ is_enabled: false }), {}, job({ state: 'running' }), 'update'],
    ['ended, and is wanted no more', chain(), { isEnabled: false }, ended('succeeded'), 'stop'],
    ['was taken back as it is wanted no more', chain(), { isEnabled: false }, takenBack, 'stop'],

    ['waits, and is to be weekly', chain(), { schedule: WEEKLY }, job(), 'cancel'],
    ['runs, and is to be weekly', chain(), { schedule: WEEKLY }, job({ state: 'running' }), 'update'],
    ['was taken back to be weekly', chain(), { schedule: WEEKLY }, takenBack, 'next 01-26T13:00'],
    ['was taken back to be hourly', chain(), { schedule: HOURLY }, takenBack, 'next 01-20T12:00'],
    [
      'was taken back before its first link ran',
      chain({ last: null }),
      { schedule: WEEKLY },
      takenBack,
      'next 01-20T12:00',
    ],
    ['waits, and is to scan', chain(), { type: 'scan' }, job(), 'cancel'],
    ['waits, and is to do something else', chain(), { params: { again: true } }, job(), 'cancel'],

    ['waits, and is wanted now', chain(), { isWantedNow: true }, job(), 'cancel'],
    ['is due, and is wanted now', dueEarlier, { isWantedNow: true }, job(), 'keep'],
    ['runs, and is wanted now', dueEarlier, { isWantedNow: true }, job({ state: 'running' }), 'keep'],
    ['was taken back to be now', chain(), { isWantedNow: true }, takenBack, 'next 01-20T12:00'],
    ['ended, and is wanted once', chain(), { isOnce: true }, ended('failed'), 'stop'],
    ['was ended by another, and is wanted once', { ...none, is_enabled: true }, { isOnce: true }, undefined, 'keep'],
    ['ended, and is wanted now', chain(), { isWantedNow: true }, ended('succeeded'), 'next 01-20T12:00'],

    ['waits for longer than a day', chain({ due: at('01-21T12:01') }), {}, job(), 'cancel'],
    ['waits for a day', chain({ due: at('01-21T12:00') }), {}, job(), 'keep'],
    ['waits for an attempt in a year', dueEarlier, {}, job({ not_before: at('12-31T12:00') }), 'cancel'],
    [
      'was taken back after the clock was set back',
      chain({ due: at('07-01T12:00') }),
      {},
      takenBack,
      'next 01-20T13:00',
    ],

    ['ended well', dueEarlier, {}, ended('succeeded', '01-20T10:30'), 'next 01-21T10:30'],
    [
      'ended well, days ago',
      chain({ due: at('01-10T10:00') }),
      {},
      ended('succeeded', '01-10T10:30'),
      'next 01-11T10:30',
    ],
    ['ended later than now', dueEarlier, {}, ended('succeeded', '09-01T00:00'), 'next 01-21T12:00'],
    ['ended before it was due', dueEarlier, {}, ended('succeeded', '01-02T00:00'), 'next 01-21T10:00'],
    ['was cancelled by a person', dueEarlier, {}, byPerson, 'next 01-21T11:00'],
    ['failed', dueEarlier, {}, ended('failed'), 'next 01-20T11:15'],
    ['failed a third time', { ...dueEarlier, failures: 2 }, {}, ended('failed'), 'next 01-20T12:00'],
    ['failed the hundredth time', { ...dueEarlier, failures: 99 }, {}, ended('failed'), 'next 01-21T11:00'],
    [
      'failed, of an hourly one',
      { ...dueEarlier, failures: 9 },
      { schedule: HOURLY },
      ended('failed'),
      'next 01-20T12:00',
    ],
    ['ended well after failures', { ...dueEarlier, failures: 9 }, {}, ended('succeeded'), 'next 01-21T11:00'],
  ])('that %s', (_, chain, given, job, expected) => {
    const decision = planNext(chain, spec(given), job, NOW)
    expect(decision.kind === 'next' ? `next ${shown(decision.due)}` : decision.kind).toBe(expected)
  })
})

describe('a link that ended', () => {
  test('well is the last, and ends failures', () => {
    const before = chain({ failures: 2, failing_since: at('01-19T00:00') })
    expect(settleChain(before, ended('succeeded'), NOW)).toEqual({
      ...before,
      last: {
        ...{ job_id: ID, link: 3, state: 'succeeded', ended_at: at('01-20T11:00') },
        snapshot: '2026-01-20T01-00Z',
        error: null,
      },
      ...{ last_success_at: at('01-20T11:00'), failures: 0, failing_since: null },
      reports: [at('01-20T01:00'), at('01-19T01:00')],
    })
  })

  test('badly counts, and says since when', () => {
    const first = settleChain(chain(), ended('failed'), NOW)
    expect(first).toMatchObject({ failures: 1, failing_since: at('01-20T11:00'), last_success_at: at('01-19T13:00') })
    expect(first.last).toMatchObject({ state: 'failed', snapshot: null, error: { message: 'no', exit_code: 1 } })
    const second = settleChain(first, ended('failed', '01-20T11:30'), NOW)
    expect(second).toMatchObject({ failures: 2, failing_since: at('01-20T11:00') })
  })

  test('well tells which buckets it could not look at, since when, and that they were looked at again', () => {
    const before = chain({ ...specified(spec({ type: 'reconcile' })) })
    const look = (chain: Chain, time: string, connectors: readonly string[]) => {
      const failures = connectors.map(connector => ({ connector, message: `no ${connector}`, exit_code: 1 }))
      return settleChain(chain, ended('succeeded', time, { type: 'reconcile', result: { failures } }), NOW)
    }
    const first = look(before, '01-20T09:00', ['photos', 'logs'])
    const failed = settleChain(first, ended('failed', '01-20T10:00'), NOW)
    expect(failed.unseen).toEqual(first.unseen) // not known to be over
    const second = look(failed, '01-20T11:00', ['photos'])
    expect(second.unseen).toEqual([
      { connector: 'photos', failures: 2, since: at('01-20T09:00'), message: 'no photos', exit_code: 1 },
    ])
    expect(look(second, '01-20T11:30', []).unseen).toEqual([])
  })

  test('as a person wanted changes no count', () =>
    expect(settleChain(chain({ failures: 2 }), byPerson, NOW)).toMatchObject({
      failures: 2,
      last: { state: 'cancelled' },
    }))

  test.each([
    ['taken back', takenBack],
    ['not ended', job({ state: 'running' })],
  ])('%s leaves no trace', (_, job) => expect(settleChain(chain(), job, NOW)).toEqual(chain()))

  test.each([
    ['the same report', '2026-01-19T01-00Z', ['01-19T01:00']],
    ['an earlier one', '2026-01-12T01-00Z', ['01-19T01:00']],
    ['a scan instead', '2026-01-20T10-31-07Z', ['01-19T01:00']],
    ['something else', 'yesterday', ['01-19T01:00']],
    ['a newer one', '2026-01-26T01-00Z', ['01-26T01:00', '01-19T01:00']],
  ])('with %s', (_, snapshot, reports) =>
    expect(
      settleChain(chain(), ended('succeeded', '01-26T05:00', { result: { snapshot } }), NOW).reports.map(shown),
    ).toEqual(reports),
  )
})

describe('a chain that follows reports', () => {
  const day = ['01-20T01:00', '01-19T01:00']
  const week = ['01-20T01:00', '01-13T01:00']
  test.each<[string, string[], string, string]>([
    ['the hour after the next', day, '01-20T05:00', '01-21T02:00'],
    ['once an hour while it is late', day, '01-21T02:10', '01-21T03:10'],
    ['also when it is very late', day, '02-21T02:10', '02-21T03:10'],
    ['not sooner than in 15 minutes', day, '01-21T01:50', '01-21T02:05'],
    ['each day at least, where they come weekly', week, '01-20T05:00', '01-21T05:00'],
    ['when the weekly one is due', week, '01-26T05:00', '01-27T02:00'],
    ['as of daily ones while one is known', day.slice(1), '01-19T05:00', '01-20T02:00'],
    ['tomorrow where there is none', [], '01-20T05:00', '01-21T05:00'],
  ])('looks %s', (_, reports, endedAt, expected) => {
    const past = { endedAt: at(endedAt), due: at(endedAt), failures: 0, reports: reports.map(at), hasReport: true }
    expect(shown(nextDue(REPORTS, past, at(endedAt)))).toBe(expected)
  })

  test('samples once a day where the bucket has none', () => {
    const past = { endedAt: NOW, due: NOW, failures: 0, reports: day.map(at), hasReport: false }
    expect(shown(nextDue(REPORTS, past, NOW))).toBe('01-21T12:00')
  })
})
