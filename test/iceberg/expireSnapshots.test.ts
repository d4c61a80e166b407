import { describe, expect, test } from 'vitest'
import { CommitConflictError } from '../../src/iceberg/catalog.js'
import { FileOutsideTableError, TableFormatError } from '../../src/iceberg/errors.js'
import { type ExpireOptions, expireSnapshots } from '../../src/iceberg/expireSnapshots.js'
import { currentSnapshot, type TableMetadata } from '../../src/iceberg/metadata.js'
import { planExpiry } from '../../src/iceberg/planExpiry.js'
import { METADATA_LOG_LENGTH } from '../../src/iceberg/snapshot.js'
import { metadataAt, SPEC } from './examples.js'
import {
  append,
  commitMetadata,
  DAY_MS,
  drop,
  expectCrashes,
  HOUR_MS,
  load,
  makeUpkeepTable,
  orphansOf,
  rowsOf,
  type UpkeepTable,
} from './upkeepTable.js'

const expire = (of: UpkeepTable, options: Partial<ExpireOptions> = {}) =>
  expireSnapshots(of.catalog, SPEC.name, { keep: 1, graceMs: DAY_MS, dryRun: false, ...options }, of.effects)

/** Metadata of snapshots 1, 2, …, an hour apart, each the current one until the next; the last one is now. */
function history(count: number, more: Partial<TableMetadata> = {}): TableMetadata {
  const ids = Array.from({ length: count }, (_, i) => i + 1)
  return {
    ...metadataAt('s3://b/lake/tables/t'),
    'current-snapshot-id': BigInt(count),
    refs: { main: { 'snapshot-id': BigInt(count), type: 'branch' } },
    snapshots: ids.map(id => ({
      'snapshot-id': BigInt(id),
      ...(id > 1 && { 'parent-snapshot-id': BigInt(id - 1) }),
      'sequence-number': id,
      'timestamp-ms': id * HOUR_MS,
      'manifest-list': `l${id}`,
      summary: {},
    })),
    'snapshot-log': ids.map(id => ({ 'timestamp-ms': id * HOUR_MS, 'snapshot-id': BigInt(id) })),
    ...more,
  }
}

const keptOf = (metadata: TableMetadata, keep: number, graceHours: number, nowHours = 10) =>
  planExpiry(metadata, { keep, graceMs: graceHours * HOUR_MS }, new Date(nowHours * HOUR_MS)).kept.map(snapshot =>
    Number(snapshot['snapshot-id']),
  )

const ALL = Array.from({ length: 10 }, (_, i) => i + 1)

describe('of ten snapshots, an hour apart, there stay', () => {
  const ref = (id: number, type: 'branch' | 'tag', more = {}) => ({ 'snapshot-id': BigInt(id), type, ...more })
  const main = ref(10, 'branch')
  test.each<[string, TableMetadata, number, number, number[]]>([
    ['the newest so many', history(10), 3, 0, [8, 9, 10]],
    ['the current one, whatever is asked for', history(10), 0, -1, [10]],
    ['those that others replaced within the grace time', history(10), 1, 3, [6, 7, 8, 9, 10]],
    ['one that a tag names', history(10, { refs: { main, old: ref(2, 'tag') } }), 1, 0, [2, 9, 10]],
    ['the head of a branch', history(10, { refs: { main, work: ref(3, 'branch') } }), 1, 0, [3, 9, 10]],
    [
      'what a branch wants before its head',
      history(10, { refs: { main, work: ref(5, 'branch', { 'min-snapshots-to-keep': 3 }) } }),
      1,
      0,
      [3, 4, 5, 9, 10],
    ],
    [
      'what a branch wants for a time',
      history(10, { refs: { main: ref(10, 'branch', { 'max-snapshot-age-ms': 4 * HOUR_MS }) } }),
      1,
      0,
      [6, 7, 8, 9, 10],
    ],
    ['all where removal is forbidden', history(10, { properties: { 'gc.enabled': 'false' } }), 1, 0, ALL],
    [
      'the current one after a rollback',
      history(10, {
        'current-snapshot-id': 4n,
        'snapshot-log': [...history(10)['snapshot-log'], { 'timestamp-ms': 10 * HOUR_MS, 'snapshot-id': 4n }],
      }),
      1,
      0,
      [4, 9, 10],
    ],
  ])('%s', (_, metadata, keep, graceHours, kept) => expect(keptOf(metadata, keep, graceHours)).toEqual(kept))

  test('all when the clock was put back', () => expect(keptOf(history(10), 1, 0, 0)).toEqual(ALL))

  test('one that was made long ago and is replaced now', () => {
    const [first, second] = history(2).snapshots
    const old = history(2, {
      snapshots: [first, { ...second, 'timestamp-ms': 9 * HOUR_MS }] as TableMetadata['snapshots'],
    })
    const log = [
      { 'timestamp-ms': HOUR_MS, 'snapshot-id': 1n },
      { 'timestamp-ms': 9 * HOUR_MS, 'snapshot-id': 2n },
    ]
    expect(keptOf({ ...old, 'snapshot-log': log }, 1, 2)).toEqual([1, 2])
  })
})

