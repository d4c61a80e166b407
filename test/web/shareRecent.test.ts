import { expect, test } from 'vitest'
import { countDeeds } from '../../src/web/deeds.js'
import { shareRecent } from '../../src/web/shareRecent.js'

/** What was loaded, counted; time goes on when the test says so. */
function openRecent() {
  const deeds = countDeeds()
  const waiting: (() => void)[] = []
  let loads = 0
  const sleep = () => new Promise<void>(resolve => waiting.push(resolve))
  const signal = new AbortController().signal
  const ask = shareRecent(async () => ++loads, deeds, { sleep, signal })
  const pass = async (): Promise<void> => {
    for (const wake of waiting.splice(0)) wake()
    await new Promise(setImmediate)
  }
  return { ask, deeds, pass }
}

test('an answer is given again for a while', async () => {
  const { ask, pass } = openRecent()
  expect([await ask(), await ask(), await ask()]).toEqual([1, 1, 1])
  await pass()
  expect([await ask(), await ask()]).toEqual([2, 2])
})

test('what was loaded before a deed, or while it was done, is not given after', async () => {
  const { ask, deeds, pass } = openRecent()
  expect(await ask()).toBe(1)
  deeds.note()
  expect(await ask()).toBe(2)
  const during = ask()
  deeds.note()
  expect([await during, await ask()]).toEqual([2, 3])
  await pass()
  expect(await ask()).toBe(4)
})

test('who come while it is loaded share the next load', async () => {
  const { ask } = openRecent()
  const first = ask()
  await Promise.resolve()
  expect(await Promise.all([first, ask(), ask()])).toEqual([1, 2, 2])
})
