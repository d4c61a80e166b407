import { createHash } from 'node:crypto'
import type { Connector } from '../config/connector.js'
import { ReportRefusedError } from '../errors.js'
import { type FoundReport, listDatedFolders, reportsFolder } from '../inventory/findReports.js'
import { type LoadedManifest, loadManifest } from '../inventory/loadManifest.js'
import type { GlueTable } from '../lake/glue.js'
import { tableComment } from '../lake/glueText.js'
import { ObjectNotFoundError, type ObjectStore } from '../lake/objectStore.js'
import { reportColumns, reportTableInput } from '../snapshot/externalReport.js'
import { expectedReport, reportSource } from '../snapshot/importReports.js'
import type { Entry } from './entry.js'
import { isOurs, MARKS } from './published.js'

/**
 * Names of tables for connectors: `report_` and the connector's, in letters that every engine takes. Of two that would
 * have one name, the one that had to be changed has digits behind it.
 */
export function reportTableNames(connectors: readonly Pick<Connector, 'name' | 'guid'>[]): ReadonlyMap<string, string> {
  const plain = (name: string) => `report_${name.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')}`
  const exact = new Set(connectors.flatMap(({ name }) => (plain(name) === `report_${name}` ? [plain(name)] : [])))
  const counts = new Map<string, number>()
  for (const { name } of connectors) counts.set(plain(name), (counts.get(plain(name)) ?? 0) + 1)
  return new Map(
    connectors.map(({ name, guid }) => {
      const isAlone = counts.get(plain(name)) === 1 || (exact.has(plain(name)) && plain(name) === `report_${name}`)
      return [name, isAlone ? plain(name) : `${plain(name)}_${guid.slice(-8)}`]
    }),
  )
}

/** The reports of a connector as one table, a partition each. */
export interface ReportTable {
  readonly connector: Connector
  /** In Glue. */
  readonly name: string
  readonly newest: LoadedManifest
  /** The URL of the folder of partitions, with a slash at its end. */
  readonly location: string
  /** The earliest report of those that have the newest one's columns, without a break. */
  readonly since: string
  /** What {@link findReportTable} may go on from another time. */
  readonly seen: Seen
}

interface Seen {
  /** The newest report, and what of it decides. */
  readonly report: string
  readonly shape: string
}

/** Why a connector's reports are no table. */
export interface NoReportTable {
  readonly connector: Connector
  readonly name: string
  readonly reason: string
}

/**
 * Looks at the reports of a connector. Engines find columns of CSV by their place, so that an older report with other columns
 * would be read wrongly, without an error: only those count that have the newest one's columns and format.
 * @param found what Glue has: reports that were looked at for it aren't read again
 * @throws {ReportRefusedError} where the newest report can't be trusted
 */
export async function findReportTable(
  connector: Connector,
  name: string,
  store: ObjectStore,
  found: GlueTable | undefined,
): Promise<ReportTable | NoReportTable> {
  const source = reportSource(connector)
  const location = `${store.url}/${reportsFolder(source)}hive/`
  if (location.includes('${'))
    return { connector, name, reason: `engines would take \${ in ${location} for a variable` }
  const folders = (await listDatedFolders(store, source)).reverse()
  const load = (key: string) => loadIfThere(store, key, connector)
  for (const [i, { name: report, manifestKey }] of folders.entries()) {
    const newest = await load(manifestKey)
    if (!newest) continue
    const shape = shapeOf(newest, location)
    const known = found && knownSince(found, shape)
    const isAlike = (older: LoadedManifest) => shapeOf(older, location) === shape
    const since = await findSince({ report, older: folders.slice(i + 1), known, isAlike }, load)
    return { connector, name, newest, location, since, seen: { report, shape } }
  }
  return { connector, name, reason: `no report in ${store.url}/${reportsFolder(source)} yet` }
}

async function loadIfThere(store: ObjectStore, key: string, connector: Connector): Promise<LoadedManifest | undefined> {
  if (!(await store.find(key))) return undefined // a folder exists before its manifest
  try {
    return await loadManifest(store, key, expectedReport(connector))
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined
    throw error
  }
}

/** What makes two reports parts of one table. */
const shapeOf = ({ manifest }: LoadedManifest, location: string): string =>
  createHash('md5')
    .update(JSON.stringify([location, manifest.format, manifest.columns]))
    .digest('hex')

