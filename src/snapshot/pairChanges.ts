import { selectFiles } from '../engine/tableScan.js'
import { NotFoundError } from '../errors.js'
import { loadModel } from '../models/model.js'
import { listChanges } from './changeListing.js'
import { comparisonOfViews, selectCurrentObjects, withDelta } from './comparedObjects.js'
import type { CompareEffects } from './compareSnapshots.js'
import type { LakeEffects } from './lakeTables.js'
import { nestReport } from './nestedReport.js'
import { textAfterPrefix } from './prefixRange.js'
import type { Receipt } from './receipts.js'
import { loadReport, type Report, runReport } from './report.js'
import type { SnapshotPair } from './snapshotPair.js'
import { CHANGES, FOLDERS } from './tables.js'
import { loadVouched, selectVouched } from './vouched.js'

/** The questions to what differs between two snapshots: models of `sql/reports`. */
export type PairQuestion =
  | 'changes'
  | 'change_totals'
  | 'changes_by_folder'
  | 'moves'
  | 'moves_by_folder'
  | 'move_totals'
  | 'vanished'

/** A row of the model `changes_by_folder`. */
export interface FolderChanges {
  readonly path: string
  readonly parent: string | null
  readonly depth: bigint
  readonly change_count: bigint
  readonly new_count: bigint
  readonly modified_count: bigint
  readonly deleted_count: bigint
  readonly touched_count: bigint
  /** What the folder held; NULL where that isn't known. */
  readonly object_count_before: bigint | null
  readonly object_count_after: bigint | null
  /** Bytes. */
  readonly size_before: bigint | null
  readonly size_after: bigint | null
  /** Of the changes; NULL where one of their sizes isn't known. */
  readonly size_change: bigint | null
  readonly direct_change_count: bigint
  readonly direct_new_count: bigint
  readonly direct_modified_count: bigint
  readonly direct_deleted_count: bigint
  readonly direct_touched_count: bigint
  readonly direct_size_change: bigint | null
  /** A folder below that has most of it; NULL where none has. */
  readonly mostly_in: string | null
  /** 0 to 1. */
  readonly mostly_in_share: number | null
}

/** A row of the model `moves`. */
export interface MoveRow {
  readonly key_before: string
  readonly key_after: string
  readonly folder_before: string
  readonly folder_after: string
  readonly size: bigint
  readonly e_tag: string
  readonly matched_by: 'content' | 'name' | 'order' | 'nothing'
  readonly deleted_count: bigint
  readonly new_count: bigint
}

/** The row of the model `move_totals`. */
export interface MoveTotals {
  readonly moved_count: bigint
  readonly size_bytes: bigint
  readonly uncertain_count: bigint
  readonly empty_count: bigint
  readonly first_key_after: string | null
  readonly last_key_after: string | null
}

/** A row of the model `changes`. */
export interface ChangeRow {
  readonly key: string
  readonly change: 'new' | 'modified' | 'deleted' | 'touched'
  readonly size_before: bigint | null
  readonly size_after: bigint | null
  readonly last_modified_before: Date | null
  readonly last_modified_after: Date | null
  readonly e_tag_before: string | null
  readonly e_tag_after: string | null
  readonly storage_class_before: string | null
  readonly storage_class_after: string | null
}

export type ObjectTotals = Pick<Receipt, 'object_count' | 'total_size_bytes'>

/** What differs between two snapshots, while it can be asked. */
export interface PairChanges {
  readonly pair: SnapshotPair
  /** A SELECT with the columns of the table `changes`, told of `to`; `undefined` where the lake has just these. */
  readonly select: string
  readonly isStored: boolean
}

/** The question over the relation `changes`. @param depth levels below the prefix's folder, of `changes_by_folder` */
export function pairReport(question: PairQuestion, { from, to, fromName, prefix }: SnapshotPair, depth = 1): Report {
  const { connector, dt, snapshot } = to
  const at = prefix.split('/').length - 1
  const params = {
    ...{ connector, dt, snapshot, base_dt: from?.dt ?? null, base_snapshot: fromName },
    ...{ prefix, prefix_end: textAfterPrefix(prefix) ?? null },
    ...{ depth_from: at, depth_to: at + depth },
  }
  const report = loadReport(question, params)
  return report.model.inputs.includes('moves') ? nestReport(report, 'moves', loadReport('moves', params)) : report
}

/** {@link pairReport} over the lake's views, for a person to run. */
export function pairViewReport(question: PairQuestion, pair: SnapshotPair, depth?: number): Report {
  const report = pairReport(question, pair, depth)
  if (holdsChanges(pair) || !pair.from) return report
  return nestReport(report, 'changes', comparisonOfViews(pair.from, pair.to))
}

