import { type Connector, connectorGuid, getConnector } from '../config/connector.js'
import { NotFoundError } from '../errors.js'
import { formatSuggestion } from '../output/suggestion.js'
import { latestReceipts } from './currentSources.js'
import type { LakeEffects } from './lakeTables.js'
import { listReceipts, type Receipt } from './receipts.js'

/** A snapshot, and the one that its changes are told against. */
export interface FoundSnapshot {
  readonly receipt: Receipt
  /** `undefined` for a first snapshot, and where its base has been removed since. */
  readonly base?: Receipt
}

/** Which snapshot is wanted. */
export interface WantedSnapshot {
  /** Name or GUID of a connector. */
  readonly connector: string
  /** The name of a snapshot, or a date (`2026-01-20`) for the newest of that day; by default the newest. */
  readonly at?: string
}

/**
 * A connector's snapshot of the whole bucket, or where it has none, of a sample.
 * @param declared the connectors that the configuration knows; the lake knows those that it has snapshots of
 * @throws {NotFoundError} which names what there is instead
 */
export async function getSnapshot(
  wanted: WantedSnapshot,
  declared: readonly Connector[],
  effects: LakeEffects,
): Promise<FoundSnapshot> {
  return pickSnapshot(wanted, declared, await listReceipts(effects))
}

/** As {@link getSnapshot}, of receipts that were listed. @throws {NotFoundError} */
export function pickSnapshot(
  { connector, at }: WantedSnapshot,
  declared: readonly Connector[],
  all: readonly Receipt[],
): FoundSnapshot {
  const name = connectorName(connector, declared, all)
  const receipts = all.filter(receipt => receipt.connector === name && receipt.scope === '')
  const receipt = at === undefined ? latestReceipts(receipts)[0] : receipts.find(isAt(at))
  if (!receipt) throw notFound(name, at, receipts)
  const base = receipts.find(({ snapshot }) => snapshot === receipt.base_snapshot)
  return { receipt, ...(base && { base }) }
}

/**
 * The name of a connector that is declared, or that the lake has snapshots of.
 * @throws {NotFoundError}
 */
export function connectorName(
  nameOrGuid: string,
  declared: readonly Connector[],
  receipts: readonly Receipt[],
): string {
  const names = [
    ...new Set([...declared, ...receipts.map(({ connector }) => ({ name: connector }))].map(each => each.name)),
  ]
  const found = names.find(name => name === nameOrGuid) ?? names.find(name => connectorGuid(name) === nameOrGuid)
  if (found !== undefined) return found
  return getConnector(
    names.map(name => ({ name, guid: connectorGuid(name) }) as Connector),
    nameOrGuid,
  ).name
}

const isAt =
  (at: string) =>
  ({ snapshot }: Receipt): boolean =>
    snapshot === at || (/^\d{4}-\d\d-\d\d$/.test(at) && snapshot.startsWith(at))

function notFound(connector: string, at: string | undefined, receipts: readonly Receipt[]): NotFoundError {
  const [newest] = receipts
  if (!newest || at === undefined)
    return new NotFoundError({
      subject: `connector ${connector}`,
      got: 'no snapshot of it yet',
      fix: `stocktake import ${connector}`,
    })
  const names = receipts.map(({ snapshot }) => snapshot)
  return new NotFoundError({
    subject: `snapshot ${JSON.stringify(at)}`,
    got: `no such snapshot of ${connector}`,
    fix: formatSuggestion(at, names) ?? `${newest.snapshot} is the newest: stocktake snapshots ${connector}`,
  })
}
