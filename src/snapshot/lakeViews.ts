import { quoteIdentifier, quoteString, quoteTimestamp } from '../engine/sqlText.js'
import { selectFiles } from '../engine/tableScan.js'
import { NotFoundError } from '../errors.js'
import type { Table, TableSpec } from '../iceberg/catalog.js'
import { type Collection, listCollections } from '../lake/lakeCollections.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { bindInputs, loadModel } from '../models/model.js'
import { selectAudit } from './auditView.js'
import { currentSources, latestReceipts, startsWithAny } from './currentSources.js'
import { selectAllFileInfo, selectCollections } from './fileInfoRows.js'
import { sourcesByConnector } from './folderSources.js'
import { type LakeEffects, selectLoaded } from './lakeTables.js'
import type { Receipt } from './receipts.js'
import { parseSnapshotName } from './snapshotName.js'
import { CHANGES, COLLECTIONS, FOLDERS, GAPS, METRICS, OBJECTS, RECONCILE_TABLES, SNAPSHOTS, TASKS } from './tables.js'
import { loadVouchedLake, type VouchedLake } from './vouched.js'

/**
 * What people query in any engine: views of stored tables. Those with `_latest` hold each connector's newest snapshot,
 * `objects_current` also newer scans of prefixes; the last column of these is the sample_rate. `file_info` is of the files in
 * collections; other engines know these by a copy.
 */
export const TABLE_VIEWS = [
  'objects',
  'folders',
  'changes',
  'snapshots',
  'objects_latest',
  'folders_latest',
  'changes_latest',
  'objects_current',
  'gaps',
  'tasks',
  'metrics',
  'collections',
  'file_info',
] as const

export type TableView = (typeof TABLE_VIEWS)[number]

/** What people query with DuckDB: `audit` is made of files of the lake's state. */
export const LAKE_VIEWS = [...TABLE_VIEWS, 'audit'] as const

export type LakeView = (typeof LAKE_VIEWS)[number]

/** What making views of a lake touches. */
export interface ViewEffects extends LakeEffects {
  readonly store: ObjectStore
}

/** Views as statements that make them, and what is in them. */
export interface ViewStatements {
  /** One a view, in order. */
  readonly statements: readonly string[]
  /** The SELECT that each view is. */
  readonly views: readonly { readonly name: LakeView; readonly select: string }[]
  /** The receipts of the newest snapshots. */
  readonly latest: readonly Receipt[]
}

/**
 * Makes an engine know views of a lake, as the lake is now: a later import is not in them. Each reads the files that a
 * receipt vouches for, and no others; registering opens none of the files of `objects`, `folders` and `changes`.
 * @param asOf the views hold no snapshot that was taken later
 * @returns the receipts of the newest snapshots in them
 * @throws {NotFoundError} where no snapshot was taken by then
 */
export async function registerViews(
  names: readonly LakeView[],
  effects: ViewEffects,
  asOf?: Date,
): Promise<readonly Receipt[]> {
  const { statements, latest } = await loadViewStatements(names, effects, asOf)
  for (const statement of statements) await effects.engine.run(statement)
  return latest
}

/** As {@link registerViews}, for a DuckDB that isn't at hand. */
export async function loadViewStatements(
  names: readonly LakeView[],
  effects: ViewEffects,
  asOf?: Date,
): Promise<ViewStatements> {
  const others = RECONCILE_TABLES.filter(spec => names.some(name => name !== 'audit' && VIEW_TABLES[name] === spec))
  const lake = await loadVouchedLake(effects, others)
  const state = asOf ? takenBy(asOf, lake) : lake
  const collections = names.some(isOfCollections) ? await listCollections(effects.store) : []
  const views = []
  for (const name of names) {
    const select =
      name === 'audit' ? await selectAudit(effects.store, asOf) : await selectView(name, state, collections)
    views.push({ name, select })
  }
  const statements = views.map(({ name, select }) => `create or replace view ${quoteIdentifier(name)} as ${select}`)
  return { statements, views, latest: latestReceipts(state.receipts) }
}

/** The lake without the snapshots that were taken after a moment, by the times in their names. */
function takenBy(asOf: Date, { receipts, tables }: VouchedLake): ShownLake {
  const shown = receipts.filter(({ snapshot }) => parseSnapshotName(snapshot).getTime() <= asOf.getTime())
  if (shown.length > 0) return { receipts: shown, tables, asOf }
  const oldest = receipts.at(-1)
  throw new NotFoundError({
    subject: `--as-of ${asOf.toISOString()}`,
    got: 'no snapshot was taken by then',
    ...(oldest && { fix: `the oldest is ${oldest.snapshot} of ${oldest.connector}` }),
  })
}

