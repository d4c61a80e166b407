import type { Engine } from '../engine/engine.js'
import { selectByNames } from '../engine/namedScan.js'
import { selectFiles } from '../engine/tableScan.js'
import type { Table, TableSpec } from '../iceberg/catalog.js'
import { currentSchema } from '../iceberg/metadata.js'
import { type Predicate, planFiles } from '../iceberg/plan.js'
import { locateFiles, ofImport } from './dataFiles.js'
import { type LakeEffects, selectLoaded } from './lakeTables.js'
import { findBase, type Receipt, type SnapshotIdentity } from './receipts.js'
import { FOLDERS, OBJECTS } from './tables.js'
import { loadFound } from './vouched.js'

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
  const find = async () => [await findBase(effects, identity)].filter(receipt => receipt !== undefined)
  const { receipts, tables } = await loadFound(await find(), find, [OBJECTS, FOLDERS], effects)
  const [receipt] = receipts
  if (!receipt) return undefined
  const load = async (spec: TableSpec) => tables.get(spec.name) ?? effects.catalog.create(spec)
  return { receipt, objects: await load(OBJECTS), folders: await load(FOLDERS) }
}

/** A SELECT of the base's files of objects that may meet the predicates, made to be read slice by slice. */
export async function selectBaseObjects(
  { objects, receipt }: Base,
  predicates: readonly Predicate[],
  engine: Engine,
): Promise<string> {
  const files = await planFiles(objects, [...ofImport(receipt), ...predicates])
  return selectByNames(currentSchema(objects.metadata), locateFiles(objects, files), engine)
}

/** A SELECT of the base's folders; of no rows without a base. */
export const selectBaseFolders = async (base: Base | undefined): Promise<string> =>
  base ? selectLoaded(base.folders, ofImport(base.receipt)) : selectFiles(FOLDERS.schema, [])
