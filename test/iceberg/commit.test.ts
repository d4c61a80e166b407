import { describe, expect, test } from 'vitest'
import { NotFoundError, UsageError } from '../../src/errors.js'
import { formatAvro } from '../../src/iceberg/avro.js'
import type { Catalog, Table } from '../../src/iceberg/catalog.js'
import { CommitConflictError } from '../../src/iceberg/catalog.js'
import { MERGE_AT } from '../../src/iceberg/changeFiles.js'
import { type Change, COMMIT_ATTEMPTS, changeTable } from '../../src/iceberg/commit.js'
import type { DataFile } from '../../src/iceberg/dataFile.js'
import { FileOutsideTableError, UnsupportedTableError } from '../../src/iceberg/errors.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { loadManifest, loadManifestList } from '../../src/iceberg/loadManifests.js'
import { resolveFile } from '../../src/iceberg/location.js'
import { formatManifestList } from '../../src/iceberg/manifestList.js'
import { currentSnapshot } from '../../src/iceberg/metadata.js'
import { planFiles } from '../../src/iceberg/plan.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { dataFile, SPEC } from './examples.js'
import { FailingStore, SlowStore } from './storeFakes.js'

const effects = { now: () => new Date('2026-02-01T00:00:00Z') }
const never = () => false
const ofImport = (id: string) => (file: DataFile) => file.partition.import_id === id

const change = (catalog: Catalog, plan: Omit<Change, 'add'> & { add: (table: Table) => DataFile[] }) =>
  changeTable(catalog, SPEC.name, async table => ({ ...plan, add: plan.add(table) }), effects)
const append = (catalog: Catalog, ...names: string[]) =>
  change(catalog, { operation: 'append', add: table => names.map(name => dataFile(table, name)), drop: never })
const drop = (catalog: Catalog, which: (file: DataFile) => boolean) =>
  change(catalog, { operation: 'delete', add: () => [], drop: which })

async function makeTable(store = new MemoryStore('s3://b/lake')) {
  const catalog = filesCatalog(store, effects)
  return { store, catalog, table: await catalog.create(SPEC) }
}

const names = async (table: Table) =>
  (await planFiles(table, [])).map(file => /([^/]+)\.parquet$/.exec(file.path)?.[1]).sort()
const summaryOf = (table: Table) => currentSnapshot(table.metadata)?.summary
async function manifestsOf(table: Table) {
  const snapshot = currentSnapshot(table.metadata)
  return snapshot ? loadManifestList(table, snapshot) : []
}
/** The Avro files in the store that no snapshot of the table needs. */
async function orphans(store: MemoryStore, table: Table) {
  const used = new Set<string>()
  for (const snapshot of table.metadata.snapshots) {
    used.add(resolveFile(table, snapshot['manifest-list']))
    for (const manifest of await loadManifestList(table, snapshot)) used.add(resolveFile(table, manifest.path))
  }
  return [...store.objects.keys()].filter(key => key.endsWith('.avro') && !used.has(key))
}

