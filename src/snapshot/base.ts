import { selectFiles } from '../engine/tableScan.js'
import type { Table } from '../iceberg/catalog.js'
import type { Predicate } from '../iceberg/plan.js'
import { ofImport } from './dataFiles.js'
import { type LakeEffects, selectLoaded } from './lakeTables.js'
import { findBase, type Receipt, type SnapshotIdentity } from './receipts.js'
import { FOLDERS, OBJECTS } from './tables.js'

/**
 * What an import is compared with: the receipt, and the tables as they were while it counted. Another import of that
 * snapshot may drop its rows from the tables meanwhile; its files stay for those who still read them.
 */
export interface Base {
  readonly receipt: Receipt
  readonly objects: Table
  readonly folders: Table
}

/** The base of a snapshot, or `undefined` where there is none. */
export async function loadBase(effects: LakeEffects, identity: SnapshotIdentity): Promise<Base | undefined> {
  const { catalog } = effects
  let receipt = await findBase(effects, identity)
  while (receipt) {
    const objects = await catalog.create(OBJECTS)
    const folders = await catalog.create(FOLDERS)
    const found = await findBase(effects, identity)
    if (found?.import_id === receipt.import_id) return { receipt, objects, folders }
    receipt = found // replaced meanwhile, and perhaps dropped from the tables
  }
  return undefined
}

/** A SELECT of the base's objects that may meet the predicates. */
export const selectBaseObjects = ({ objects, receipt }: Base, predicates: readonly Predicate[]): Promise<string> =>
  selectLoaded(objects, [...ofImport(receipt), ...predicates])

/** A SELECT of the base's folders; of no rows without a base. */
export const selectBaseFolders = async (base: Base | undefined): Promise<string> =>
  base ? selectLoaded(base.folders, ofImport(base.receipt)) : selectFiles(FOLDERS.schema, [])