test('the log of snapshots keeps no gap, and statistics go with their snapshots', () => {
  const statistics = [1, 4, 5].map(id => ({ 'snapshot-id': id, 'statistics-path': `s${id}`, 'file-size': 1 }))
  const refs = {
    main: { 'snapshot-id': 5n, type: 'branch' as const },
    old: { 'snapshot-id': 1n, type: 'tag' as const },
  }
  const { metadata } = planExpiry(history(5, { refs, ...{ statistics } }), { keep: 2, graceMs: 0 }, new Date(DAY_MS))
  expect(metadata.snapshots.map(snapshot => Number(snapshot['snapshot-id']))).toEqual([1, 4, 5])
  expect(metadata['snapshot-log'].map(entry => Number(entry['snapshot-id']))).toEqual([4, 5])
  expect(metadata).toMatchObject({ statistics })
  const next = planExpiry({ ...metadata, refs: { main: refs.main } }, { keep: 1, graceMs: 0 }, new Date(DAY_MS))
  expect(next.metadata).toMatchObject({ statistics: [{ 'statistics-path': 's5' }] })
})

describe('expiry', () => {
  /** Files a and c, after a file b that came and went. */
  async function makeTable(): Promise<UpkeepTable> {
    const of = await makeUpkeepTable()
    await append(of, 'a')
    await append(of, 'b')
    await drop(of, 'b')
    await append(of, 'c')
    of.clock.ms += 2 * DAY_MS
    return of
  }

  test('removes the files that only expired snapshots are made of, and tells their bytes', async () => {
    const of = await makeTable()
    const before = new Map(of.store.objects)
    const planned = await expire(of, { dryRun: true })
    expect([...of.store.objects]).toEqual([...before])
    const done = await expire(of)
    expect(done).toEqual(planned)
    const gone = [...before.keys()].filter(key => !of.store.objects.has(key))
    const bytes = gone.reduce((sum, key) => sum + (before.get(key)?.bytes.length ?? 0), 0)
    expect(done).toEqual({ expired: 3, removedFiles: gone.length, removedBytes: bytes })
    expect(gone.filter(key => key.endsWith('.parquet'))).toEqual(['tables/objects_v1/data/b.parquet'])
    expect(gone.filter(key => key.includes('snap-'))).toHaveLength(3)
    expect(await rowsOf(of)).toEqual(['a', 'c'])
    expect(await orphansOf(of)).toEqual([])
    const { metadata } = await load(of)
    expect([metadata.snapshots.length, metadata['snapshot-log'].length]).toEqual([1, 1])
    expect(metadata['last-updated-ms']).toBe(of.clock.ms)
    expect(await expire(of)).toEqual({ expired: 0, removedFiles: 0, removedBytes: 0 })
  })

  test('tells ages by the time that it is given, and commits by the clock', async () => {
    const of = await makeTable()
    expect(await expire(of, { at: new Date(of.clock.ms - 2 * DAY_MS) })).toMatchObject({ expired: 0 })
    expect(await expire(of, { at: new Date(of.clock.ms - HOUR_MS) })).toMatchObject({ expired: 3 })
    expect((await load(of)).metadata['last-updated-ms']).toBe(of.clock.ms)
  })

  test('leaves what a tag needs', async () => {
    const of = await makeUpkeepTable()
    await append(of, 'a')
    const tagged = currentSnapshot((await append(of, 'b')).metadata)?.['snapshot-id'] ?? 0n
    await commitMetadata(of, ({ refs }) => ({ refs: { ...refs, old: { 'snapshot-id': tagged, type: 'tag' } } }))
    await drop(of, 'a', 'b')
    of.clock.ms += 2 * DAY_MS
    expect((await expire(of)).expired).toBe(1)
    expect(await rowsOf(of, await load(of), tagged)).toEqual(['a', 'b'])
  })

  test('leaves files that are young by the store’s own clock, for later', async () => {
    const of = await makeTable()
    const young = new Date(of.clock.ms - HOUR_MS)
    for (const [key, object] of of.store.objects) of.store.objects.set(key, { ...object, lastModified: young })
    expect(await expire(of)).toMatchObject({ expired: 3, removedFiles: 0 })
    expect((await orphansOf(of)).length).toBeGreaterThan(3)
  })

  test('goes on from what a writer who was first has made', async () => {
    const of = await makeTable()
    of.store.intruder = { before: 'v6.metadata.json', act: () => append(of, 'd') }
    expect((await expire(of)).expired).toBe(3) // the one that was current became old only now
    expect(await rowsOf(of)).toEqual(['a', 'c', 'd'])
    expect(await orphansOf(of)).toEqual([])
  })

  test('a writer who loaded the table before loses the race, and keeps nothing that went', async () => {
    const of = await makeTable()
    const base = await load(of)
    await expire(of)
    await expect(of.catalog.commit(base, base.metadata)).rejects.toThrow(CommitConflictError)
  })

  test('of files outside of the table: those that go stay where they are, those that stay are an error', async () => {
    const of = await makeTable()
    await commitMetadata(of, ({ snapshots }) => ({
      snapshots: snapshots.map((snapshot, i) =>
        i === 0 ? { ...snapshot, 'manifest-list': 's3://other/list.avro' } : snapshot,
      ),
    }))
    expect((await expire(of)).expired).toBe(3)
    await append(of, 'd')
    await commitMetadata(of, ({ snapshots }) => ({
      snapshots: snapshots.map((snapshot, i) =>
        i === 1 ? { ...snapshot, 'manifest-list': 's3://other/list.avro' } : snapshot,
      ),
    }))
    of.clock.ms += 2 * DAY_MS
    const before = [...of.store.objects.keys()]
    await expect(expire(of)).rejects.toThrow(FileOutsideTableError)
    expect([...of.store.objects.keys()]).toEqual(before)
  })

  test('a kept manifest that is lost stops it; one of an expired snapshot doesn’t', async () => {
    const of = await makeTable()
    const lists = (await load(of)).metadata.snapshots.map(snapshot =>
      snapshot['manifest-list'].slice('s3://b/lake/'.length),
    )
    of.store.objects.delete(lists[1] ?? '')
    const lost = await makeUpkeepTable(of)
    lost.store.objects.delete(lists[3] ?? '')
    await expect(expire(lost)).rejects.toThrow(TableFormatError)
    expect((await expire(of)).expired).toBe(3)
    expect(await rowsOf(of)).toEqual(['a', 'c'])
  })

  test('removes statistics of what expired', async () => {
    const of = await makeTable()
    const { metadata } = await load(of)
    const ids = metadata.snapshots.map(snapshot => snapshot['snapshot-id'])
    const statistics = [ids[0], ids[3]].map((id, i) => ({
      'snapshot-id': id,
      'statistics-path': `${metadata.location}/metadata/${i}.stats`,
    }))
    const old = new Date(0)
    for (const i of [0, 1])
      of.store.objects.set(`tables/objects_v1/metadata/${i}.stats`, { bytes: Buffer.from('x'), lastModified: old })
    await commitMetadata(of, () => ({ statistics }))
    await expire(of)
    expect([...of.store.objects.keys()].filter(key => key.endsWith('.stats'))).toEqual([
      'tables/objects_v1/metadata/1.stats',
    ])
    expect((await load(of)).metadata).toMatchObject({
      statistics: [{ 'statistics-path': statistics[1]?.['statistics-path'] }],
    })
  })

  test.each(['before', 'after'] as const)(
    'cut short at any write (%s it), leaves a table of the same rows',
    async when => {
      const from = await makeTable()
      const reached = await expectCrashes(from, when, of => expire(of), ['a', 'c'])
      expect(reached).toBe(8)
    },
  )
})

