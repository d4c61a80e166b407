import { describe, expect, test } from 'vitest'
import type { Table } from '../../src/iceberg/catalog.js'
import { commitStaged, stageSnapshot } from '../../src/iceberg/commit.js'
import { loadManifest, loadManifestList } from '../../src/iceberg/loadManifests.js'
import type { ManifestFile } from '../../src/iceberg/manifestList.js'
import { currentSnapshot } from '../../src/iceberg/metadata.js'
import { planFiles } from '../../src/iceberg/plan.js'
import { rewriteManifests } from '../../src/iceberg/rewriteManifests.js'
import { numberManifest } from '../../src/iceberg/stage.js'
import { dataFile, SPEC } from './examples.js'
import {
  append,
  commitFiles,
  drop,
  expectCrashes,
  load,
  makeUpkeepTable,
  orphansOf,
  rowsOf,
  type UpkeepTable,
} from './upkeepTable.js'

const rewrite = (of: UpkeepTable, options: { least?: number; dryRun?: boolean } = {}) =>
  rewriteManifests(of.catalog, SPEC.name, { least: 2, dryRun: false, ...options }, of.effects)

async function manifestsOf(table: Table) {
  const snapshot = currentSnapshot(table.metadata)
  return snapshot ? loadManifestList(table, snapshot) : []
}

const entriesOf = async (table: Table) =>
  (await Promise.all((await manifestsOf(table)).map(manifest => loadManifest(table, manifest)))).flat()

async function makeTable(): Promise<UpkeepTable> {
  const of = await makeUpkeepTable()
  for (const name of ['b', 'd', 'a']) await append(of, name)
  await commitFiles(of, [await fileOf(of, 'c'), await fileOf(of, 'e')])
  await drop(of, 'e')
  return of
}

async function fileOf(of: UpkeepTable, name: string) {
  await of.store.put(`tables/objects_v1/data/${name}.parquet`, Buffer.from(JSON.stringify([name])))
  return dataFile(await load(of), name)
}

/** Commits a manifest for each file, however many there are. */
const commitManifests = (of: UpkeepTable, names: readonly string[]) =>
  commitStaged(
    of.catalog,
    SPEC.name,
    async (table, staging) => {
      const manifests: ManifestFile[] = []
      for (const name of names) {
        const file = await fileOf(of, name)
        const entry = { status: 'added', snapshotId: staging.snapshotId, file } as const
        const numbers = { sequenceNumber: undefined, fileSequenceNumber: undefined }
        manifests.push(numberManifest(await staging.manifest(table, 0, [{ ...entry, ...numbers }], [name]), 1))
      }
      return stageSnapshot(table, manifests, { operation: 'append' }, staging, of.clock.now())
    },
    of.effects,
  )

describe('small manifests', () => {
  test('become one, sorted by partition; entries keep where they came from', async () => {
    const of = await makeTable()
    const before = await entriesOf(await load(of))
    expect(await rewrite(of)).toEqual({ before: 4, after: 1 })
    const table = await load(of)
    const after = await entriesOf(table)
    expect(after.map(entry => entry.file.partition.import_id)).toEqual(['a', 'b', 'c', 'd'])
    for (const entry of after) {
      const old = before.find(each => each.file.path === entry.file.path)
      expect(entry).toEqual({ ...old, status: 'existing' })
    }
    const [manifest] = await manifestsOf(table)
    const snapshot = currentSnapshot(table.metadata)
    expect(manifest).toMatchObject({
      ...{ sequenceNumber: 6, minSequenceNumber: 1, addedSnapshotId: snapshot?.['snapshot-id'] },
      ...{ addedFiles: 0, existingFiles: 4, deletedFiles: 0, existingRows: 13, deletedRows: 0 },
    })
    expect(manifest?.partitions?.[1]).toMatchObject({ lower: Uint8Array.of(97), upper: Uint8Array.of(100) })
    expect(snapshot).toMatchObject({ 'sequence-number': 6 })
    expect(snapshot?.summary).toMatchObject({
      operation: 'replace',
      'manifests-created': '1',
      'manifests-kept': '0',
      'manifests-replaced': '4',
      'entries-processed': '4',
      'total-data-files': '4',
    })
    expect(snapshot?.summary).not.toHaveProperty('added-data-files')
    expect(await rowsOf(of)).toEqual(['a', 'b', 'c', 'd'])
  })

  test('stay when they are few, when only the plan is asked for, and when there is one', async () => {
    const of = await makeTable()
    const { version } = await load(of)
    expect(await rewrite(of, { least: 5 })).toEqual({ before: 4, after: 4 })
    expect(await rewrite(of, { dryRun: true })).toEqual({ before: 4, after: 1 })
    expect((await load(of)).version).toBe(version)
    await rewrite(of)
    expect(await rewrite(of, { least: 1 })).toEqual({ before: 1, after: 1 })
    expect((await load(of)).version).toBe(version + 1)
    expect(await rewrite(await makeUpkeepTable())).toEqual({ before: 0, after: 0 })
  })

  test('by hundreds, as another engine leaves them, become several: one import needs one of them', async () => {
    const of = await makeUpkeepTable()
    const names = Array.from({ length: 250 }, (_, i) => `f${String((i * 37) % 250).padStart(3, '0')}`)
    await commitManifests(of, names)
    expect(await rewrite(of)).toEqual({ before: 250, after: 3 })
    const table = await load(of)
    const bounds = (await manifestsOf(table)).map(({ partitions }) =>
      [partitions?.[1]?.lower, partitions?.[1]?.upper].map(bound => Buffer.from(bound ?? []).toString()),
    )
    expect(bounds).toEqual([
      ['f000', 'f083'],
      ['f084', 'f167'],
      ['f168', 'f249'],
    ])
    const read: string[] = []
    const { store } = of
    const readOf = store.read.bind(store)
    store.read = async key => {
      read.push(key)
      return readOf(key)
    }
    expect(await planFiles(table, [{ column: 'import_id', op: '=', value: 'f100' }])).toHaveLength(1)
    expect(read).toHaveLength(2) // the list and a manifest
  })

  test('are merged with those of a writer who was first', async () => {
    const of = await makeTable()
    of.store.intruder = { before: 'v7.metadata.json', act: () => append(of, 'z') }
    expect(await rewrite(of)).toEqual({ before: 5, after: 1 })
    expect(await rowsOf(of)).toEqual(['a', 'b', 'c', 'd', 'z'])
    expect(await orphansOf(of)).toEqual([])
  })

  test.each(['before', 'after'] as const)('cut short at any write (%s it): the rows are the same', async when => {
    expect(await expectCrashes(await makeTable(), when, of => rewrite(of), ['a', 'b', 'c', 'd'])).toBe(5)
  })
})
