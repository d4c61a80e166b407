import type { Engine } from '../engine/engine.js'
import type { Table } from '../iceberg/catalog.js'
import { loadMetadata } from '../iceberg/loadMetadata.js'
import { currentSnapshot, type TableMetadata } from '../iceberg/metadata.js'
import { metadataKey } from '../iceberg/metadataFiles.js'
import { planFiles } from '../iceberg/plan.js'
import { ObjectNotFoundError } from '../lake/objectStore.js'
import { selectLoaded } from '../snapshot/lakeTables.js'
import { IMPORT_TABLES, SNAPSHOTS } from '../snapshot/tables.js'

// Glue is told of one table after the other, and a publication may be cut off in between. Receipts come last, so that none is
// seen whose rows aren't there yet. But where an import took the place of another, or a snapshot was dropped, the newest tables
// lack rows that the receipts which Glue still has vouch for: it would show an empty snapshot. Then Glue is led through states
// that the lake itself went through. Clocks of several machines don't decide: what the states hold does.

/** A state of a table: the imports whose rows, or whose receipts, are in it. */
export interface HeldState {
  readonly version: number
  readonly imports: ReadonlySet<string>
}

/** The states of a table, from the one that Glue has on, in order. */
export interface TableStates {
  readonly table: string
  readonly states: readonly HeldState[]
}

/**
 * The states that Glue is to be led through: at each of them every receipt has its rows.
 * @param rows of the tables that imports write rows to
 * @param receipts of the one with the receipts
 */
export function orderStates(
  rows: readonly TableStates[],
  receipts: TableStates,
): { readonly table: string; readonly version: number }[] {
  const steps: { table: string; version: number }[] = []
  const [tables, vouched] = [rows.map(each => new Walk(each)), new Walk(receipts)]
  for (;;) {
    const before = steps.length
    for (const table of tables)
      if (table.goOn(next => table.loses(next).every(id => !vouched.now.imports.has(id)))) steps.push(table.place())
    const isHeld = (id: string) => tables.every(table => table.now.imports.has(id) || !table.everHeld(id))
    if (vouched.goOn(next => [...next.imports].every(isHeld))) steps.push(vouched.place())
    if (steps.length === before) break
  }
  // Whatever the lake has done otherwise than it should have: in the end Glue is as the lake is.
  for (const walk of [...tables, vouched]) if (walk.goOn(() => true)) steps.push(walk.place())
  return steps
}

/** A table on its way through its states. */
class Walk {
  readonly #table: string
  readonly #states: readonly HeldState[]
  #at = 0

  constructor({ table, states }: TableStates) {
    this.#table = table
    this.#states = states
  }

  get now(): HeldState {
    return this.#states[this.#at] ?? { version: 0, imports: new Set() }
  }

  everHeld(id: string): boolean {
    return this.#states.some(({ imports }) => imports.has(id))
  }

  /** The imports that are here now, and not in a state. */
  loses({ imports }: HeldState): string[] {
    return [...this.now.imports].filter(id => !imports.has(id))
  }

  /** Goes on as long as it may. @returns whether it did */
  goOn(mayGo: (next: HeldState) => boolean): boolean {
    const from = this.#at
    for (;;) {
      const next = this.#states[this.#at + 1]
      if (!next || !mayGo(next)) return this.#at > from
      this.#at++
    }
  }

  place(): { table: string; version: number } {
    return { table: this.#table, version: this.now.version }
  }
}

/** The tables that belong together: those of rows, and then that of receipts. */
export const TABLES: readonly string[] = [...IMPORT_TABLES, SNAPSHOTS].map(({ name }) => name)

/**
 * The tables of imports and receipts in the states that Glue is to be led through, each table's newest among them.
 * @param tables the newest, by their names
 * @param published the version of each that Glue has
 * @returns `undefined` where they can be published one after the other, the receipts last; or where nothing better can be
 *   known, as what is between is too much or was removed
 */
export async function planReplay(
  tables: ReadonlyMap<string, Table>,
  published: ReadonlyMap<string, number>,
  engine: Engine,
): Promise<Table[] | undefined> {
  const newest = TABLES.flatMap(name => tables.get(name) ?? [])
  const states = new Map<string, readonly Table[]>()
  for (const table of newest) {
    const loaded = await loadStates(table, published.get(table.name))
    if (!loaded) return undefined
    states.set(table.name, loaded)
  }
  if (!newest.some(({ name }) => name !== SNAPSHOTS.name && states.get(name)?.some(hasDropped))) return undefined
  const rows: TableStates[] = []
  for (const { name } of IMPORT_TABLES) rows.push(await describe(name, states.get(name) ?? [], listImports))
  const receipts = await describe(SNAPSHOTS.name, states.get(SNAPSHOTS.name) ?? [], table =>
    listReceived(table, engine),
  )
  return orderStates(rows, receipts).flatMap(
    ({ table, version }) => states.get(table)?.find(state => state.version === version) ?? [],
  )
}

/** So many are loaded, at most, for each table. */
const MOST_STATES = 200

/** The states of a table from one on; `undefined` where they can't be had. */
async function loadStates(table: Table, from: number | undefined): Promise<readonly Table[] | undefined> {
  if (from === undefined || table.version - from > MOST_STATES) return undefined
  const states: Table[] = []
  for (let version = from; version <= table.version; version++) {
    const state = version === table.version ? table : await loadState(table, version)
    if (!state) return undefined
    states.push(state)
  }
  return states
}

/** A table as it was; `undefined` where its metadata has been removed. */
async function loadState(table: Table, version: number): Promise<Table | undefined> {
  const key = metadataKey(table.name, version)
  const metadata = await findMetadata(table, key)
  return metadata && { ...table, metadata, metadataKey: key, version }
}

async function findMetadata({ store }: Table, key: string): Promise<TableMetadata | undefined> {
  try {
    return await loadMetadata(store, key)
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined
    throw error
  }
}

/** Whether its last change took rows out; of the first state, which Glue has, it doesn't matter. */
function hasDropped({ metadata }: Table, place: number): boolean {
  return place > 0 && !['append', 'replace', undefined].includes(currentSnapshot(metadata)?.summary.operation)
}

async function describe(
  table: string,
  states: readonly Table[],
  list: (state: Table) => Promise<ReadonlySet<string>>,
): Promise<TableStates> {
  const held: HeldState[] = []
  for (const state of states) held.push({ version: state.version, imports: await list(state) })
  return { table, states: held }
}

const listImports = async (state: Table): Promise<ReadonlySet<string>> =>
  new Set((await planFiles(state, [])).map(({ partition }) => String(partition.import_id)))

const listReceived = async (state: Table, engine: Engine): Promise<ReadonlySet<string>> => {
  const rows = await engine.rows(`select import_id from (${await selectLoaded(state, [])})`)
  return new Set(rows.map(({ import_id }) => String(import_id)))
}