describe('a change', () => {
  test('that appends: a snapshot with its parent, number, counts, logs and the branch main', async () => {
    const { catalog } = await makeTable()
    const first = await append(catalog, 'a', 'b')
    const second = await append(catalog, 'c')
    const [one, two] = second.metadata.snapshots
    expect(one).not.toHaveProperty('parent-snapshot-id')
    expect(two).toMatchObject({ 'parent-snapshot-id': one?.['snapshot-id'], 'sequence-number': 2, 'schema-id': 0 })
    expect(two?.summary).toEqual({
      operation: 'append',
      'added-data-files': '1',
      'added-records': '10',
      'added-files-size': '1000',
      'changed-partition-count': '1',
      'total-records': '30',
      'total-data-files': '3',
      'total-files-size': '3000',
      'total-delete-files': '0',
      'total-position-deletes': '0',
      'total-equality-deletes': '0',
    })
    expect(second.metadata).toMatchObject({
      'last-sequence-number': 2,
      'last-updated-ms': effects.now().getTime(),
      refs: { main: { type: 'branch', 'snapshot-id': two?.['snapshot-id'] } },
    })
    expect(second.metadata['snapshot-log'].map(entry => entry['snapshot-id'])).toEqual(
      [one, two].map(s => s?.['snapshot-id']),
    )
    expect(second.metadata['metadata-log'].at(-1)?.['metadata-file']).toBe(`s3://b/lake/${first.metadataKey}`)
    expect(await names(second)).toEqual(['a', 'b', 'c'])
  })

  test('that drops an import: manifests of its own leave the list, shared ones are rewritten', async () => {
    const { catalog, store } = await makeTable()
    await append(catalog, 'a')
    const before = await append(catalog, 'b', 'c')
    const alone = await drop(catalog, ofImport('a'))
    expect(await manifestsOf(alone)).toHaveLength(1)
    const shared = await drop(catalog, ofImport('b'))
    const [manifest] = await manifestsOf(shared)
    expect(manifest).toMatchObject({
      existingFiles: 1,
      deletedFiles: 1,
      existingRows: 10,
      deletedRows: 10,
      sequenceNumber: 4,
      minSequenceNumber: 2,
    })
    const added = currentSnapshot(before.metadata)?.['snapshot-id']
    const deleted = currentSnapshot(shared.metadata)?.['snapshot-id']
    expect(manifest && (await loadManifest(shared, manifest))).toMatchObject([
      {
        status: 'deleted',
        snapshotId: deleted,
        sequenceNumber: 2,
        fileSequenceNumber: 2,
        file: { partition: { import_id: 'b' } },
      },
      {
        status: 'existing',
        snapshotId: added,
        sequenceNumber: 2,
        fileSequenceNumber: 2,
        file: { partition: { import_id: 'c' } },
      },
    ])
    expect(summaryOf(shared)).toMatchObject({
      'deleted-data-files': '1',
      'deleted-records': '10',
      'removed-files-size': '1000',
      'total-records': '10',
    })
    expect(await orphans(store, shared)).toEqual([])
  })

  test('that drops everything leaves an empty list; what deleted entries remain go with the next change', async () => {
    const { catalog } = await makeTable()
    await append(catalog, 'a', 'b')
    await drop(catalog, ofImport('a'))
    const empty = await drop(catalog, ofImport('b'))
    expect([await names(empty), (await manifestsOf(empty)).length]).toEqual([[], 0])
    expect(summaryOf(empty)).toMatchObject({ 'total-records': '0', 'total-data-files': '0', 'total-files-size': '0' })
    expect(await names(await append(catalog, 'c'))).toEqual(['c'])
  })

  test('that replaces a small table is one snapshot, and older ones stay as they were', async () => {
    const { catalog } = await makeTable()
    const before = await append(catalog, 'a', 'b')
    const after = await change(catalog, {
      operation: 'overwrite',
      add: table => [dataFile(table, 'c')],
      drop: ofImport('a'),
    })
    expect(await names(after)).toEqual(['b', 'c'])
    expect(summaryOf(after)).toMatchObject({ operation: 'overwrite', 'changed-partition-count': '2' })
    const snapshotId = currentSnapshot(before.metadata)?.['snapshot-id'] ?? 0n
    expect(await planFiles(after, [], { snapshotId })).toHaveLength(2)
  })

  test('that comes to nothing commits nothing and leaves nothing', async () => {
    const { catalog, store, table } = await makeTable()
    const size = store.objects.size
    expect((await changeTable(catalog, SPEC.name, async () => undefined, effects)).version).toBe(table.version)
    expect((await drop(catalog, never)).version).toBe(table.version)
    const empty = await change(catalog, {
      operation: 'append',
      add: of => [dataFile(of, 'a', { recordCount: 0 })],
      drop: never,
    })
    expect([empty.version, store.objects.size]).toEqual([table.version, size])
  })

  test('keeps its caller’s summary, but the counts are its own', async () => {
    const { catalog } = await makeTable()
    const summary = { 'stocktake.import-id': 'i1', 'total-records': 'many' }
    const table = await change(catalog, { operation: 'append', add: of => [dataFile(of, 'a')], drop: never, summary })
    expect(summaryOf(table)).toMatchObject({ 'stocktake.import-id': 'i1', 'total-records': '10' })
  })

  test('never lets time go backwards', async () => {
    const { catalog } = await makeTable()
    await append(catalog, 'a')
    const add = (table: Table) => [dataFile(table, 'b')]
    const earlier = { now: () => new Date(0) }
    const table = await changeTable(
      catalog,
      SPEC.name,
      async of => ({ operation: 'append', add: add(of), drop: never }),
      earlier,
    )
    expect(currentSnapshot(table.metadata)?.['timestamp-ms']).toBe(effects.now().getTime())
  })

  test.each<[string, (table: Table) => DataFile[], new (...args: never[]) => Error]>([
    ['outside the table', of => [dataFile(of, 'a', { path: 's3://other/a.parquet' })], FileOutsideTableError],
    ['given twice', of => [dataFile(of, 'a'), dataFile(of, 'a')], UsageError],
    [
      'with a partition that is no date',
      of => [dataFile(of, 'a', { partition: { dt: 'x', import_id: 'a' } })],
      UsageError,
    ],
  ])('of a file %s is refused and leaves nothing', async (_, add, error) => {
    const { catalog, store } = await makeTable()
    const size = store.objects.size
    await expect(change(catalog, { operation: 'append', add, drop: never })).rejects.toThrow(error)
    expect(store.objects.size).toBe(size)
  })

  test('of no table, and of a table with delete files, is refused', async () => {
    const { catalog, store } = await makeTable()
    await expect(changeTable(catalog, 'other', async () => undefined, effects)).rejects.toThrow(NotFoundError)
    const table = await append(catalog, 'a')
    const manifests = (await manifestsOf(table)).map(manifest => ({ ...manifest, content: 'deletes' as const }))
    const list = formatManifestList(manifests, { id: 1n, parentId: undefined, sequenceNumber: 1 })
    await store.put(resolveFile(table, currentSnapshot(table.metadata)?.['manifest-list'] ?? ''), list)
    await expect(append(catalog, 'b')).rejects.toThrow(UnsupportedTableError)
    await expect(planFiles(table, [])).rejects.toThrow('delete files')
  })
})

