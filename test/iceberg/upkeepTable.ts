import { expect } from 'vitest'
import type { Catalog, Table } from '../../src/iceberg/catalog.js'
import { changeTable } from '../../src/iceberg/commit.js'
import type { DataFile } from '../../src/iceberg/dataFile.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { removeOrphans } from '../../src/iceberg/findOrphans.js'
import { resolveFile } from '../../src/iceberg/location.js'
import type { TableMetadata } from '../../src/iceberg/metadata.js'
import { planFiles } from '../../src/iceberg/plan.js'
import { listReachable } from '../../src/iceberg/reachableFiles.js'
import type { UpkeepEffects } from '../../src/iceberg/upkeep.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { dataFile, SPEC } from './examples.js'
import { StoreDownError } from './storeFakes.js'

export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

/** A clock that stands still until it is told to go on. */
export class Clock {
  ms = Date.UTC(2026, 0, 1)
  readonly now = () => new Date(this.ms)
}

/** A store by such a clock, whose n-th write fails if it is told so: before it does anything, or with the answer lost. */
export class ClockStore extends MemoryStore {
  writes = 0
  failAt = 0
  when: 'before' | 'after' = 'before'
  /** Runs before the next write of a key that ends so, once. */
  intruder: { readonly before: string; readonly act: () => Promise<unknown> } | undefined

  override async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#write(key, () => super.put(key, bytes))
  }

  override async remove(key: string): Promise<void> {
    await this.#write(key, () => super.remove(key))
  }

  override async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    await this.#intrude(key)
    return super.putIfAbsent(key, bytes)
  }

  async #intrude(key: string): Promise<void> {
    if (!this.intruder || !key.endsWith(this.intruder.before)) return
    const { act } = this.intruder
    this.intruder = undefined
    await act()
  }

  async #write(key: string, write: () => Promise<void>): Promise<void> {
    await this.#intrude(key)
    const fails = ++this.writes === this.failAt
    if (fails && this.when === 'before') throw new StoreDownError('before')
    await write()
    if (fails) throw new StoreDownError('after')
  }
}

/** A table by a clock, whose data files are there: each holds the texts that are its rows. */
export interface UpkeepTable {
  readonly clock: Clock
  readonly store: ClockStore
  readonly catalog: Catalog
  readonly effects: UpkeepEffects
}

export async function makeUpkeepTable(from?: UpkeepTable): Promise<UpkeepTable> {
  const clock = new Clock()
  if (from) clock.ms = from.clock.ms
  const store = new ClockStore('s3://b/lake', clock.now)
  for (const [key, object] of from?.store.objects ?? []) store.objects.set(key, object)
  const effects = { now: clock.now, sleep: async () => undefined, signal: new AbortController().signal }
  const catalog = filesCatalog(store, effects)
  await catalog.create(SPEC)
  return { clock, store, catalog, effects }
}

export async function load({ catalog }: UpkeepTable): Promise<Table> {
  const table = await catalog.load(SPEC.name)
  if (!table) throw new Error('no table')
  return table
}

/** Puts a data file there that nobody names yet. */
export async function stage(of: UpkeepTable, name: string, rows: readonly string[] = [name]): Promise<DataFile> {
  const table = await load(of)
  const file = dataFile(table, name, { recordCount: rows.length, fileSizeBytes: JSON.stringify(rows).length })
  await of.store.put(resolveFile(table, file.path), Buffer.from(JSON.stringify(rows)))
  return file
}

export const commitFiles = ({ catalog, effects }: UpkeepTable, add: readonly DataFile[]): Promise<Table> =>
  changeTable(catalog, SPEC.name, async () => ({ operation: 'append', add, drop: () => false }), effects)

export const append = async (of: UpkeepTable, name: string, rows?: readonly string[]): Promise<Table> =>
  commitFiles(of, [await stage(of, name, rows)])

export const drop = ({ catalog, effects }: UpkeepTable, ...names: string[]): Promise<Table> => {
  const goes = (file: DataFile) => names.includes(String(file.partition.import_id))
  return changeTable(catalog, SPEC.name, async () => ({ operation: 'delete', add: [], drop: goes }), effects)
}

/** Puts one file in the place of some. */
export async function merge(of: UpkeepTable, names: readonly string[], into: string): Promise<Table> {
  const table = await load(of)
  const old = (await planFiles(table, [])).filter(file => names.includes(String(file.partition.import_id)))
  const rows = (await Promise.all(old.map(file => readRows(of, table, file)))).flat()
  const add = [await stage(of, into, rows)]
  const goes = (file: DataFile) => names.includes(String(file.partition.import_id))
  return changeTable(of.catalog, SPEC.name, async () => ({ operation: 'replace', add, drop: goes }), of.effects)
}

async function readRows({ store }: UpkeepTable, table: Table, file: DataFile): Promise<string[]> {
  return JSON.parse(Buffer.from(await store.read(resolveFile(table, file.path))).toString())
}

/** The rows of the table, or of one of its snapshots, from the files that are there. */
export async function rowsOf(of: UpkeepTable, table?: Table, snapshotId?: bigint): Promise<string[]> {
  const from = table ?? (await load(of))
  const files = await planFiles(from, [], snapshotId === undefined ? {} : { snapshotId })
  return (await Promise.all(files.map(file => readRows(of, from, file)))).flat().sort()
}

/** The keys of the table's files that none of its snapshots is made of; metadata aside. */
export async function orphansOf(of: UpkeepTable): Promise<string[]> {
  const table = await load(of)
  const reached = await listReachable(table, table.metadata.snapshots, 'refused')
  return [...of.store.objects.keys()].filter(key => /\.(avro|parquet|stats)$/.test(key) && !reached.has(key))
}

/** Commits metadata as another engine may have made it. */
export async function commitMetadata(of: UpkeepTable, change: (metadata: TableMetadata) => object): Promise<Table> {
  const table = await load(of)
  return of.catalog.commit(table, { ...table.metadata, ...change(table.metadata) })
}

/**
 * Fails at each write of an act in turn: the rows are the same then, and after it is done again.
 * @returns how many tries there were: one more than writes
 */
export async function expectCrashes(
  from: UpkeepTable,
  when: 'before' | 'after',
  act: (of: UpkeepTable) => Promise<unknown>,
  rows: readonly string[],
): Promise<number> {
  for (let failAt = 1; ; failAt++) {
    const of = await makeUpkeepTable(from)
    of.store.failAt = failAt
    of.store.when = when
    await act(of).catch(() => undefined)
    if (of.store.writes < failAt) return failAt
    of.store.failAt = 0
    expect(await rowsOf(of)).toEqual(rows)
    await act(of)
    expect(await rowsOf(of)).toEqual(rows)
    of.clock.ms += 3 * DAY_MS
    await append(of, `later ${failAt}`) // by which the ages of the others are told
    await removeOrphans(of.catalog, SPEC.name, { graceMs: DAY_MS, dryRun: false }, of.effects)
    expect(await orphansOf(of)).toEqual([])
  }
}
