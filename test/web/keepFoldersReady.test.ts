import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { keepFoldersReady } from '../../src/web/keepFoldersReady.js'

test.each([
  ['memory://lake', 3_000],
  ['s3://lake/', 300_000],
])('%s is looked at every %i ms until the end, also where it could not be read', async (url, everyMs) => {
  const stop = new AbortController()
  const waits: number[] = []
  let prepared = 0
  const prepare = async (): Promise<void> => {
    if (++prepared === 1) throw new Error('no lake')
  }
  const sleep = async (ms: number): Promise<void> => {
    waits.push(ms)
    if (waits.length === 3) stop.abort()
  }
  const folders = { readPage: () => Promise.reject(new Error('nobody asks')), prepare }
  await keepFoldersReady(folders, { store: new MemoryStore(url), sleep, signal: stop.signal })
  expect([prepared, waits]).toEqual([3, [everyMs, everyMs, everyMs]])
})
