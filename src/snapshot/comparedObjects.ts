import { quoteString } from '../engine/sqlText.js'
import { bindInputs, loadModel, pickParams } from '../models/model.js'
import { type Compared, type CompareEffects, withComparison } from './compareSnapshots.js'
import type { LakeEffects } from './lakeTables.js'
import { bindReport } from './nestedReport.js'
import type { Receipt } from './receipts.js'
import type { Report } from './report.js'
import { OBJECTS } from './tables.js'
import { loadVouched, selectVouched } from './vouched.js'

/** What changed between two snapshots, while it can be asked. */
export interface Delta {
  /** A SELECT with the columns of the table `changes`, in no order. */
  readonly changes: string
  readonly method: Compared['method']
}

/**
 * Compares the current objects of two snapshots of one connector, and keeps what differs for as long as `act` takes.
 * @param prefix what keys start with: only these are compared
 * @throws {NotFoundError} for a snapshot that has been removed
 */
export function withDelta<T>(
  older: Receipt,
  newer: Receipt,
  effects: CompareEffects,
  act: (delta: Delta) => Promise<T>,
  prefix = '',
): Promise<T> {
  const constants = {
    connector: quoteString(newer.connector),
    dt: `cast(${quoteString(newer.dt)} as date)`,
    snapshot: quoteString(newer.snapshot),
    import_id: quoteString(newer.import_id),
    base_snapshot: quoteString(older.snapshot),
  }
  const question = comparison(older, newer)
  return withComparison({ base: older, newer, prefix, question, constants, isOfChanges: true }, effects, compared =>
    act({ changes: compared.select, method: compared.method }),
  )
}

/** The comparison as the model `changes` makes it, over SELECTs of the current objects of both. */
export function comparison(older: Receipt, newer: Receipt): Report {
  const { connector, dt, snapshot, import_id } = newer
  const model = loadModel('changes', 'duckdb')
  return { model, params: pickParams(model, { connector, dt, snapshot, import_id, base_snapshot: older.snapshot }) }
}

/** {@link comparison} over the lake's views. */
export const comparisonOfViews = (older: Receipt, newer: Receipt): Report =>
  bindReport(
    bindReport(comparison(older, newer), 'base_objects', selectViewObjects(older)),
    'newer_objects',
    selectViewObjects(newer),
  )

/** A SELECT of a snapshot's current objects, over the lake's views. */
export function selectViewObjects({ connector, dt, snapshot, scope }: Receipt): string {
  const [name, time, prefix] = [connector, snapshot, scope].map(quoteString)
  return `select * from (
    ${loadModel('current_objects', 'duckdb').sql}
)
where connector = ${name}
    and dt = cast(${quoteString(dt)} as date)
    and import_id = (select import_id from snapshots where connector = ${name} and snapshot = ${time} and scope = ${prefix})`
}

/** A SELECT of the current objects of each snapshot, over its files that may hold keys which start with a text. */
export async function selectCurrentObjects(
  wanted: readonly Receipt[],
  effects: LakeEffects,
  prefix = '',
): Promise<string[]> {
  const { receipts, tables } = await loadVouched(wanted, [OBJECTS], effects)
  const current = loadModel('current_objects', 'duckdb')
  const selects: string[] = []
  for (const receipt of receipts) {
    const objects = await selectVouched(tables, OBJECTS, receipt, [{ column: 'key', op: 'starts-with', value: prefix }])
    selects.push(bindInputs(current, { objects }))
  }
  return selects
}
