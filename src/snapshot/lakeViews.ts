import { quoteIdentifier, quoteString } from '../engine/sqlText.js'
import { selectFiles } from '../engine/tableScan.js'
import type { Table, TableSpec } from '../iceberg/catalog.js'
import { type LakeEffects, selectLoaded } from './lakeTables.js'
import { listReceipts, type Receipt } from './receipts.js'
import { compareSnapshotNames } from './snapshotName.js'
import { CHANGES, FOLDERS, IMPORT_TABLES, OBJECTS, SNAPSHOTS } from './tables.js'

/** What people query. Those with `_latest` hold each connector's newest snapshot, and its sample_rate as last column. */
export const LAKE_VIEWS = [
  'objects',
  'folders',
  'changes',
  'snapshots',
  'objects_latest',
  'folders_latest',
  'changes_latest',
] as const

export type LakeView = (typeof LAKE_VIEWS)[number]

/**
 * Makes an engine know views of a lake, as the lake is now: a later import is not in them. Each reads the files that a
 * receipt vouches for, and no others; registering opens none of the files of `objects`, `folders` and `changes`.
 */
export async function registerViews(names: readonly LakeView[], effects: LakeEffects): Promise<void> {
  const state = await loadState(effects)
  for (const name of names)
    await effects.engine.run(`create or replace view ${quoteIdentifier(name)} as ${await selectView(name, state)}`)
}

/**
 * The views that a query names. One that names none may find them in another way (`show tables`), and gets all.
 */
export function findViewNames(sql: string): LakeView[] {
  const named = LAKE_VIEWS.filter(name => new RegExp(`\\b${name}\\b`, 'i').test(sql))
  return named.length > 0 ? named : [...LAKE_VIEWS]
}

/** The receipts of each connector's newest snapshot: of the whole bucket, or where there is none, of a sample. */
export function latestReceipts(receipts: readonly Receipt[]): Receipt[] {
  const latest = new Map<string, Receipt>()
  for (const receipt of receipts) {
    if (receipt.scope !== '') continue
    const other = latest.get(receipt.connector)
    if (!other || isLater(receipt, other)) latest.set(receipt.connector, receipt)
  }
  return [...latest.values()]
}

function isLater(a: Receipt, b: Receipt): boolean {
  if ((a.sample_rate === null) !== (b.sample_rate === null)) return a.sample_rate === null
  return compareSnapshotNames(a.snapshot, b.snapshot) > 0
}

const TABLES: Readonly<Record<LakeView, TableSpec>> = {
  objects: OBJECTS,
  folders: FOLDERS,
  changes: CHANGES,
  snapshots: SNAPSHOTS,
  objects_latest: OBJECTS,
  folders_latest: FOLDERS,
  changes_latest: CHANGES,
}

/** The lake at one moment. */
interface LakeState {
  readonly receipts: readonly Receipt[]
  /** By name; those that aren't there are left out. */
  readonly tables: ReadonlyMap<string, Table>
}

/**
 * Receipts, and tables that hold all that they vouch for. An import drops what it replaced only after its receipt: where
 * no receipt came while the tables were loaded, nothing was dropped from them that counts.
 */
async function loadState(effects: LakeEffects): Promise<LakeState> {
  for (;;) {
    const before = await effects.catalog.load(SNAPSHOTS.name)
    const receipts = await listReceipts(effects)
    const loaded: Table[] = []
    for (const { name } of [...IMPORT_TABLES, SNAPSHOTS]) loaded.push(...maybe(await effects.catalog.load(name)))
    const tables = new Map(loaded.map(table => [table.name, table]))
    if (tables.get(SNAPSHOTS.name)?.version === before?.version) return { receipts, tables }
  }
}

const maybe = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value])

async function selectView(name: LakeView, { receipts, tables }: LakeState): Promise<string> {
  const spec = TABLES[name]
  const table = tables.get(spec.name)
  if (!table) return withRate(name, [], selectFiles(spec.schema, []))
  if (spec === SNAPSHOTS) return selectLoaded(table, [])
  const shown = name.endsWith('_latest') ? latestReceipts(receipts) : receipts
  // The tables are parted by import, and so the files of an import hold no other rows.
  const select = await selectLoaded(table, [
    { column: 'import_id', op: 'in', values: shown.map(({ import_id }) => import_id) },
  ])
  return withRate(name, shown, select)
}

/** The last column of the newest snapshots: the share that was listed. */
function withRate(name: LakeView, receipts: readonly Receipt[], select: string): string {
  if (!name.endsWith('_latest')) return select
  const rates = receipts.flatMap(({ import_id, sample_rate }) =>
    sample_rate === null ? [] : [`when ${quoteString(import_id)} then ${sample_rate}`],
  )
  const rate = rates.length === 0 ? 'null' : `case import_id ${rates.join(' ')} end`
  return `select *, cast(${rate} as double) as sample_rate from (${select})`
}
