import { expect, test } from 'vitest'
import { formatNotifyEvent, GIVE_UP_MS, notifyChanges } from '../../src/jobs/notify.js'
import type { NotifiableFacts } from '../../src/jobs/notifyFacts.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import {
  channelOf,
  connectorIs,
  HOUR_MS,
  importFails,
  MINUTE_MS,
  openNotifyWorld,
  WELL,
  withGaps,
} from './notifyWorld.js'

const STALE: Partial<NotifiableFacts> = { connectors: [connectorIs('photos', 'warn')] }
const TOO_OLD: Partial<NotifiableFacts> = { connectors: [connectorIs('photos', 'error')] }
const FAILING: Partial<NotifiableFacts> = { failing: [importFails()] }

test('where all is well nothing is told, and nothing is written', async () => {
  const world = openNotifyWorld()
  expect(await world.round({})).toEqual([])
  expect([...world.store.objects.keys()]).toEqual([])
})

test('a first round tells what is bad now, in one message, the worst first; and none after it does', async () => {
  const world = openNotifyWorld()
  const facts = { ...withGaps(['gap_a', 'gap_b']), ...STALE, ...FAILING }
  expect(await world.round(facts)).toEqual(['import of photos fails', '2 critical gaps: 2 new', 'photos is stale'])
  expect(world.tried).toHaveLength(1)
  for (let i = 0; i < 5; i++) {
    world.pass(HOUR_MS)
    expect(await world.round(facts)).toEqual([])
  }
  expect(world.tried).toHaveLength(1)
})

test('each change of state is told once', async () => {
  const world = openNotifyWorld()
  const told: string[][] = []
  for (const facts of [STALE, STALE, TOO_OLD, STALE, TOO_OLD, {}, {}]) {
    world.pass(HOUR_MS)
    told.push(await world.round(facts))
  }
  expect(told).toEqual([['photos is stale'], [], ['photos is too old'], [], [], ['photos is fresh again'], []])
})

test('of what goes back and forth every end is told, and a beginning only after longer and longer', async () => {
  const world = openNotifyWorld()
  const log: string[] = []
  for (let minute = 0; minute < 24 * 60; minute += 5) {
    for (const title of await world.round(minute % 10 === 0 ? FAILING : {})) log.push(`${minute} ${title}`)
    world.pass(5 * MINUTE_MS)
  }
  const begun = log.filter(line => line.endsWith('fails')).map(line => Number(line.split(' ')[0]))
  expect(begun).toEqual([0, 30, 90, 210, 450, 930, 1410])
  // Five minutes after each beginning its end is told.
  expect(log).toHaveLength(2 * begun.length)
  expect(log.filter(line => line.endsWith('works again')).map(line => Number(line.split(' ')[0]))).toEqual(
    begun.map(minute => minute + 5),
  )
})

test('trouble that is still there when the quiet is over is told then', async () => {
  const world = openNotifyWorld()
  const at = async (minutes: number, facts: Partial<NotifiableFacts>) => {
    world.pass(minutes * MINUTE_MS)
    return world.round(facts)
  }
  expect(await at(0, FAILING)).toEqual(['import of photos fails'])
  expect(await at(5, {})).toEqual(['import of photos works again'])
  expect(await at(5, FAILING)).toEqual([])
  expect(await at(15, FAILING)).toEqual([])
  expect(await at(5, FAILING)).toEqual(['import of photos fails'])
  world.pass(49 * HOUR_MS)
  expect(await world.round({})).toEqual(['import of photos works again'])
  expect(await at(26 * 60, FAILING)).toEqual(['import of photos fails'])
  expect(await at(5, {})).toEqual(['import of photos works again'])
  expect(await at(25, FAILING)).toEqual(['import of photos fails']) // after a calm day the waiting begins anew
})

test('a refused report is told once, another one again, and the end of it', async () => {
  const world = openNotifyWorld()
  const refused = (file: string, age: string) => ({
    failing: [importFails({ exit_code: 4, message: `refused: ${file}: expected MD5 1, got 2\nit is ${age} old` })],
  })
  expect(await world.round(refused('a.gz', '7 days'))).toEqual(['import of photos: a report was refused'])
  world.pass(24 * HOUR_MS)
  expect(await world.round(refused('a.gz', '8 days'))).toEqual([])
  expect(await world.round(refused('b.gz', '8 days'))).toEqual(['import of photos: a report was refused'])
  expect(await world.round({})).toEqual(['import of photos works again'])
  world.pass(48 * HOUR_MS)
  expect(await world.round(refused('a.gz', '10 days'))).toEqual([])
  expect(await world.round({})).toEqual([])
})