describe('many commits', () => {
  test('stay cheap: manifests are merged, the log of metadata files is bounded, and every file is there', async () => {
    const { catalog, store } = await makeTable()
    let table = await append(catalog, 'f0')
    for (let i = 1; i <= MERGE_AT + 5; i++) table = await append(catalog, `f${i}`)
    expect((await manifestsOf(table)).length).toBeLessThan(10)
    expect(await names(table)).toHaveLength(MERGE_AT + 6)
    const merged = (await manifestsOf(table)).find(manifest => manifest.existingFiles === MERGE_AT)
    expect(merged).toMatchObject({ addedFiles: 0, minSequenceNumber: 1, sequenceNumber: MERGE_AT + 1 })
    const entries = merged ? await loadManifest(table, merged) : []
    expect(entries.map(entry => entry.sequenceNumber).sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: MERGE_AT }, (_, i) => i + 1),
    )
    expect(table.metadata['metadata-log']).toHaveLength(100)
    expect(await orphans(store, table)).toEqual([])
  })
})

test('manifests of a writer that left out counts get them, and count as live until then', async () => {
  const { catalog, store } = await makeTable()
  const before = await append(catalog, 'a')
  const manifests = await manifestsOf(before)
  // The fields that version 1 of the format made optional, and older names for them.
  const schema = {
    type: 'record',
    name: 'manifest_file',
    fields: [
      { name: 'manifest_path', type: 'string', 'field-id': 500 },
      { name: 'manifest_length', type: 'long', 'field-id': 501 },
      { name: 'partition_spec_id', type: 'int', 'field-id': 502 },
      { name: 'added_snapshot_id', type: 'long', 'field-id': 503 },
      { name: 'sequence_number', type: 'long', 'field-id': 515 },
    ],
  } as const
  const records = manifests.map(manifest => ({
    manifest_path: manifest.path,
    manifest_length: manifest.lengthBytes,
    partition_spec_id: manifest.specId,
    added_snapshot_id: manifest.addedSnapshotId,
    sequence_number: manifest.sequenceNumber,
  }))
  const list = resolveFile(before, currentSnapshot(before.metadata)?.['manifest-list'] ?? '')
  await store.put(list, formatAvro(schema, {}, records))
  const after = await append(catalog, 'b')
  expect(await names(after)).toEqual(['a', 'b'])
  expect(
    (await manifestsOf(after)).map(({ addedFiles, addedRows, deletedFiles }) => [addedFiles, addedRows, deletedFiles]),
  ).toEqual([
    [1, 10, 0],
    [1, 10, 0],
  ])
  expect(summaryOf(after)).toMatchObject({ 'total-records': '20', 'total-data-files': '2' })
})

