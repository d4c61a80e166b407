import type { Connector } from '../config/connector.js'
import type { Engine } from '../engine/engine.js'
import { StocktakeError } from '../errors.js'
import type { Catalog, Table, TableSpec } from '../iceberg/catalog.js'
import type { Glue, GlueTable } from '../lake/glue.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { COLLECTIONS, IMPORT_TABLES, RECONCILE_TABLES, SNAPSHOTS } from '../snapshot/tables.js'
import { loadVouchedLake } from '../snapshot/vouched.js'
import { type Difference, type Entry, type PlannedEntry, planEntry } from './entry.js'
import { isOurs, MARKS } from './published.js'
import { listPublishedPlaces } from './publishedPlaces.js'
import { planReplay, TABLES } from './replay.js'
import { findReportTable, reportEntry, reportTableNames } from './reportEntries.js'
import { commentEntry, followerEntry, type GlueName, glueName, publishedVersion } from './tableEntries.js'
import { type DescribedView, describeViews, viewEntry } from './viewEntries.js'

export interface PublishOptions {
  readonly lakeId: string
  /** Glue's, with the lake's own tables and its views. */
  readonly database: string
  /** What engines call Glue's catalog. */
  readonly catalogName: string
  /** Whether Glue follows the lake's tables, or is their catalog. */
  readonly authority: 'files' | 'glue'
  /** Puts the lake's tables over what others have committed to them by Glue. */
  readonly replace: boolean
  /** Those whose reports are to be tables, too. */
  readonly connectors: readonly Connector[]
}

export interface PlanEffects {
  readonly catalog: Catalog
  readonly engine: Engine
  /** The lake's. */
  readonly store: ObjectStore
  readonly glue: Glue
  /** Where a connector's reports are delivered; `undefined` where that isn't S3. */
  readonly openReports: (connector: Connector) => Promise<ObjectStore | undefined>
  /** Told of what can't be published, and why; of what isn't there yet. */
  readonly warn: (message: string) => void
  readonly notice: (message: string) => void
}

/** What publishing would do. */
export interface PublishPlan {
  /** Databases of Glue's that are to be made. */
  readonly databases: readonly string[]
  /** In the order in which they are to be done: receipts behind what they vouch for, views behind what they read. */
  readonly entries: readonly PlannedEntry[]
  /** What was published and is no more. */
  readonly removals: readonly GlueTable[]
  /** All databases that the lake is or was published to. */
  readonly places: readonly string[]
}

/** Compares the lake with Glue. Changes nothing. */
export async function planPublish(options: PublishOptions, effects: PlanEffects): Promise<PublishPlan> {
  const tables = await loadTables(effects)
  const views = await describeViews(tables, effects.engine)
  const wanted = [...tableEntries(tables, views, options, effects), ...viewEntries(views, options)]
  const needed = new Set([options.database, ...wanted.map(({ database }) => database)])
  const places = [...new Set([...needed, ...(await listPublishedPlaces(effects.store))])].sort()
  const names = [...reportNamesOf(options).values()].map(name => ({ database: options.database, name }))
  const { tables: found, missing } = await listFound(places, [...wanted, ...names], options.lakeId, effects.glue)
  const reports = await planReports(options, found, effects)
  const entries: PlannedEntry[] = []
  for (const entry of [...wanted, ...reports.entries])
    entries.push(await planEntry(entry, found.get(nameKey(entry)), options.replace))
  const kept = new Set([...entries.map(({ entry }) => entry), ...reports.kept].map(nameKey))
  // Tables of a catalog that Glue is are never among it.
  const removals = [...found.values()].filter(
    table => isRemovable(table, options.lakeId, options.authority) && !kept.has(nameKey(table)),
  )
  const ordered = await leadThrough(holdTogether(entries, options), tables, options, effects)
  return { databases: [...needed].filter(database => missing.has(database)), entries: ordered, removals, places }
}

