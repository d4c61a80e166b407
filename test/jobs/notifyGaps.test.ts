import { expect, test } from 'vitest'
import type { NotifiableFacts, UrgentGap } from '../../src/jobs/notifyFacts.js'
import { channelOf, HOUR_MS, openNotifyWorld, WELL, withGaps } from './notifyWorld.js'

const gap = (gap_id: string, priority: UrgentGap['priority'], reason = `no object ${gap_id}`): UrgentGap => ({
  ...{ gap_id, priority, dataset: 'box_scores', reason },
})

/** Facts with gaps of all priorities, of which the most urgent are known. */
function withUrgent(gaps: readonly UrgentGap[], mostKnown = Number.POSITIVE_INFINITY): NotifiableFacts {
  const count = (priority: UrgentGap['priority']) => gaps.filter(gap => gap.priority === priority).length
  const known = gaps.slice(0, mostKnown)
  return {
    ...WELL,
    gaps: { critical: count('critical'), high: count('high'), medium: count('medium'), low: count('low') },
    critical_gap_ids: known.filter(({ priority }) => priority === 'critical').map(({ gap_id }) => gap_id),
    urgent_gaps: known,
  }
}

test('gaps that are new and gone are told, by their number', async () => {
  const world = openNotifyWorld()
  const told: string[] = []
  for (const ids of [['a'], ['a', 'b', 'c'], ['b', 'd'], ['b', 'd'], ['d'], []]) {
    world.pass(HOUR_MS)
    told.push((await world.round(withGaps(ids))).join())
  }
  expect(told).toEqual([
    '1 critical gap: 1 new',
    '3 critical gaps: 2 new',
    '2 critical gaps: 1 new, 2 gone',
    '',
    '1 critical gap: 1 gone',
    'no critical gaps: 1 gone',
  ])
  expect(world.tried.map(({ message }) => message.notices[0]?.severity)).toEqual([
    ...['error', 'error', 'error', 'warning', 'ok'],
  ])
})

test('the first few are told with their reasons', async () => {
  const world = openNotifyWorld()
  const gaps = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(id => gap(id, 'critical'))
  await world.round(withUrgent(gaps))
  const [notice] = world.tried[0]?.message.notices ?? []
  expect(notice?.lines).toEqual([
    ...['a', 'b', 'c', 'd', 'e'].map(id => `critical  box_scores: no object ${id}`),
    'and 2 more',
  ])
  expect(notice?.command).toBe('stocktake gaps --priority critical')
})

test('a gap that comes and goes is told less and less often', async () => {
  const world = openNotifyWorld()
  const begun: number[] = []
  const gone: number[] = []
  for (let hour = 0; hour < 24; hour++) {
    const [title = ''] = await world.round(withGaps(hour % 2 === 0 ? ['a', 'b'] : ['b']))
    if (title.endsWith('new')) begun.push(hour)
    if (title.endsWith('gone')) gone.push(hour)
    world.pass(HOUR_MS)
  }
  expect(begun).toEqual([0, 2, 4, 6, 10, 18])
  expect(gone).toEqual([1, 3, 5, 7, 11, 19])
})

test('a channel is told of gaps that are urgent enough for it, and when one becomes more urgent', async () => {
  const world = openNotifyWorld()
  const channels = [channelOf({ minPriority: 'high' })]
  const round = (gaps: readonly UrgentGap[]) => world.round(withUrgent(gaps), channels)
  expect(await round([gap('a', 'high'), gap('b', 'medium')])).toEqual(['1 gap (critical, high): 1 new'])
  expect(await round([gap('a', 'critical'), gap('b', 'high')])).toEqual([
    '2 gaps (critical, high): 1 new, 1 more urgent than before',
  ])
  expect(await round([gap('b', 'high'), gap('a', 'medium')])).toEqual(['1 gap (critical, high): 1 gone'])
  // Now only critical ones: what is not asked for any more isn't gone.
  expect(await world.round(withUrgent([gap('b', 'high')]), [channelOf()])).toEqual([])
  expect(await world.round(withUrgent([]), [channelOf()])).toEqual([])
})

test('of more than are known one by one the number is told, every six hours at most, and that there are none', async () => {
  const world = openNotifyWorld()
  const many = (count: number) =>
    withUrgent(
      Array.from({ length: count }, (_, i) => gap(`gap_${i}`, 'critical')),
      3,
    )
  const told: string[] = []
  for (const facts of [many(2), many(1_204), many(1_100), many(1_300), many(3), many(4), withGaps([])]) {
    told.push((await world.round(facts)).join())
    world.pass(3 * HOUR_MS)
  }
  expect(told).toEqual([
    '2 critical gaps: 2 new',
    '1,204 critical gaps: 2 before',
    '', // 3 hours later
    '1,300 critical gaps: 1,204 before',
    '',
    '4 critical gaps: 1,300 before',
    'no critical gaps: 4 before',
  ])
})

test('where nobody knows what is missing, nothing is told of gaps, nor forgotten', async () => {
  const world = openNotifyWorld()
  await world.round(withGaps(['a']))
  expect(await world.round({ gaps: null, critical_gap_ids: [] })).toEqual([])
  expect(await world.round(withGaps(['a']))).toEqual([])
  expect(await world.round(withGaps([]))).toEqual(['no critical gaps: 1 gone'])
})

test('a channel that does not want gaps is told of none, also later of none that are gone', async () => {
  const world = openNotifyWorld()
  await world.round(withGaps(['a']))
  expect(await world.round(withGaps([]), [channelOf({ on: ['stale'] })])).toEqual([])
  expect(await world.round(withGaps([]))).toEqual([])
})

test('the state of a thousand gaps stays small', async () => {
  const world = openNotifyWorld()
  for (let day = 0; day < 3; day++) {
    await world.round(
      withGaps(Array.from({ length: 1_000 }, (_, i) => `gap_${String(day * 1_000 + i).padStart(26, '0')}`)),
    )
    world.pass(12 * HOUR_MS)
  }
  const sizes = [...world.store.objects.values()].map(({ bytes }) => bytes.length)
  expect(Math.max(...sizes)).toBeLessThan(1_000_000)
})
