import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FolderStore } from '../../src/lake/folderStore.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { sweepNumbers, sweepObjects } from '../../src/lake/sweepState.js'
import { sweepTemporary } from '../../src/lake/sweepTemporary.js'

const DAY_MS = 86_400_000
const NOW = new Date('2026-02-01T00:00Z')
const SWEEP = { now: NOW, dryRun: false }

/** A store with objects of so many days ago. */
async function storeOf(objects: Readonly<Record<string, number>>): Promise<MemoryStore> {
  let time = NOW
  const store = new MemoryStore('memory://lake', () => time)
  for (const [key, days] of Object.entries(objects)) {
    time = new Date(NOW.getTime() - days * DAY_MS)
    await store.put(key, Buffer.from('{}'))
  }
  return store
}

const keysOf = (store: MemoryStore): string[] => [...store.objects.keys()].sort()

describe('old numbers of documents', () => {
  test.each<[what: string, given: Record<string, number>, left: string[]]>([
    [
      'go a week after they were written',
      { 'state/a/1.json': 9, 'state/a/2.json': 6, 'state/a/3.json': 1 },
      ['2', '3'],
    ],
    ['go, but never the newest', { 'state/a/1.json': 400, 'state/a/2.json': 399 }, ['2']],
    ['are told by their number and not by their name', { 'state/a/9.json': 30, 'state/a/10.json': 20 }, ['10']],
    [
      'stay where an older one stays',
      { 'state/a/1.json': 1, 'state/a/2.json': 30, 'state/a/3.json': 0 },
      ['1', '2', '3'],
    ],
  ])('%s', async (_, given, left) => {
    const store = await storeOf(given)
    await sweepNumbers(store, 'state', SWEEP)
    expect(keysOf(store)).toEqual(left.map(n => `state/a/${n}.json`).sort())
  })

  test('of other documents, and what is none, count for nothing', async () => {
    const others = {
      'state/b/c/1.json': 30,
      'state/audit/2026-01-01/aud_1.json': 30,
      'state/a/01.json': 30,
      '1.json': 30,
    }
    const store = await storeOf({ ...others, 'state/a/1.json': 30, 'state/a/2.json': 30 })
    expect(await sweepNumbers(store, 'state', SWEEP)).toEqual({ count: 1, sizeBytes: 2 })
    expect(keysOf(store)).toEqual([...Object.keys(others), 'state/a/2.json'].sort())
  })

  test('are only counted by a dry run', async () => {
    const store = await storeOf({ 'state/a/1.json': 30, 'state/a/2.json': 30 })
    expect(await sweepNumbers(store, 'state', { ...SWEEP, dryRun: true })).toEqual({ count: 1, sizeBytes: 2 })
    expect(store.objects.size).toBe(2)
  })
})

test('objects under a prefix go when they are old', async () => {
  const store = await storeOf({ 'state/scans/a/1.json': 4, 'state/scans/a/2.json': 2, 'state/other.json': 9 })
  const options = { ...SWEEP, olderThanMs: 3 * DAY_MS }
  expect(await sweepObjects(store, 'state/scans/', { ...options, dryRun: true })).toEqual({ count: 1, sizeBytes: 2 })
  expect(await sweepObjects(store, 'state/scans/', options)).toEqual({ count: 1, sizeBytes: 2 })
  expect(keysOf(store)).toEqual(['state/other.json', 'state/scans/a/2.json'])
})

describe('temporary files', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stocktake sweep '))
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function put(name: string, days: number): Promise<void> {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, '1234')
    const time = new Date(NOW.getTime() - days * DAY_MS)
    await utimes(path, time, time)
  }

  test('that Stocktake made go when they are old, at any depth of its folders; what others have named like that stays', async () => {
    await put('.tmp-1-0123456789ab', 9)
    await put('tables/%41 b/.tmp-2-0123456789ab', 9)
    const young = 'tables/.tmp-5-0123456789ab'
    const others = ['.tmp-work/.tmp-3-0123456789ab', '.tmp-work/journal', 'lake.json', 'tables/data.tmp-4', young]
    others.push('.tmp-6', 'state/.tmp-notes', 'photos/.tmp-7-0123456789ab', 'tables/.tmp-x/.tmp-8-0123456789ab')
    for (const name of others) await put(name, name === young ? 1 : 9)
    const store = new FolderStore(folder)
    const options = { ...SWEEP, olderThanMs: 3 * DAY_MS }
    expect(await sweepTemporary(store, { ...options, dryRun: true })).toEqual({ count: 2, sizeBytes: 8 })
    expect(await sweepTemporary(store, options)).toEqual({ count: 2, sizeBytes: 8 })
    const left = await readdir(folder, { recursive: true, withFileTypes: true })
    expect(
      left
        .filter(entry => entry.isFile())
        .map(({ name }) => name)
        .sort(),
    ).toEqual(others.map(name => name.replace(/.*\//, '')).sort())
  })

  test('are no matter of a store that is no folder, nor of one that is not there', async () => {
    const options = { ...SWEEP, olderThanMs: 0 }
    expect(await sweepTemporary(new MemoryStore(), options)).toEqual({ count: 0, sizeBytes: 0 })
    expect(await sweepTemporary(new FolderStore(join(folder, 'none')), options)).toEqual({ count: 0, sizeBytes: 0 })
  })

  test('a file that is put is as new as its name, however old it was', async () => {
    await put('made', 30)
    const store = new FolderStore(join(folder, 'lake'))
    await store.putFile('a/b', join(folder, 'made'))
    const ageMs = Date.now() - ((await store.find('a/b'))?.lastModified.getTime() ?? 0)
    expect(ageMs).toBeLessThan(DAY_MS)
    expect(Buffer.from(await store.read('a/b')).toString()).toBe('1234')
  })
})
