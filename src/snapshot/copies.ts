import type { Row } from '../engine/engine.js'
import { selectViewObjects } from './comparedObjects.js'
import { type CompareEffects, withComparison } from './compareSnapshots.js'
import type { LakeEffects } from './lakeTables.js'
import { bindReport, nestReport } from './nestedReport.js'
import { textAfterPrefix } from './prefixRange.js'
import type { Receipt } from './receipts.js'
import { loadReport, type Report, runReport } from './report.js'

/** A snapshot of a bucket, and one of another that is to hold the same. */
export interface CopyPair {
  readonly a: Receipt
  readonly b: Receipt
  /** What the keys that are compared start with; empty for all. */
  readonly prefix: string
}

/** The row of the model `copy_totals`. */
export interface CopyTotals {
  readonly connector_a: string
  readonly snapshot_a: string
  readonly connector_b: string
  readonly snapshot_b: string
  readonly only_in_a_count: bigint
  readonly only_in_a_size_bytes: bigint
  readonly only_in_b_count: bigint
  readonly only_in_b_size_bytes: bigint
  readonly differing_count: bigint
  readonly unclear_count: bigint
}

/** What differs between two buckets, while it can be asked. */
export interface Copies {
  readonly pair: CopyPair
  /** A SELECT with the columns of the model `copies`. */
  readonly select: string
}

/** The questions to what differs between two buckets: models of `sql/reports`. */
export type CopyQuestion = 'copies' | 'copy_totals'

/** The question over the lake's views, for a person to run. */
export function copyViewReport(question: CopyQuestion, pair: CopyPair): Report {
  const report = copiesOf(pair, selectViewObjects(pair.a), selectViewObjects(pair.b))
  return question === 'copies' ? report : nestReport(totalsOf(pair), 'copies', report)
}

/**
 * Compares the current objects of two buckets, and keeps what differs for as long as `act` takes.
 * @throws {NotFoundError} for a snapshot that has been removed
 */
export const withCopies = <T>(
  pair: CopyPair,
  effects: CompareEffects,
  act: (copies: Copies) => Promise<T>,
): Promise<T> => {
  const { a: base, b: newer, prefix } = pair
  return withComparison(
    { base, newer, prefix, question: questionOf(prefix), isOfChanges: false },
    effects,
    ({ select }) => act({ pair, select }),
  )
}

/** What differs between two buckets, asked of whatever engine. */
export interface AskedCopies {
  readonly pair: CopyPair
  /** Each difference by the columns of the model `copies`, in key order. */
  list(): AsyncGenerator<Row>
  getTotals(): Promise<CopyTotals>
}

/** Asked of the lake's own files. */
export const askCopies = (copies: Copies, effects: LakeEffects): AskedCopies => ({
  pair: copies.pair,
  list: () => listCopies(copies, effects),
  getTotals: () => getCopyTotals(copies, effects),
})

/** Each difference by the columns of the model `copies`, in key order. */
async function* listCopies({ select }: Copies, { engine }: Pick<LakeEffects, 'engine'>): AsyncGenerator<Row> {
  yield* (await engine.query(`${select} order by key`)).rows
}

async function getCopyTotals({ pair, select }: Copies, { engine }: LakeEffects): Promise<CopyTotals> {
  let found: Row | undefined
  for await (const row of (await runReport(totalsOf(pair), { copies: select }, engine)).rows) found = row
  return found as unknown as CopyTotals // the model's columns
}

const questionOf = (prefix: string): Report =>
  loadReport('copies', { prefix, prefix_end: textAfterPrefix(prefix) ?? null })

const copiesOf = ({ prefix }: CopyPair, a: string, b: string): Report =>
  bindReport(bindReport(questionOf(prefix), 'base_objects', a), 'newer_objects', b)

const totalsOf = ({ a, b }: CopyPair): Report =>
  loadReport('copy_totals', {
    ...{ connector_a: a.connector, snapshot_a: a.snapshot },
    ...{ connector_b: b.connector, snapshot_b: b.snapshot },
  })
