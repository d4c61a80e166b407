import type { Row } from '../engine/engine.js'
import { NotFoundError } from '../errors.js'
import { planFiles } from '../iceberg/plan.js'
import { ofImport } from './dataFiles.js'
import { runInSlices } from './keySlices.js'
import type { LakeEffects } from './lakeTables.js'
import { textAfterPrefix } from './prefixRange.js'
import type { Receipt } from './receipts.js'
import { loadReport, type Report, runReport } from './report.js'
import { CHANGES, FOLDERS } from './tables.js'
import { loadVouched, loadVouchedTable, selectVouched } from './vouched.js'

/** What changed from a snapshot's base to it, added up: the columns of the model `change_totals`. */
export interface ChangeTotals {
  readonly connector: string
  readonly snapshot: string
  readonly base_snapshot: string
  readonly new_count: bigint
  readonly new_size_bytes: bigint
  readonly modified_count: bigint
  readonly modified_size_change: bigint
  readonly deleted_count: bigint
  readonly deleted_size_bytes: bigint
  readonly touched_count: bigint
}

/** The questions to the changes of one snapshot. */
type ChangeReport = 'changes' | 'change_totals' | 'vanished'

const changeReport = (name: ChangeReport, { connector, dt, snapshot, base_snapshot }: Receipt, prefix = ''): Report =>
  loadReport(name, { connector, dt, snapshot, base_snapshot, prefix, prefix_end: textAfterPrefix(prefix) ?? null })

/**
 * Each change by its columns in the model `changes`, in key order.
 * @param prefix what the keys start with
 * @throws {NotFoundError} for a snapshot without a base
 */
export async function* listChanges(wanted: Receipt, effects: LakeEffects, prefix = ''): AsyncGenerator<Row> {
  const { receipt, table } = await loadVouchedTable(wanted, CHANGES, effects)
  requireBase(receipt)
  if (!table) return
  const files = await planFiles(table, [...ofImport(receipt), { column: 'key', op: 'starts-with', value: prefix }])
  const range = { from: prefix, to: textAfterPrefix(prefix) }
  yield* runInSlices(changeReport('changes', receipt, prefix), 'changes', table, files, range, effects.engine)
}

/** A row of the model `vanished`: a folder, and what it lost. */
export interface VanishedRow {
  readonly path: string
  readonly deleted_count: bigint
  readonly deleted_size_bytes: bigint
  readonly remaining_count: bigint
}

/** Folders that lost objects for no reason to be seen, the worst first. @throws {NotFoundError} without a base */
export const listVanished = async (receipt: Receipt, effects: LakeEffects): Promise<VanishedRow[]> =>
  (await readReport('vanished', receipt, effects)) as unknown as VanishedRow[]

/** The one row of `change_totals`. @throws {NotFoundError} for a snapshot without a base */
export async function getChangeTotals(receipt: Receipt, effects: LakeEffects): Promise<ChangeTotals> {
  const [totals] = await readReport('change_totals', receipt, effects)
  return totals as unknown as ChangeTotals // the model's columns
}

async function readReport(name: ChangeReport, wanted: Receipt, effects: LakeEffects): Promise<Row[]> {
  const { receipts, tables } = await loadVouched([wanted], [CHANGES, FOLDERS], effects)
  const [receipt = wanted] = receipts
  requireBase(receipt)
  const changes = await selectVouched(tables, CHANGES, receipt)
  const folders = await selectVouched(tables, FOLDERS, receipt)
  const { rows } = await runReport(changeReport(name, receipt), { changes, folders }, effects.engine)
  const all: Row[] = []
  for await (const row of rows) all.push(row)
  return all
}

function requireBase({ connector, snapshot, base_snapshot }: Receipt): void {
  if (base_snapshot === null)
    throw new NotFoundError({
      subject: `${connector} ${snapshot}`,
      got: 'the first snapshot, with nothing to compare it with',
      fix: 'import another report',
    })
}
