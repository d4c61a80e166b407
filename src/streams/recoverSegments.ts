import { FolderStore } from '../lake/folderStore.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { finishChunks } from './chunkSegment.js'
import { findFolderSegment, recoverFolderSegment } from './folderSegment.js'
import { compareSegments, findSegmentName, parseSegmentName } from './segmentName.js'
import { activeFolder } from './streamPlaces.js'

/** A segment that was left, and what of it was handed over. */
export interface RecoveredSegment {
  readonly segment: string
  /** 0 where nothing of it had been made durable. */
  readonly bytes: number
}

/**
 * Hands over the segments that earlier ingests of a stream have left behind, in the order in which they were begun. Only
 * who has the stream may do so.
 */
export async function* recoverSegments(store: ObjectStore, stream: string): AsyncIterable<RecoveredSegment> {
  for (const segment of await listLeft(store, stream)) {
    const bytes =
      store instanceof FolderStore
        ? await recoverFolderSegment(store, stream, segment)
        : await finishChunks(store, stream, segment)
    yield { segment, bytes }
  }
}

async function listLeft(store: ObjectStore, stream: string): Promise<string[]> {
  const folder = `${activeFolder(stream)}/`
  const names = new Set<string>()
  for await (const { key } of store.list(folder)) {
    const name = store instanceof FolderStore ? findFolderSegment(key.slice(folder.length)) : findChunked(key, folder)
    if (name !== undefined) names.add(name)
  }
  return [...names].sort((a, b) => compareSegments(parseSegmentName(a), parseSegmentName(b)))
}

function findChunked(key: string, folder: string): string | undefined {
  const name = /^([^/]+)\.ndjson\/\d{8,}$/.exec(key.slice(folder.length))?.[1]
  return name !== undefined && findSegmentName(name) ? name : undefined
}
