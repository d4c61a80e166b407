import type { Row } from '../engine/engine.js'
import { planFiles } from '../iceberg/plan.js'
import { ofImport } from './dataFiles.js'
import { runInSlices } from './keySlices.js'
import type { LakeEffects } from './lakeTables.js'
import { textAfterPrefix } from './prefixRange.js'
import type { Receipt } from './receipts.js'
import { loadReport, type Report } from './report.js'
import { OBJECTS } from './tables.js'
import { loadVouchedTable } from './vouched.js'

export interface FileQuestion {
  readonly receipt: Receipt
  /** What keys start with: a folder's path, or any text. */
  readonly prefix: string
  /** Whether also those in folders below. */
  readonly recursive: boolean
  /** Whether also old versions and delete markers. */
  readonly versions: boolean
}

/** The objects whose keys start with a text, in key order; of a key, the newest version first. */
export function filesReport({ receipt, prefix, recursive, versions }: FileQuestion): Report {
  const { connector, dt, snapshot } = receipt
  const prefix_end = textAfterPrefix(prefix) ?? null
  return loadReport('files', { connector, dt, snapshot, prefix, prefix_end, recursive, versions })
}

/**
 * Runs {@link filesReport} over the data files that may hold such keys, slice by slice: the first rows come soon, and
 * however many there are, little is sorted at a time.
 */
export async function* listFiles(question: FileQuestion, effects: LakeEffects): AsyncGenerator<Row> {
  const { receipt, table } = await loadVouchedTable(question.receipt, OBJECTS, effects)
  if (!table) return
  const files = await planFiles(table, [
    ...ofImport(receipt),
    { column: 'key', op: 'starts-with', value: question.prefix },
  ])
  const range = { from: question.prefix, to: textAfterPrefix(question.prefix) }
  yield* runInSlices(filesReport(question), 'objects', table, files, range, effects.engine)
}
