import type { Connector } from '../config/connector.js'
import type { Params } from '../engine/engine.js'
import type { Receipt } from './receipts.js'
import { parseSnapshotName, snapshotDate } from './snapshotName.js'
import type { SnapshotSource } from './snapshotSource.js'

/** The parameters of the models of an import: `objects`, `folders`, `changes`. @param base what it is compared with */
export function importParams(
  {
    connector,
    source,
  }: {
    readonly connector: Pick<Connector, 'name' | 'guid'>
    readonly source: Pick<SnapshotSource, 'identity' | 'sourceBucket'>
  },
  importId: string,
  base: Receipt | undefined,
): Params {
  const { snapshot } = source.identity
  return {
    connector: connector.name,
    connector_guid: connector.guid,
    dt: snapshotDate(snapshot),
    snapshot,
    import_id: importId,
    source_bucket: source.sourceBucket,
    base_snapshot: base?.snapshot ?? null,
    taken_at: parseSnapshotName(snapshot).toISOString(),
  }
}
