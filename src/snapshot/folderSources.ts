import { type CurrentSource, currentSources, latestReceipts } from './currentSources.js'
import type { Receipt } from './receipts.js'

/** A folder of a connector's bucket: its path ends in a slash, and is empty for the whole bucket. */
export interface FolderOf {
  /** Its name. */
  readonly connector: string
  readonly folder: string
}

/** What says what is in each connector's bucket now, by the connector's name: the sources of the view `objects_current`. */
export type SourcesOf = ReadonlyMap<string, readonly CurrentSource[]>

/** To be made once for many folders. */
export function sourcesByConnector(receipts: readonly Receipt[]): SourcesOf {
  const sources = new Map<string, CurrentSource[]>()
  for (const source of currentSources(latestReceipts(receipts), receipts)) {
    const { connector } = source.receipt
    const others = sources.get(connector)
    if (others) others.push(source)
    else sources.set(connector, [source])
  }
  return sources
}

/**
 * The snapshots and scans that a folder's FileInfo is made of: what of `objects_current` lies in the folder. Each says which keys
 * it leaves to a newer one, so that of a key one alone says whether it is there.
 */
export const fileInfoSources = (folder: FolderOf, receipts: readonly Receipt[]): CurrentSource[] =>
  pickSources(folder, sourcesByConnector(receipts.filter(({ connector }) => connector === folder.connector)))

/** As {@link fileInfoSources}, of sources that are known. */
export const pickSources = ({ connector, folder }: FolderOf, sources: SourcesOf): CurrentSource[] =>
  (sources.get(connector) ?? []).flatMap(({ receipt, except }) => {
    if (!receipt.scope.startsWith(folder) && !folder.startsWith(receipt.scope)) return []
    if (except.some(prefix => folder.startsWith(prefix))) return []
    return [{ receipt, except: except.filter(prefix => prefix.startsWith(folder)) }]
  })