describe('racing writers', () => {
  test('all get in, each once, and lost races leave no files', async () => {
    const { catalog, store } = await makeTable(new SlowStore('s3://b/lake'))
    const writers = Array.from({ length: 12 }, (_, i) => `w${i}`)
    await Promise.all(writers.map(name => append(catalog, name)))
    const table = await catalog.load(SPEC.name)
    expect(table && (await names(table))).toEqual([...writers].sort())
    expect(table?.metadata.snapshots.map(snapshot => snapshot['sequence-number'])).toEqual(writers.map((_, i) => i + 1))
    expect(table && (await orphans(store, table))).toEqual([])
  })

  test('a lost race reuses the manifest, and the plan sees the table as the winner left it', async () => {
    const { catalog, store } = await makeTable()
    const manifests = () => [...store.objects.keys()].filter(key => /-m\d+\.avro$/.test(key)).length
    const counts: number[] = []
    const racing: Catalog = {
      ...catalog,
      async commit(base, next) {
        counts.push(manifests())
        if (counts.length === 1) await append(catalog, 'theirs')
        return catalog.commit(base, next)
      },
    }
    const seen: (string | undefined)[][] = []
    const plan = async (of: Table): Promise<Change> => {
      seen.push(await names(of))
      return { operation: 'append', add: [dataFile(of, 'mine')], drop: never }
    }
    const table = await changeTable(racing, SPEC.name, plan, effects)
    expect(seen).toEqual([[], ['theirs']])
    expect(counts).toEqual([1, 2]) // mine, then mine and theirs
    expect(await names(table)).toEqual(['mine', 'theirs'])
    expect(await orphans(store, table)).toEqual([])
  })

  test('more lost races than it tries are a conflict, with nothing left behind', async () => {
    const { catalog, store } = await makeTable()
    const size = store.objects.size
    let attempts = 0
    const losing: Catalog = {
      ...catalog,
      async commit() {
        attempts++
        throw new CommitConflictError({ subject: 'table' })
      },
    }
    const waits: number[] = []
    const sleep = async (ms: number) => void waits.push(ms)
    const plan = async (of: Table): Promise<Change> => ({ operation: 'append', add: [dataFile(of, 'a')], drop: never })
    await expect(changeTable(losing, SPEC.name, plan, { ...effects, sleep })).rejects.toThrow(CommitConflictError)
    expect([attempts, store.objects.size]).toEqual([COMMIT_ATTEMPTS, size])
    expect(waits).toHaveLength(COMMIT_ATTEMPTS - 1)
    expect(new Set(waits.slice(-20)).size).toBeGreaterThan(1) // jittered
  })

  test('a plan that fails after a lost race leaves nothing staged', async () => {
    const { catalog, store } = await makeTable()
    let attempts = 0
    const losing: Catalog = {
      ...catalog,
      commit: async () => Promise.reject(new CommitConflictError({ subject: 't' })),
    }
    const plan = async (of: Table): Promise<Change> => {
      if (++attempts === 2) throw new Error('no more')
      return { operation: 'append', add: [dataFile(of, 'a')], drop: never }
    }
    const size = store.objects.size
    await expect(changeTable(losing, SPEC.name, plan, effects)).rejects.toThrow('no more')
    expect(store.objects.size).toBe(size)
  })
})

describe('a store that fails at a write', () => {
  const change = (catalog: Catalog) =>
    changeTable(
      catalog,
      SPEC.name,
      async of => ({ operation: 'overwrite', add: [dataFile(of, 'new')], drop: ofImport('old') }),
      effects,
    )

  test.each(['before', 'after'] as const)('leaves the old state or the new one: %s it is done', async when => {
    const { store, catalog } = await makeTable()
    await append(catalog, 'old', 'kept')
    const outcomes: string[] = []
    for (let n = 1; ; n++) {
      const failing = new FailingStore(store, n, when)
      const result = await change(filesCatalog(failing, effects)).then(
        () => 'done',
        () => 'failed',
      )
      if (failing.writes < n) break
      const after = await filesCatalog(failing, effects).load(SPEC.name)
      const state = after ? (await names(after)).join() : 'none'
      expect(['kept,old', 'kept,new']).toContain(state)
      if (result === 'done') expect(state).toBe('kept,new')
      outcomes.push(`${result} ${state}`)
      failing.failAt = 0 // it is up again: the same change goes through, or there is nothing left to drop
      const again = await change(filesCatalog(failing, effects))
      expect(await names(again)).toContain('new')
    }
    expect(outcomes).toContain('done kept,new') // a failed hint is no failed commit
    expect(outcomes).toContain('failed kept,old')
    expect(outcomes.length).toBeGreaterThanOrEqual(5)
  })

  test('after a lost answer the commit is found to be ours', async () => {
    const { store, catalog } = await makeTable()
    await append(catalog, 'old')
    const failing = new FailingStore(store, 4, 'after') // two manifests or less, a list, then the metadata
    const table = await append(filesCatalog(failing, effects), 'new')
    expect(await names(table)).toEqual(['new', 'old'])
    expect(table.metadata.snapshots).toHaveLength(2)
  })
})
