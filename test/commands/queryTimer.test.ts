import { expect, test } from 'vitest'
import { startQueryTimer } from '../../src/commands/queryTimer.js'

test('counts what is awaited, and not what the reader takes', async () => {
  let ms = 0
  const timer = startQueryTimer(() => new Date(ms))
  async function* rows() {
    for (const row of [1, 2, 3]) {
      ms += 10 // the engine
      yield row
    }
  }
  await timer.during(async () => {
    ms += 5
  })
  for await (const _ of timer.awaiting(rows())) ms += 1000 // the reader
  expect(timer.tookMs()).toBe(35)
})

test('counts what fails, and nothing for a clock that is set back', async () => {
  let ms = 100
  const timer = startQueryTimer(() => new Date(ms))
  const fail = (by: number) =>
    timer.during(async () => {
      ms += by
      throw new Error('no')
    })
  await expect(fail(7)).rejects.toThrow('no')
  await expect(fail(-50)).rejects.toThrow('no')
  expect(timer.tookMs()).toBe(7)
})

test('a reader that leaves ends the rows', async () => {
  let ended = false
  async function* rows() {
    try {
      yield 1
      yield 2
    } finally {
      ended = true
    }
  }
  for await (const _ of startQueryTimer(() => new Date(0)).awaiting(rows())) break
  expect(ended).toBe(true)
})
