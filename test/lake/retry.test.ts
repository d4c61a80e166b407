import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { backoffMs, type RetryEffects, withRetries } from '../../src/lake/retry.js'

test.each([
  [1, 100],
  [2, 200],
  [3, 400],
  [8, 12_800],
  [9, 20_000],
  [50, 20_000],
])('after %i failures the wait is from nothing to below %i ms', (failures, boundMs) => {
  expect(backoffMs(failures, () => 0)).toBe(0)
  expect(backoffMs(failures, () => 0.5)).toBe(boundMs / 2)
})

function fakeTime() {
  const waits: number[] = []
  const effects: RetryEffects = {
    sleep: async ms => void waits.push(ms),
    random: () => 0.5,
    signal: new AbortController().signal,
  }
  return { waits, effects }
}

function failing(times: number) {
  let calls = 0
  const attempt = async () => {
    if (++calls <= times) throw new Error(`failure ${calls}`)
    return calls
  }
  return { attempt, calls: () => calls }
}

test('tries until it works, and waits longer each time', async () => {
  const { waits, effects } = fakeTime()
  expect(await withRetries(failing(3).attempt, { retries: 5, isTransient: () => true }, effects)).toBe(4)
  expect(waits).toEqual([50, 100, 200])
})

test.each([
  [0, 'failure 1'],
  [2, 'failure 3'],
])('with %i retries the last error is thrown: %s', async (retries, message) => {
  const { waits, effects } = fakeTime()
  const { attempt, calls } = failing(9)
  await expect(withRetries(attempt, { retries, isTransient: () => true }, effects)).rejects.toThrow(message)
  expect(calls()).toBe(retries + 1)
  expect(waits).toHaveLength(retries)
})

test('what lasts is thrown at once', async () => {
  const { waits, effects } = fakeTime()
  await expect(withRetries(failing(1).attempt, { retries: 5, isTransient: () => false }, effects)).rejects.toThrow()
  expect(waits).toEqual([])
})

test('an interruption ends a wait, and its reason is thrown', async () => {
  const stop = new AbortController()
  const effects = {
    sleep: (_: number, signal: AbortSignal) => sleep(60_000, undefined, { signal }),
    random: () => 0.5,
    signal: stop.signal,
  }
  const trying = withRetries(failing(1).attempt, { retries: 5, isTransient: () => true }, effects)
  stop.abort(new Error('enough'))
  await expect(trying).rejects.toThrow('enough')
})