/** Compares two snapshots, or finds that the import of one has done so. Valid for as long as `act` takes. */
export async function withPairChanges<T>(
  pair: SnapshotPair,
  effects: CompareEffects,
  act: (changes: PairChanges) => Promise<T>,
): Promise<T> {
  const { from, to, prefix } = pair
  if (!from || holdsChanges(pair)) {
    const { receipts, tables } = await loadVouched([to], [CHANGES], effects)
    if (receipts[0]?.import_id === to.import_id || !from)
      return act({ pair, select: await selectVouched(tables, CHANGES, receipts[0] ?? to), isStored: true })
  }
  if (from.import_id === to.import_id) return act({ pair, select: selectFiles(CHANGES.schema, []), isStored: false })
  return withDelta(from, to, effects, ({ changes }) => act({ pair, select: changes, isStored: false }), prefix)
}

/** The rows of a question, as they come; to be read once. */
export async function* askPair<R>(
  question: PairQuestion,
  { pair, select }: PairChanges,
  effects: LakeEffects,
  depth?: number,
): AsyncGenerator<R> {
  const report = pairReport(question, pair, depth)
  const folders = report.model.inputs.includes('folders') ? await selectFolders(pair, effects) : ''
  const { rows } = await runReport(report, { changes: select, folders }, effects.engine)
  for await (const row of rows) yield row as R // the model's columns
}

/** A SELECT of the folders of both snapshots; of none where one of them isn't any more what was compared. */
async function selectFolders({ from, to }: SnapshotPair, effects: LakeEffects): Promise<string> {
  const wanted = from && from.import_id !== to.import_id ? [from, to] : [to]
  const { receipts, tables } = await loadVouched(wanted, [FOLDERS], effects)
  const isSame = wanted.every(({ import_id }, i) => receipts[i]?.import_id === import_id)
  const selects = await Promise.all((isSame ? wanted : []).map(receipt => selectVouched(tables, FOLDERS, receipt)))
  return selects.join('\nunion all\n') || selectFiles(FOLDERS.schema, [])
}

/** Each change, in key order. */
export const listPairChanges = (changes: PairChanges, effects: LakeEffects): AsyncGenerator<ChangeRow> =>
  changes.isStored
    ? (listChanges(
        changes.pair.to,
        effects,
        changes.pair.prefix,
      ) as AsyncGenerator<unknown> as AsyncGenerator<ChangeRow>)
    : askPair<ChangeRow>('changes', changes, effects)

/** Which changes are wanted. */
export interface WantedChanges {
  /** Only keys after this one. */
  readonly after?: string | undefined
  readonly change?: ChangeRow['change'] | undefined
  readonly limit: number
}

/** The first changes that are wanted, in key order. */
export async function readPairChanges(
  { pair: { prefix }, select }: PairChanges,
  { after, change, limit }: WantedChanges,
  effects: LakeEffects,
): Promise<ChangeRow[]> {
  const params = { prefix, prefix_end: textAfterPrefix(prefix) ?? null, after: after ?? null }
  const model = loadModel('page/changes_page', 'duckdb')
  const report = { model, params: { ...params, change: change ?? null, most: BigInt(limit) } }
  const rows: ChangeRow[] = []
  for await (const row of (await runReport(report, { changes: select }, effects.engine)).rows)
    rows.push(row as unknown as ChangeRow) // the model's columns
  return rows
}

/**
 * What percentages of changes are of: the current objects of `from`, of those keys that are compared.
 * @param count counts those of a snapshot
 * @throws {NotFoundError} where `from` has been removed
 */
export async function countBefore(
  { from, fromName, to, prefix }: SnapshotPair,
  count: (receipt: Receipt) => Promise<ObjectTotals>,
): Promise<ObjectTotals> {
  if (!from)
    throw new NotFoundError({
      subject: `${to.connector} ${fromName}`,
      got: "it has been removed, and what changes are a percentage of isn't known",
      fix: 'give numbers to --fail-on',
    })
  return prefix === '' ? from : count(from)
}

/** The current objects of a snapshot whose keys start with a prefix. */
export async function countObjects(receipt: Receipt, prefix: string, effects: LakeEffects): Promise<ObjectTotals> {
  const [objects = ''] = await selectCurrentObjects([receipt], effects, prefix)
  const [row] = await effects.engine.rows(
    `select count(*) as object_count, cast(coalesce(sum(size), 0) as bigint) as total_size_bytes from (${objects})
    where key >= $prefix and ($prefix_end is null or key < $prefix_end)`,
    { prefix, prefix_end: textAfterPrefix(prefix) ?? null },
  )
  return row as unknown as ObjectTotals // the columns above
}

/**
 * Whether the import of `to` has compared it with `from` as that is now: an import of `from` that took the place of
 * another since has other objects. As the clocks of two machines may not agree, the counts have to.
 */
function holdsChanges({ from, to }: SnapshotPair): boolean {
  return (
    from !== undefined &&
    to.base_snapshot === from.snapshot &&
    to.scope === from.scope &&
    from.imported_at.getTime() < startedAt(to) &&
    from.object_count + (to.new_count ?? 0n) - (to.deleted_count ?? 0n) === to.object_count
  )
}

/** When the import began: its id begins with the milliseconds. */
const startedAt = ({ import_id, imported_at }: Receipt): number => {
  const time = /^([0-9a-f]{8})-([0-9a-f]{4})-7/.exec(import_id)
  return time ? Number.parseInt(`${time[1]}${time[2]}`, 16) : imported_at.getTime()
}