/** The tables that are there, those with receipts last. What can't be read is told and left out. */
async function loadTables({ catalog, engine, warn }: PlanEffects): Promise<ReadonlyMap<string, Table>> {
  const { tables: vouched } = await loadVouchedLake({ catalog, engine })
  const tables = new Map([...vouched].filter(([name]) => name !== SNAPSHOTS.name))
  const receipts = vouched.get(SNAPSHOTS.name)
  for (const name of await listOthers(catalog)) {
    try {
      const table = await catalog.load(name)
      if (table) tables.set(name, table)
    } catch (error) {
      if (!(error instanceof StocktakeError)) throw error
      warn(`not published: ${error.message}`)
    }
  }
  if (receipts) tables.set(SNAPSHOTS.name, receipts)
  return tables
}

/** Names of the lake's other tables, and of declared ones, which have that of their database before a dot. */
async function listOthers(catalog: Catalog): Promise<string[]> {
  const known: readonly TableSpec[] = [...RECONCILE_TABLES, COLLECTIONS]
  const names: string[] = []
  for await (const name of catalog.list())
    if (known.some(spec => spec.name === name) || /^[a-z0-9_]+\.[a-z0-9_]+$/.test(name)) names.push(name)
  return names
}

function tableEntries(
  tables: ReadonlyMap<string, Table>,
  views: readonly DescribedView[],
  { authority, database, lakeId }: PublishOptions,
  { catalog }: PlanEffects,
): Entry[] {
  return [...tables].flatMap(([tableName, table]) => {
    const named = glueName(tableName, database)
    const comment = tableName.includes('.') ? table.metadata.properties.comment : commentOf(tableName, views)
    if (authority === 'files') return [followerEntry(table, { ...named, lakeId, comment }, catalog)]
    return comment === undefined ? [] : [commentEntry({ ...named, comment })]
  })
}

/** What a stored table of the lake holds, by the view that shows what counts of it. */
function commentOf(table: string, views: readonly DescribedView[]): string | undefined {
  const view = views.find(({ name }) => `${name}_v1` === table)
  if (!view) return undefined
  const isVouched = IMPORT_TABLES.some(({ name }) => name === table)
  return isVouched
    ? `The view ${view.name} shows what counts of it (${view.grain}). Here are also rows of imports without a receipt`
    : `The view ${view.name} shows it (${view.grain})`
}

const viewEntries = (
  views: readonly DescribedView[],
  { lakeId, database, catalogName: catalog }: PublishOptions,
): Entry[] => views.map(view => viewEntry(view, { lakeId, database, catalog }))

/** Of the connectors that have reports. */
const reportNamesOf = ({ connectors }: PublishOptions): ReadonlyMap<string, string> =>
  reportTableNames(connectors.filter(({ inventory }) => inventory))

/** Tables of reports, and the names of those that are to stay though nothing is known of them now. */
async function planReports(
  options: PublishOptions,
  found: ReadonlyMap<string, GlueTable>,
  { openReports, warn, notice }: PlanEffects,
): Promise<{ readonly entries: readonly Entry[]; readonly kept: readonly GlueName[] }> {
  const { database, lakeId } = options
  const names = reportNamesOf(options)
  const entries: Entry[] = []
  const kept: GlueName[] = []
  for (const connector of options.connectors) {
    const name = names.get(connector.name)
    if (name === undefined) continue
    try {
      const store = await openReports(connector)
      if (!store) continue
      kept.push({ database, name })
      const table = await findReportTable(connector, name, store, found.get(nameKey({ database, name })))
      if ('reason' in table) notice(`reports of ${connector.name} are no table: ${table.reason}`)
      else entries.push(reportEntry(table, { lakeId, database }))
    } catch (error) {
      if (!(error instanceof StocktakeError)) throw error
      warn(`reports of ${connector.name} are no table: ${error.message}`)
    }
  }
  return { entries, kept }
}