/** What the views show; with `asOf`, only what was there then. */
type ShownLake = VouchedLake & { readonly asOf?: Date }

/**
 * The views that a query names. One that names none may find them in another way (`show tables`), and gets all.
 */
export function findViewNames(sql: string): LakeView[] {
  const named = listNamedViews(sql)
  return named.length > 0 ? named : [...LAKE_VIEWS]
}

/** The views that a query names, which may be none. */
export const listNamedViews = (sql: string): LakeView[] =>
  LAKE_VIEWS.filter(name => new RegExp(`\\b${name}\\b`, 'i').test(sql))

/** The stored table that a view shows. */
export const VIEW_TABLES: Readonly<Record<TableView, TableSpec>> = {
  objects: OBJECTS,
  folders: FOLDERS,
  changes: CHANGES,
  snapshots: SNAPSHOTS,
  objects_latest: OBJECTS,
  folders_latest: FOLDERS,
  changes_latest: CHANGES,
  objects_current: OBJECTS,
  gaps: GAPS,
  tasks: TASKS,
  metrics: METRICS,
  collections: COLLECTIONS,
  file_info: COLLECTIONS,
}

/** They are as they are now in every view: a name that was given today is also one for what was there before. */
const isOfCollections = (name: LakeView): boolean => name === 'collections' || name === 'file_info'

async function selectView(
  name: TableView,
  { receipts, tables, asOf }: ShownLake,
  collections: readonly Collection[],
): Promise<string> {
  const spec = VIEW_TABLES[name]
  if (name === 'collections') return selectCollections(collections)
  if (name === 'file_info')
    return selectAllFileInfo(collections, sourcesByConnector(receipts), tables.get(OBJECTS.name))
  const table = tables.get(spec.name)
  if (!table) return withRate(name, [], selectFiles(spec.schema, []))
  if (RECONCILE_TABLES.includes(spec)) {
    const stored = await selectLoaded(table, [])
    const shown = asOf ? `select * from (${stored}) where ${WRITTEN_AT[spec.name]} <= ${quoteTimestamp(asOf)}` : stored
    return bindInputs(loadModel(`views/${name}`, 'duckdb'), { [spec.name]: shown })
  }
  if (spec === SNAPSHOTS) {
    const all = await selectLoaded(table, [])
    const ids = receipts.map(({ import_id }) => quoteString(import_id))
    return asOf ? `select * from (${all}) where import_id in (${ids.join(', ')})` : all
  }
  if (name === 'objects_current') return selectCurrent(table, receipts)
  const shown = name.endsWith('_latest') ? latestReceipts(receipts) : receipts
  return withRate(name, shown, await selectImports(table, shown))
}

/** When a row was written, of the tables that no receipt vouches for. */
const WRITTEN_AT: Readonly<Record<string, string>> = {
  [GAPS.name]: 'run_at',
  [TASKS.name]: 'coalesce(verified_at, ended_at, created_at)',
  [METRICS.name]: 'run_at',
}

/** A SELECT of all rows of some imports: the tables are parted by import, and so their files hold no other rows. */
const selectImports = (table: Table, shown: readonly Receipt[]): Promise<string> =>
  selectLoaded(table, [{ column: 'import_id', op: 'in', values: shown.map(({ import_id }) => import_id) }])

/** Each source in a SELECT of its own, so that a condition on `key` reaches the files of each. */
async function selectCurrent(objects: Table, receipts: readonly Receipt[]): Promise<string> {
  const sources = currentSources(latestReceipts(receipts), receipts)
  const whole = sources.filter(({ except }) => except.length === 0).map(({ receipt }) => receipt)
  const selects = [await selectImports(objects, whole)]
  for (const { receipt, except } of sources) {
    if (except.length === 0) continue
    selects.push(`select * from (${await selectImports(objects, [receipt])}) where not (${startsWithAny(except)})`)
  }
  const shown = sources.map(({ receipt }) => receipt)
  return withRate('objects_current', shown, selects.join(' union all '))
}

/** The last column of the newest snapshots: the share that was listed. */
function withRate(name: TableView, receipts: readonly Receipt[], select: string): string {
  if (!name.endsWith('_latest') && name !== 'objects_current') return select
  const rates = receipts.flatMap(({ import_id, sample_rate }) =>
    sample_rate === null ? [] : [`when ${quoteString(import_id)} then ${sample_rate}`],
  )
  const rate = rates.length === 0 ? 'null' : `case import_id ${rates.join(' ')} end`
  return `select *, cast(${rate} as double) as sample_rate from (${select})`
}
