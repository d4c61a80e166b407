import { expect, test } from 'vitest'
import { shareNext } from '../../src/web/shareNext.js'

test('whoever asks gets what was loaded after they asked, and many share it', async () => {
  let written = 0
  let loads = 0
  const load = shareNext(async () => {
    loads++
    const read = written
    await new Promise(setImmediate)
    return read
  })
  const first = Array.from({ length: 10 }, load)
  await Promise.resolve() // the first load has begun
  await Promise.resolve()
  written = 1
  const later = Array.from({ length: 10 }, load)
  expect(await Promise.all(first)).toEqual(Array(10).fill(0))
  expect(await Promise.all(later)).toEqual(Array(10).fill(1))
  expect(loads).toBe(2)
})

test('a load that fails is told to those who wait for it, and the next is another', async () => {
  let isAway = true
  const load = shareNext(async () => {
    if (isAway) throw new Error('away')
    return 'here'
  })
  const waiting = [load(), load()]
  for (const each of waiting) await expect(each).rejects.toThrow('away')
  isAway = false
  expect(await load()).toBe('here')
})
