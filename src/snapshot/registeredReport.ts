import { ReportRefusedError } from '../errors.js'
import { type LoadedManifest, REFUSED_FIX } from '../inventory/loadManifest.js'
import type { Glue } from '../lake/glue.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { type ExternalColumn, reportColumns, reportTableInput } from './externalReport.js'
import { parseImportTime } from './importId.js'

/** What an engine elsewhere finds a report's files by, while it imports them. */
export interface RegisteredReport {
  /** The table's name in the lake's database. */
  readonly table: string
  /** Removes the table and the list of files; those stay. */
  remove(): Promise<void>
}

export interface RegisterEffects {
  /** The lake's. */
  readonly store: ObjectStore
  readonly glue: Pick<Glue, 'createTable' | 'deleteTable'>
  /** The lake's database in Glue. */
  readonly database: string
}

/** Where in a lake the lists of files are that engines go by. */
export const REPORT_LISTS = 'work/imports/'

/** What the names of tables over a report's files begin with, in Glue. */
export const REPORT_TABLE_PREFIX = 'stocktake_import_'

/** The column behind the last one of a CSV report: it has a value in a line that has too many. */
export const BEYOND = 'beyond'

/**
 * Makes a table in Glue of exactly the files that a manifest names. It has the import's id in its name, so that what a killed
 * process leaves can be told.
 * @param importId the import that reads it
 * @throws {ReportRefusedError} for a key that no list of files can hold
 */
export async function registerReport(
  loaded: LoadedManifest,
  reports: ObjectStore,
  importId: string,
  { store, glue, database }: RegisterEffects,
): Promise<RegisteredReport> {
  const { format, files } = loaded.manifest
  const table = tableOf(importId)
  const folder = `${REPORT_LISTS}${importId}/`
  const list = `${folder}files.txt`
  const remove = async (): Promise<void> => {
    await glue.deleteTable(database, table)
    await store.remove(list)
  }
  await store.put(list, Buffer.from(files.map(({ key }) => `${urlOf(key, reports)}\n`).join('')))
  await glue.createTable(
    database,
    reportTableInput({
      name: table,
      format,
      columns: [...reportColumns(loaded), ...(format === 'CSV' ? [BEYOND_COLUMN] : [])],
      location: `${store.url}/${folder}`,
      description: `the files of ${loaded.url}, while they are imported`,
      parameters: { 'stocktake.import-id': importId },
    }),
  )
  return { table, remove }
}

const BEYOND_COLUMN: ExternalColumn = { name: BEYOND, type: 'string' }

const tableOf = (importId: string): string => `${REPORT_TABLE_PREFIX}${importId.replaceAll('-', '')}`

function urlOf(key: string, { url }: ObjectStore): string {
  if (!/[\r\n]/.test(key)) return `${url}/${key}`
  throw new ReportRefusedError({
    subject: `${url}/${JSON.stringify(key)}`,
    expected: 'a key of one line, to be read by an engine elsewhere',
    got: 'several',
    fix: REFUSED_FIX,
  })
}

export interface SweepRegisteredOptions {
  readonly now: Date
  /** What was begun no longer ago stays: it may be imported yet. */
  readonly olderThanMs: number
  readonly dryRun: boolean
}

/**
 * Removes the tables and lists of files that killed imports have left, or would.
 * @returns how many of both, and the bytes of the lists
 */
export async function sweepRegistered(
  { now, olderThanMs, dryRun }: SweepRegisteredOptions,
  { store, glue, database }: RegisterEffects & { readonly glue: Pick<Glue, 'listTables' | 'deleteTable'> },
): Promise<{ readonly tables: number; readonly lists: number; readonly sizeBytes: number }> {
  let [tables, lists, sizeBytes] = [0, 0, 0]
  for await (const { name } of glue.listTables(database)) {
    const begun = begunAt(name)
    if (begun === undefined || now.getTime() - begun.getTime() <= olderThanMs) continue
    tables++
    if (!dryRun) await glue.deleteTable(database, name)
  }
  for await (const { key, lastModified, sizeBytes: bytes } of store.list(REPORT_LISTS)) {
    if (now.getTime() - lastModified.getTime() <= olderThanMs) continue
    lists++
    sizeBytes += bytes
    if (!dryRun) await store.remove(key)
  }
  return { tables, lists, sizeBytes }
}

/** When the import of a table was begun; `undefined` for a table of another kind. */
function begunAt(table: string): Date | undefined {
  if (!table.startsWith(REPORT_TABLE_PREFIX)) return undefined
  const [, ...parts] = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(table.slice(REPORT_TABLE_PREFIX.length)) ?? []
  return parseImportTime(parts.join('-'))
}
