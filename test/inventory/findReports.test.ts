import { expect, test } from 'vitest'
import { NotFoundError } from '../../src/errors.js'
import {
  findNewestReport,
  findReport,
  getNewestReport,
  getReport,
  listReports,
  nameReport,
} from '../../src/inventory/findReports.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'

const source = { prefix: 'r/', sourceBucket: 'photos', configName: 'weekly' }
const at = new Date('2026-01-13T01:00:00Z')

async function bucketWith(...keys: string[]): Promise<MemoryStore> {
  const store = new MemoryStore('s3://inventory-bucket')
  for (const key of keys) await store.put(key, new Uint8Array())
  return store
}

const whole = (folder: string): string[] => [`${folder}/manifest.json`, `${folder}/manifest.checksum`]

const bucket = () =>
  bucketWith(
    ...whole('r/photos/weekly/2026-01-13T01-00Z'),
    ...whole('r/photos/weekly/2026-01-06T01-00Z'),
    'r/photos/weekly/2026-01-20T01-00Z/manifest.json', // not finished yet
    'r/photos/weekly/2026-01-21T01-00Z/manifest.checksum',
    'r/photos/weekly/2026-01-22T01-00Z/other',
    ...whole('r/photos/weekly/2026-02-30T01-00Z'), // no such day
    ...whole('r/photos/weekly/hive'),
    'r/photos/weekly/hive/dt=2026-01-13-01-00/symlink.txt',
    'r/photos/weekly/data/1.csv.gz',
    ...whole('r/photos/daily/2026-03-01T01-00Z'),
    ...whole('r/other/weekly/2026-03-01T01-00Z'),
    ...whole('photos/weekly/2025-01-01T01-00Z'),
  )

test('the newest report is the newest that is whole', async () => {
  expect(await findNewestReport(await bucket(), source)).toEqual({
    name: '2026-01-13T01-00Z',
    at,
    manifestKey: 'r/photos/weekly/2026-01-13T01-00Z/manifest.json',
  })
})

test.each([
  ['r/', '2026-01-13T01-00Z'],
  ['r', '2026-01-13T01-00Z'],
  ['', '2025-01-01T01-00Z'],
  ['r/photos', undefined],
])('prefix %j leads to %s', async (prefix, name) => {
  expect((await findNewestReport(await bucket(), { ...source, prefix }))?.name).toBe(name)
})

test('reports are listed oldest first', async () => {
  const names: string[] = []
  for await (const report of listReports(await bucket(), source)) names.push(report.name)
  expect(names).toEqual(['2026-01-06T01-00Z', '2026-01-13T01-00Z'])
})

test.each([
  ['2026-01-13T01:00:00Z', '2026-01-13T01-00Z'],
  ['2026-01-06T01:00:00Z', '2026-01-06T01-00Z'],
  ['2026-01-20T01:00:00Z', undefined], // not whole
  ['2026-01-14T01:00:00Z', undefined],
])('the report of %s is %s', async (time, name) => {
  expect((await findReport(await bucket(), source, new Date(time)))?.name).toBe(name)
})

test('an asked-for report is had, or an error says which is the newest', async () => {
  const store = await bucket()
  expect((await getReport(store, source, at)).name).toBe('2026-01-13T01-00Z')
  expect((await getNewestReport(store, source)).name).toBe('2026-01-13T01-00Z')
  await expect(getReport(store, source, new Date('2026-01-20T01:00:00Z'))).rejects.toThrow(
    's3://inventory-bucket/r/photos/weekly/: expected a report of 2026-01-20T01-00Z, got 2026-01-13T01-00Z is the newest',
  )
})

test.each([
  ['nothing was delivered', [], 'got no dated folder; check prefix, source_bucket and config_name'],
  ['only data files are there', ['r/photos/weekly/data/1.csv.gz'], 'got no dated folder'],
  ['the first is on its way', ['r/photos/weekly/2026-01-20T01-00Z/x'], 'got 2026-01-20T01-00Z without them; wait'],
])('%s: the error says so', async (_, keys, message) => {
  const store = await bucketWith(...keys)
  expect(await findNewestReport(store, source)).toBeUndefined()
  for (const asked of [getNewestReport(store, source), getReport(store, source, at)]) {
    await expect(asked).rejects.toThrow(message)
    await expect(asked).rejects.toBeInstanceOf(NotFoundError)
  }
})

test.each([
  ['r/photos/weekly/2026-01-20T01-00Z/manifest.json', '2026-01-20T01-00Z'], // the folder's, even if the time differs
  ['2026-01-20T01-00Z/manifest.json', '2026-01-20T01-00Z'],
  ['r/photos/weekly/2026-01-20/manifest.json', '2026-01-13T01-00Z'],
  ['2026-01-20T01-00Z/copy/manifest.json', '2026-01-13T01-00Z'],
  ['manifest.json', '2026-01-13T01-00Z'],
])('the snapshot of %s is %s', (key, name) => {
  expect(nameReport(key, new Date('2026-01-13T01:00:59.999Z'))).toBe(name)
})