/** Where another has committed to one of the tables that belong together, the others would not go with it: they stay, too. */
function holdTogether(entries: readonly PlannedEntry[], { database }: PublishOptions): PlannedEntry[] {
  const ofImports = entries.filter(({ entry }) => isTogether(entry, database))
  const foreign = ofImports.find(({ difference }) => difference.change === 'foreign')
  if (!foreign) return [...entries]
  const detail = `goes with ${foreign.difference.name}`
  return entries.map(each =>
    ofImports.includes(each) && ['create', 'change'].includes(each.difference.change)
      ? { ...each, difference: { ...each.difference, change: 'held', detail } }
      : each,
  )
}

const isTogether = ({ kind, name, database: where }: Entry, database: string): boolean =>
  kind === 'table' && where === database && TABLES.includes(name)

/** The entries, and those of earlier states before them where Glue has to go through these: see {@link planReplay}. */
async function leadThrough(
  entries: readonly PlannedEntry[],
  tables: ReadonlyMap<string, Table>,
  { authority, database, lakeId }: PublishOptions,
  { catalog, engine }: PlanEffects,
): Promise<PlannedEntry[]> {
  const ofImports = entries.filter(({ entry }) => isTogether(entry, database))
  const isQuiet = ofImports.every(({ difference }) => difference.change !== 'change')
  if (authority === 'glue' || isQuiet) return [...entries]
  const published = new Map<string, number>()
  for (const { entry, found } of ofImports) {
    const table = tables.get(entry.name)
    const version = table && found && publishedVersion(found, table)
    if (version !== undefined) published.set(entry.name, version)
  }
  const states = await planReplay(tables, published, engine)
  if (!states) return [...entries]
  const led = states.flatMap(state => {
    const final = ofImports.find(({ entry }) => entry.name === state.name)
    if (!final || state.version === tables.get(state.name)?.version) return final ?? []
    const entry = followerEntry(
      state,
      { database, name: state.name, lakeId, comment: undefined, isStep: true },
      catalog,
    )
    return { ...final, entry, isStep: true }
  })
  const others = entries.filter(each => !led.includes(each))
  return [...led, ...others]
}

/** What Glue has in the databases: what the lake ever put there, and what has one of the names. */
async function listFound(
  places: readonly string[],
  names: readonly GlueName[],
  lakeId: string,
  glue: Glue,
): Promise<{ readonly tables: ReadonlyMap<string, GlueTable>; readonly missing: ReadonlySet<string> }> {
  const needed = new Set(names.map(nameKey))
  const tables = new Map<string, GlueTable>()
  const missing = new Set<string>()
  for (const database of places) {
    if (!(await glue.findDatabase(database))) missing.add(database)
    else
      for await (const table of glue.listTables(database))
        if (needed.has(nameKey(table)) || isOurs(table.parameters, lakeId)) {
          // Without its version an update would not see that another was first.
          const found = table.versionId === undefined ? await glue.findTable(database, table.name) : table
          if (found) tables.set(nameKey(found), found)
        }
  }
  return { tables, missing }
}

/** Whether an entry is one that publishing has made, and may remove. */
export function isRemovable({ parameters }: GlueTable, lakeId: string, authority: 'files' | 'glue'): boolean {
  if (!isOurs(parameters, lakeId)) return false
  const isTable = parameters[MARKS.kind] === 'table'
  return !isTable || (authority === 'files' && parameters[MARKS.authority] === 'files')
}

const nameKey = ({ database, name }: GlueName): string => `${database}.${name}`

/** All that a plan says, in the order in which it is done. */
export function listDifferences({ databases, entries, removals }: PublishPlan): Difference[] {
  const made = databases.map(
    (database): Difference => ({ kind: 'database', database, name: database, change: 'create', detail: null }),
  )
  const removed = removals.map(
    ({ database, name, parameters }): Difference => ({
      kind: kindOf(parameters[MARKS.kind]),
      ...{ database, name, change: 'remove' },
      detail: 'no more in the lake',
    }),
  )
  const told = entries.filter(({ isStep }) => !isStep).map(({ difference }) => difference)
  return [...made, ...told, ...removed]
}

const kindOf = (kind: string | undefined): Difference['kind'] => (kind === 'view' || kind === 'report' ? kind : 'table')