test('the same refused report of two chains is told once', async () => {
  const world = openNotifyWorld()
  const message = 'refused: a.gz: expected MD5 1, got 2'
  const failing = [
    importFails({ exit_code: 4, message }),
    importFails({ chain: 'reconcile', type: 'reconcile', connector: null, exit_code: 4, message }),
  ]
  expect(await world.round({ failing })).toEqual(['import of photos: a report was refused'])
})

test('what nobody looks at any more has not recovered', async () => {
  const world = openNotifyWorld()
  await world.round({ ...STALE, ...FAILING })
  const chains = WELL.chains.map(chain => ({ ...chain, is_enabled: false }))
  expect(await world.round({ connectors: [connectorIs('photos', 'none')], chains })).toEqual([
    'import of photos is no longer scheduled',
    'photos is no longer watched',
  ])
})

test('reconcile that is overdue is told, and when it is on time again', async () => {
  const world = openNotifyWorld()
  const overdue = [{ chain: 'reconcile', due: new Date('2026-01-20T05:00:00Z') }]
  expect(await world.round({ overdue })).toEqual(['reconcile is overdue'])
  expect(world.tried[0]?.message.notices[0]?.detail).toBe(
    'it should have run at 2026-01-20 05:00 UTC (4 h ago); the last run was 2026-01-20 08:00 UTC',
  )
  expect(await world.round({})).toEqual([]) // not known
  expect(await world.round({ overdue: [] })).toEqual(['reconcile is on time again'])
})

test('each bucket that a reconciliation could not look at is told by itself, and when it could again', async () => {
  const world = openNotifyWorld()
  const connectors = [connectorIs('photos', 'none'), connectorIs('logs', 'none')]
  const unseen = (connector: string) => importFails({ chain: 'reconcile', type: 'reconcile', connector })
  expect(await world.round({ connectors, failing: [unseen('photos'), unseen('logs')] })).toEqual([
    'reconcile of photos fails',
    'reconcile of logs fails',
  ])
  expect(await world.round({ connectors, failing: [unseen('photos')] })).toEqual(['reconcile of logs works again'])
  expect(await world.round({ connectors: connectors.slice(1) })).toEqual(['reconcile of photos is no longer scheduled'])
})

test('a channel is told the kinds that it wants, and the ends of these alone', async () => {
  const world = openNotifyWorld()
  const channels = [channelOf({ on: ['failing', 'recovered'] })]
  expect(await world.round({ ...STALE, ...FAILING }, channels)).toEqual(['import of photos fails'])
  // Refused, which it doesn't want to be told, is no end of failing.
  expect(await world.round({ failing: [importFails({ exit_code: 4 })] }, channels)).toEqual([])
  expect(await world.round({}, channels)).toEqual(['import of photos works again'])
  expect(await world.round(FAILING, [channelOf({ name: 'other', on: ['failing'] })])).toHaveLength(1)
  expect(await world.round({}, [channelOf({ name: 'other', on: ['failing'] })])).toEqual([])
})

test('a channel that comes later is told what is bad then', async () => {
  const world = openNotifyWorld()
  await world.round(STALE)
  expect(await world.round(STALE, [channelOf(), channelOf({ name: 'late' })])).toEqual(['photos is stale'])
  expect(world.tried.map(({ channel }) => channel)).toEqual(['pager', 'late'])
})

test('what could not be sent is tried again under its id, less and less often; then what has changed since is told', async () => {
  const world = openNotifyWorld()
  world.down.add('pager')
  const [event] = await world.events(STALE)
  expect(event).toMatchObject({ channel: 'pager', kind: 'failed', text: 'pager: nobody is there' })
  expect(event && formatNotifyEvent(event)).toBe('pager: nobody is there; tried again at 2026-01-20T09:00:59.970Z')
  expect(await world.events(STALE)).toMatchObject([{ kind: 'waits', next_at: event?.next_at }])
  const gone: number[] = []
  for (let minute = 1; minute <= 300; minute++) {
    world.pass(MINUTE_MS)
    const tries = world.tried.length
    await world.events(minute < 200 ? STALE : {})
    if (world.tried.length > tries) gone.push(minute)
  }
  expect(gone).toEqual([1, 3, 7, 15, 31, 63, 123, 183, 243])
  world.down.clear()
  world.pass(MINUTE_MS * 60)
  expect(await world.round({})).toEqual(['photos is stale', 'photos is fresh again'])
  const ids = world.tried.map(({ message }) => message.id)
  expect(new Set(ids.slice(0, -1)).size).toBe(1)
  expect(ids.at(-1)).not.toBe(ids[0])
})

