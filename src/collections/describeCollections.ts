import type { Connector } from '../config/connector.js'
import type { Collection } from '../lake/lakeCollections.js'
import { pickSources, sourcesByConnector } from '../snapshot/folderSources.js'
import type { Receipt } from '../snapshot/receipts.js'
import type { FileCounts } from './countFiles.js'
import { describeFileInfo, type FileInfoFacts } from './fileInfo.js'
import { indexOverlaps } from './overlaps.js'

/** A collection with what is known of its files. */
export interface DescribedCollection extends Collection {
  readonly fileInfo: FileInfoFacts & { readonly [Name in keyof FileCounts]: bigint | null }
  /** Those whose folders hold its own, or lie in it; by name. */
  readonly overlaps: readonly Collection[]
}

/** What a lake knows that collections are described by. */
export interface KnownLake {
  readonly receipts: readonly Receipt[]
  readonly connectors: readonly Connector[]
  readonly now: Date
}

/**
 * @param all the collections of the lake, of which those that are described are some
 * @param counts of {@link countFiles}, in their order
 * @returns in the order that they are given
 */
export function describeCollections(
  collections: readonly Collection[],
  all: readonly Collection[],
  { receipts, connectors, now }: KnownLake,
  counts: readonly (FileCounts | undefined)[],
): DescribedCollection[] {
  const sources = sourcesByConnector(receipts)
  const byGuid = new Map(all.map(each => [each.collection, each]))
  const { listOverlaps } = indexOverlaps(all)
  return collections.map((each, i) => ({
    ...each,
    fileInfo: describeFiles(describeFileInfo(each, pickSources(each, sources), connectors, now), counts[i]),
    overlaps: listOverlaps(byGuid.get(each.collection) ?? each),
  }))
}

/** That a folder is empty is told: it may be gone. */
function describeFiles(facts: FileInfoFacts, counts: FileCounts | undefined): DescribedCollection['fileInfo'] {
  const { file_count = null, total_size_bytes = null } = counts ?? {}
  const isEmpty = facts.source !== null && file_count === 0n
  const warning = [
    ...(isEmpty ? ['there was no file in it'] : []),
    ...(facts.warning === null ? [] : [facts.warning]),
  ].join('; ')
  return { ...facts, file_count, total_size_bytes, warning: warning === '' ? null : warning }
}
