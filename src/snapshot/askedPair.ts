import type { ChangeTotals } from './changeListing.js'
import type { LakeEffects } from './lakeTables.js'
import {
  askPair,
  type ChangeRow,
  countObjects,
  listPairChanges,
  type MoveTotals,
  type ObjectTotals,
  type PairChanges,
  type PairQuestion,
} from './pairChanges.js'
import type { Receipt } from './receipts.js'
import type { SnapshotPair } from './snapshotPair.js'

/** What differs between two snapshots, while it can be asked, of whatever engine. */
export interface AskedPair {
  readonly pair: SnapshotPair
  /** The rows of a question, by the columns of its model, as they come. @param depth of `changes_by_folder` */
  ask<R>(question: PairQuestion, depth?: number): AsyncGenerator<R>
  /** Each change, in key order. */
  listChanges(): AsyncGenerator<ChangeRow>
  /** The current objects of a snapshot, of those keys that are compared. */
  countObjects(receipt: Receipt): Promise<ObjectTotals>
}

/** Asked of the lake's own files. */
export const askLake = (changes: PairChanges, effects: LakeEffects): AskedPair => ({
  pair: changes.pair,
  ask: (question, depth) => askPair(question, changes, effects, depth),
  listChanges: () => listPairChanges(changes, effects),
  countObjects: receipt => countObjects(receipt, changes.pair.prefix, effects),
})

/** The row of `change_totals`. */
export const getPairTotals = (asked: AskedPair): Promise<ChangeTotals> => getRow<ChangeTotals>('change_totals', asked)

/** The row of `move_totals`. */
export const getMoveTotals = (asked: AskedPair): Promise<MoveTotals> => getRow<MoveTotals>('move_totals', asked)

/** Whether `to` has current objects among those keys that are compared. */
export const holdsKeys = async (asked: AskedPair): Promise<boolean> =>
  (await asked.countObjects(asked.pair.to)).object_count > 0n

async function getRow<R>(question: PairQuestion, asked: AskedPair): Promise<R> {
  let found: R | undefined
  for await (const row of asked.ask<R>(question)) found = row
  return found as R // these models always give one
}
