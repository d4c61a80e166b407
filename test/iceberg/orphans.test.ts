import { describe, expect, test } from 'vitest'
import { TableFormatError } from '../../src/iceberg/errors.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { removeOrphans } from '../../src/iceberg/findOrphans.js'
import { SPEC } from './examples.js'
import {
  append,
  commitFiles,
  commitMetadata,
  DAY_MS,
  drop,
  HOUR_MS,
  load,
  makeUpkeepTable,
  orphansOf,
  rowsOf,
  stage,
  type UpkeepTable,
} from './upkeepTable.js'

const sweep = (of: UpkeepTable, options: { graceMs?: number; dryRun?: boolean } = {}) =>
  removeOrphans(of.catalog, SPEC.name, { graceMs: DAY_MS, dryRun: false, ...options }, of.effects)

const NONE = { files: 0, bytes: 0, oldest: null }
const parquetOf = ({ store }: UpkeepTable) => [...store.objects.keys()].filter(key => key.endsWith('.parquet'))

/** A table of one file, another that a killed writer has staged, and a day later a third. */
async function makeTable(): Promise<UpkeepTable> {
  const of = await makeUpkeepTable()
  await append(of, 'a')
  await stage(of, 'killed')
  of.clock.ms += DAY_MS
  await append(of, 'b')
  return of
}

describe('a file that no snapshot is made of', () => {
  test('goes when it is older than the grace time', async () => {
    const of = await makeTable()
    const written = new Date(of.clock.ms - DAY_MS)
    const orphan = { files: 1, bytes: '["killed"]'.length, oldest: written }
    const before = new Map(of.store.objects)
    expect(await sweep(of, { graceMs: DAY_MS + 1 })).toEqual(NONE)
    expect(await sweep(of, { dryRun: true })).toEqual(orphan)
    expect([...of.store.objects]).toEqual([...before])
    expect(await sweep(of)).toEqual(orphan)
    expect(parquetOf(of)).toEqual(['tables/objects_v1/data/a.parquet', 'tables/objects_v1/data/b.parquet'])
    expect(await sweep(of)).toEqual(NONE)
  })

  test('goes from a table at rest the time after: first it is marked, which tells the age', async () => {
    const of = await makeUpkeepTable()
    await append(of, 'a')
    await stage(of, 'killed')
    of.clock.ms += 5 * DAY_MS
    expect(await sweep(of)).toEqual(NONE)
    of.clock.ms += DAY_MS
    expect(await sweep(of)).toMatchObject({ files: 1 })
    const keys = [...of.store.objects.keys()]
    expect(await sweep(of)).toEqual(NONE)
    expect([...of.store.objects.keys()]).toEqual(keys)
  })

  test('stays when only our clock is a year ahead', async () => {
    const of = await makeTable()
    await stage(of, 'at work')
    const ahead = { ...of.effects, now: () => new Date(of.clock.ms + 365 * DAY_MS) }
    const options = { graceMs: DAY_MS, dryRun: false }
    expect(await removeOrphans(of.catalog, SPEC.name, options, ahead)).toMatchObject({ files: 1 })
    expect(await removeOrphans(of.catalog, SPEC.name, options, ahead)).toEqual(NONE)
    expect(parquetOf(of)).toContain('tables/objects_v1/data/at work.parquet')
  })

  test('stays when a writer puts another under its name before it is removed', async () => {
    const of = await makeTable()
    const { store } = of
    const find = store.find.bind(store)
    store.find = async key => {
      if (key.endsWith('/killed.parquet')) await stage(of, 'killed')
      return find(key)
    }
    expect(await sweep(of)).toEqual(NONE)
    expect(parquetOf(of)).toContain('tables/objects_v1/data/killed.parquet')
  })

  test('stays when a writer commits it while it is looked for', async () => {
    const of = await makeUpkeepTable()
    const staged = await stage(of, 'slow')
    of.clock.ms += 2 * DAY_MS
    await append(of, 'a')
    const { store } = of
    const list = store.list.bind(store)
    store.list = async function* (prefix, after) {
      yield* list(prefix, after)
      if (prefix === 'tables/objects_v1/') await commitFiles(of, [staged])
    }
    expect(await sweep(of)).toEqual(NONE)
    expect(await rowsOf(of)).toEqual(['a', 'slow'])
  })
})

test('what an older snapshot needs stays, also what another engine keeps beside the table', async () => {
  const of = await makeTable()
  const before = (await drop(of, 'a')).metadata.snapshots[0]?.['snapshot-id']
  const { location } = (await load(of)).metadata
  const statistics = [{ 'snapshot-id': before, 'statistics-path': `${location}/metadata/mine.stats` }]
  await commitMetadata(of, () => ({ statistics }))
  for (const name of [
    'metadata/mine.stats',
    'metadata/00001-x.metadata.json',
    'metadata/readme',
    'other/x.parquet',
    'data/notes.txt',
  ])
    await of.store.put(`tables/objects_v1/${name}`, Buffer.from('x'))
  for (const key of ['tables/objects_v1_b/data/x.parquet', 'state/jobs/x.avro'])
    await of.store.put(key, Buffer.from('x'))
  await stage(of, 'killed too')
  of.clock.ms += 9 * DAY_MS
  await append(of, 'c')
  const keys = [...of.store.objects.keys()].filter(key => !key.includes('killed'))
  expect(await sweep(of)).toMatchObject({ files: 2 })
  expect([...of.store.objects.keys()].sort()).toEqual(keys.sort())
  expect(await rowsOf(of, await load(of), before)).toEqual(['a'])
})

test('a table that can’t be read whole, or whose owner forbids it, keeps everything', async () => {
  const of = await makeTable()
  const forbidden = await makeUpkeepTable(of)
  await commitMetadata(forbidden, () => ({ properties: { 'gc.enabled': 'false' } }))
  expect(await sweep(forbidden)).toEqual(NONE)
  const [first] = (await load(of)).metadata.snapshots
  of.store.objects.delete(first?.['manifest-list'].slice('s3://b/lake/'.length) ?? '')
  const keys = [...of.store.objects.keys()]
  await expect(sweep(of)).rejects.toThrow(TableFormatError)
  expect([...of.store.objects.keys()]).toEqual(keys)
})

test('a writer that slept through the grace time between two tries writes its manifests again', async () => {
  const of = await makeTable()
  const file = await stage(of, 'late')
  const rival = filesCatalog(of.store, of.effects)
  const sleepy = await makeUpkeepTable()
  const catalog = {
    ...of.catalog,
    commit: async (...args: Parameters<typeof of.catalog.commit>) => {
      if (of.clock.ms < Date.UTC(2026, 0, 2, 12)) {
        of.clock.ms += 3 * DAY_MS // suspended here, with the manifest written
        await of.store.put(file.path.slice('s3://b/lake/'.length), Buffer.from('["late"]'))
        await append({ ...of, catalog: rival }, 'rival')
        await sweep({ ...of, catalog: rival })
      }
      return of.catalog.commit(...args)
    },
  }
  await commitFiles({ ...sleepy, ...of, catalog }, [file])
  expect(await rowsOf(of)).toEqual(['a', 'b', 'late', 'rival'])
  expect(await orphansOf(of)).toEqual([])
  expect(of.clock.ms % HOUR_MS).toBe(0)
})
