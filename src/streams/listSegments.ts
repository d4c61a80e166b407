import type { ObjectStore } from '../lake/objectStore.js'
import { compareSegments, findSegmentName, type SegmentName } from './segmentName.js'

/** A segment of one stage, as it is listed: a file, or the chunks that it is written in. */
export interface ListedSegment extends SegmentName {
  /** Its name without `.ndjson`. */
  readonly name: string
  readonly sizeBytes: number
  /** When something was last written to it, by the store's clock. */
  readonly lastModified: Date
}

/** The segments in a folder of a stage, in the order in which they were begun. What is no segment isn't told. */
export async function listSegments(store: ObjectStore, folder: string): Promise<ListedSegment[]> {
  const found = new Map<string, ListedSegment>()
  for await (const { key, sizeBytes, lastModified } of store.list(`${folder}/`)) {
    const name = segmentOf(key.slice(folder.length + 1))
    const parsed = name === undefined ? undefined : findSegmentName(name)
    if (name === undefined || !parsed) continue
    const other = found.get(name)
    found.set(name, {
      ...parsed,
      name,
      sizeBytes: sizeBytes + (other?.sizeBytes ?? 0),
      lastModified: other && other.lastModified > lastModified ? other.lastModified : lastModified,
    })
  }
  return [...found.values()].sort(compareSegments)
}

/** @param key below the stage's folder: a file, one that a new ingest takes over, or a chunk of one */
const segmentOf = (key: string): string | undefined => /^([^/]+)\.ndjson(?:\/\d+|\.left)?$/.exec(key)?.[1]