describe('old metadata files', () => {
  const numbers = ({ store }: UpkeepTable) =>
    [...store.objects.keys()].flatMap(key => /\/v(\d+)\.metadata\.json$/.exec(key)?.[1] ?? []).map(Number)

  test('go after a week, oldest first; the newest stay, and those that the newest one’s log names', async () => {
    const of = await makeUpkeepTable()
    for (let i = 0; i < METADATA_LOG_LENGTH + 20; i++) await commitMetadata(of, () => ({}))
    expect((await expire(of)).removedFiles).toBe(0)
    of.clock.ms += 8 * DAY_MS
    await commitMetadata(of, () => ({}))
    expect(numbers(of)).toHaveLength(122)
    const removed: string[] = []
    const remove = of.store.remove.bind(of.store)
    of.store.remove = async key => {
      removed.push(key)
      await remove(key)
    }
    expect((await expire(of)).removedFiles).toBe(21)
    expect(removed.map(key => Number(/v(\d+)/.exec(key.slice(-22))?.[1]))).toEqual(
      Array.from({ length: 21 }, (_, i) => i + 1),
    )
    const { metadata } = await load(of)
    for (const entry of metadata['metadata-log'])
      expect(of.store.objects.has(entry['metadata-file'].slice('s3://b/lake/'.length))).toBe(true)
  })
})
