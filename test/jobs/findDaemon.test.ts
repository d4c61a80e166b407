import { expect, test } from 'vitest'
import { findDaemon, takeDaemonLease } from '../../src/jobs/daemonLease.js'
import { deadProcess, elsewhere, MINUTE_MS, makePlace } from './queuePlace.js'

/** Sleeps until it is woken: no lease is renewed. */
const asleep = (_ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

test('a daemon is seen while its lease holds, and from elsewhere for no longer', async () => {
  const place = makePlace()
  const seen = () => findDaemon(place.store, place.now())
  expect(await seen()).toEqual({ seenAt: null, isRunning: false })
  await takeDaemonLease({ ...place.effects, sleep: asleep, ...elsewhere(1) })
  const since = place.now()
  expect(await seen()).toEqual({ seenAt: since, isRunning: true })
  place.advance(2 * MINUTE_MS)
  expect(await seen()).toEqual({ seenAt: since, isRunning: false })
})

test('one that was killed on this machine is not running', async () => {
  const place = makePlace()
  await takeDaemonLease({ ...place.effects, sleep: asleep, host: 'here', runner: await deadProcess() })
  expect((await findDaemon(place.store, place.now())).isRunning).toBe(false)
})

test('one that gave its loop back is gone', async () => {
  const place = makePlace()
  const { own } = await takeDaemonLease({ ...place.effects, sleep: asleep, ...elsewhere(1) })
  if (!own) throw new Error('another has it')
  await own.release()
  expect(await findDaemon(place.store, place.now())).toEqual({ seenAt: null, isRunning: false })
})
