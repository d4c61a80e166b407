import type { QueryResult } from '../engine/engine.js'
import { quoteIdentifier, quoteString } from '../engine/sqlText.js'
import { UsageError } from '../errors.js'
import type { Collection } from '../lake/lakeCollections.js'
import { bindInputs } from '../models/model.js'
import type { CurrentSource } from '../snapshot/currentSources.js'
import { planSources, selectFolder, selectFolderCurrent } from '../snapshot/fileInfoRows.js'
import { fileInfoSources } from '../snapshot/folderSources.js'
import { findViewNames, type LakeView, type ViewEffects } from '../snapshot/lakeViews.js'
import { type NamedReport, runNamedReport } from '../snapshot/namedReports.js'
import { formatReport, type Report } from '../snapshot/report.js'
import { OBJECTS } from '../snapshot/tables.js'
import { loadVouchedLake } from '../snapshot/vouched.js'

/** What a report says of a collection. */
export interface CollectionAnswer extends QueryResult {
  /** The snapshots and scans that the collection's FileInfo comes from. */
  readonly sources: readonly CurrentSource[]
}

/**
 * Whether a report is about objects as they are now, and nothing else: it can be of a collection then. One that joins them with
 * their snapshots can't, as the files of a collection may be of several.
 */
export function takesCollection({ model }: NamedReport): boolean {
  const read = model.inputs.length > 0 ? model.inputs : findViewNames(model.sql)
  return read.every(name => VIEWS.includes(name as LakeView))
}

/** These two have the same columns. */
const VIEWS: readonly LakeView[] = ['objects_current', 'objects_latest']

/**
 * Runs a report of a collection: over the current objects in its folder by its FileInfo. The bucket isn't asked for anything.
 * @param act gets the answer, and reads its rows before this session runs anything else
 * @throws {UsageError} for a report that is about something else
 */
export async function withCollectionReport<T>(
  named: NamedReport,
  report: Report,
  collection: Collection,
  effects: ViewEffects,
  act: (answer: CollectionAnswer) => Promise<T>,
): Promise<T> {
  requireTakes(named)
  const { receipts, tables } = await loadVouchedLake(effects)
  const sources = fileInfoSources(collection, receipts)
  const objects = tables.get(OBJECTS.name) ?? (await effects.catalog.create(OBJECTS))
  const select = selectFolderCurrent(
    selectFolder(collection, sources, objects, await planSources(objects, sources)),
    objects,
  )
  const { engine } = effects
  const register = async (): Promise<void> => {
    // Temporary ones are of this session alone, and hide the lake's.
    for (const name of VIEWS) await engine.run(`create or replace temp view ${quoteIdentifier(name)} as ${select}`)
  }
  try {
    return await act({ ...(await runNamedReport(named, report, effects, register)), sources })
  } finally {
    for (const name of VIEWS) await engine.run(`drop view if exists temp.${quoteIdentifier(name)}`)
  }
}

/** The report of a collection as one statement over the lake's views, with its values in it. @throws {UsageError} */
export function formatCollectionReport(named: NamedReport, report: Report, { connector, folder }: Collection): string {
  requireTakes(named)
  const keys = `connector = ${quoteString(connector)} and starts_with(key, ${quoteString(folder)})`
  const select = `select * from main.objects_current where ${keys}`
  const read = VIEWS.filter(name => new RegExp(`\\b${name}\\b`, 'i').test(report.model.sql))
  const sql = report.model.sql.trim().replace(/;\s*$/, '')
  const bound = bindInputs({ sql }, Object.fromEntries(read.map(name => [name, select])))
  return formatReport({ ...report, model: { ...report.model, sql: bound } })
}

function requireTakes(named: NamedReport): void {
  if (takesCollection(named)) return
  throw new UsageError({
    subject: `report ${named.model.name}`,
    expected: 'a report of objects alone, to be of a collection',
    got: 'one that reads more',
    fix:
      named.path === undefined ? 'photo-stats, photo-pairing, largest and others can be' : 'see its line "-- inputs:"',
  })
}