test('after a day a message is given up; what is bad then is told in a new one', async () => {
  const world = openNotifyWorld()
  world.down.add('pager')
  await world.events({ ...STALE, ...FAILING })
  world.pass(GIVE_UP_MS)
  const [event] = await world.events(STALE)
  expect(event).toMatchObject({ kind: 'given up', next_at: null })
  expect(event && formatNotifyEvent(event)).toBe('pager: nobody is there; given up after 24 h')
  world.down.clear()
  expect(await world.round(STALE)).toEqual(['photos is stale'])
})

test('a channel that is down holds up no other', async () => {
  const world = openNotifyWorld()
  world.down.add('pager')
  const events = await world.events(STALE, [channelOf(), channelOf({ name: 'mail' })])
  expect(events.map(({ channel, kind }) => [channel, kind])).toEqual([
    ['pager', 'failed'],
    ['mail', 'sent'],
  ])
})

test('a state that cannot be read is told, and holds up no other channel', async () => {
  const world = openNotifyWorld()
  await world.store.put('state/notify/pager/1.json', new TextEncoder().encode('{}'))
  const events = await world.events(STALE, [channelOf(), channelOf({ name: 'mail' })])
  expect(events.map(({ channel, kind }) => [channel, kind])).toEqual([
    ['pager', 'not known'],
    ['mail', 'sent'],
  ])
})

test('several processes at once send one message', async () => {
  const world = openNotifyWorld()
  const facts = { ...WELL, ...STALE }
  await Promise.all(Array.from({ length: 8 }, () => notifyChanges(facts, [channelOf()], world.effects)))
  expect(world.tried).toHaveLength(1)
})

/** Refuses writes once it is told to: as after a crash, or a full disk. */
class FailingStore extends MemoryStore {
  isFull = false
  override async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    if (this.isFull) throw new Error('no space left')
    return super.putIfAbsent(key, bytes)
  }
}

test('a process that dies between sending and noting leaves a message that is sent again under the same id', async () => {
  const store = new FailingStore()
  const world = openNotifyWorld(store)
  const send = async (...args: Parameters<typeof world.effects.send>) => {
    const answer = await world.effects.send(...args)
    store.isFull = true
    return answer
  }
  const [event] = await notifyChanges({ ...WELL, ...STALE }, [channelOf()], { ...world.effects, send })
  expect(event).toMatchObject({ kind: 'not known', text: 'no space left' })
  store.isFull = false
  world.pass(MINUTE_MS)
  expect(await world.round(STALE)).toEqual([]) // it may still be at it
  world.pass(5 * MINUTE_MS)
  expect(await world.round(STALE)).toEqual(['photos is stale'])
  const [first, second] = world.tried.map(({ message }) => message)
  expect(second).toEqual(first)
  world.pass(HOUR_MS)
  expect(await world.round(STALE)).toEqual([])
})

test.each([
  ['a year back', -365 * 24 * HOUR_MS],
  ['a year ahead', 365 * 24 * HOUR_MS],
])('a clock that jumps %s keeps nothing from being told', async (_, jumpMs) => {
  const world = openNotifyWorld()
  world.down.add('pager')
  await world.events(STALE)
  world.down.clear()
  world.pass(jumpMs)
  expect(await world.round(STALE)).toEqual(['photos is stale'])
  world.pass(-jumpMs)
  expect(await world.round({})).toEqual(['photos is fresh again'])
  world.pass(jumpMs)
  expect(await world.round(STALE)).toEqual(['photos is stale'])
})

test('a stop while a message is under way leaves it to be sent again', async () => {
  const world = openNotifyWorld()
  const stop = new AbortController()
  const send = async () => {
    stop.abort(new Error('stopped'))
    throw new Error('cut off')
  }
  const effects = { ...world.effects, send, signal: stop.signal }
  await expect(notifyChanges({ ...WELL, ...STALE }, [channelOf()], effects)).rejects.toThrow('stopped')
  world.pass(6 * MINUTE_MS)
  expect(await world.round(STALE)).toEqual(['photos is stale'])
})