/** What an earlier look has found: the oldest that counts, of those up to the newest of then. */
interface KnownSince {
  readonly since: string
  readonly upTo: string
}

function knownSince({ parameters }: GlueTable, shape: string): KnownSince | undefined {
  const { [SINCE]: since, [UP_TO]: upTo, [SHAPE]: known } = parameters
  return since !== undefined && upTo !== undefined && known === shape ? { since, upTo } : undefined
}

const SINCE = 'stocktake.since'
const UP_TO = 'stocktake.up_to'
const SHAPE = 'stocktake.shape'

interface SinceQuestion {
  /** The newest report, and those before it, the newest first. */
  readonly report: string
  readonly older: readonly Pick<FoundReport, 'name' | 'manifestKey'>[]
  readonly known: KnownSince | undefined
  readonly isAlike: (older: LoadedManifest) => boolean
}

/** The oldest of those that are alike without a break; a report that can't be trusted is a break. */
async function findSince(
  { report, older, known, isAlike }: SinceQuestion,
  load: (key: string) => Promise<LoadedManifest | undefined>,
): Promise<string> {
  if (known?.upTo === report) return known.since
  let since = report
  for (const { name, manifestKey } of older) {
    if (name === known?.upTo) return known.since
    const manifest = await load(manifestKey).catch((error: unknown) => {
      if (error instanceof ReportRefusedError) return 'refused' as const
      throw error
    })
    if (manifest === undefined) continue
    if (manifest === 'refused' || !isAlike(manifest)) return since
    since = name
  }
  return since
}

/** The table in Glue: a partition a report, found by its time, so that none needs to be registered. */
export function reportEntry(
  table: ReportTable,
  options: { readonly lakeId: string; readonly database: string },
): Entry {
  const { lakeId, database } = options
  const { connector, name, newest, location, since, seen } = table
  const { format } = newest.manifest
  const parameters = {
    [MARKS.lake]: lakeId,
    [MARKS.kind]: 'report',
    ...{ [SINCE]: since, [UP_TO]: seen.report, [SHAPE]: seen.shape },
    ...projectionOf(since, location),
  }
  const columns = reportColumns(newest)
  const input = reportTableInput({
    ...{ name, format, location, parameters },
    columns: format === 'CSV' ? columns.map(column => ({ ...column, comment: csvComment(column.name) })) : columns,
    partitionKeys: [{ name: 'dt', type: 'string', comment: 'time of the report, 2026-01-20-01-00 (UTC)' }],
    description: tableComment(
      `Reports of S3 Inventory on ${connector.source.name} as delivered (${format}), from ${since} on. Always say which: where dt = '${partitionOf(seen.report)}'. Checked and decoded rows are in the view objects.`,
    ),
  })
  return {
    ...{ kind: 'report', database, name },
    isOurs: found => isOurs(found.parameters, lakeId) && found.parameters[MARKS.kind] === 'report',
    refuse: async () => undefined,
    make: async found => ({ input: { ...input, Parameters: { ...othersOf(found), ...input.Parameters } } }),
  }
}

/**
 * Reports come at any minute: partitions by the hour would pass over those that are made off it, without an error.
 * @see https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
 */
const projectionOf = (since: string, location: string): Record<string, string> => ({
  'projection.enabled': 'true',
  'projection.dt.type': 'date',
  'projection.dt.format': 'yyyy-MM-dd-HH-mm',
  'projection.dt.range': `${partitionOf(since)},NOW`,
  'projection.dt.interval': '1',
  'projection.dt.interval.unit': 'MINUTES',
  'storage.location.template': `${location}dt=\${dt}/`,
})

/** `2026-01-20T01-00Z` as S3 names the partition: `2026-01-20-01-00`. */
const partitionOf = (report: string): string => report.replace('T', '-').replace('Z', '')

const othersOf = (found: GlueTable | undefined): Record<string, string> =>
  Object.fromEntries(
    Object.entries(found?.parameters ?? {}).filter(([name]) => !/^(stocktake|projection|storage)\./.test(name)),
  )

const csvComment = (column: string): string =>
  column === 'key' ? 'form-encoded: url_decode(key) is what it is' : 'as text; empty for none'
