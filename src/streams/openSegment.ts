import { FolderStore } from '../lake/folderStore.js'
import type { ActiveSegment, SegmentPlace } from './activeSegment.js'
import { openChunkSegment } from './chunkSegment.js'
import { openFolderSegment } from './folderSegment.js'

/** Begins a segment: a file of a folder, that grows; elsewhere, where no object can grow, chunks. */
export function openSegment(place: SegmentPlace, name: string): Promise<ActiveSegment> {
  const { store } = place
  return store instanceof FolderStore ? openFolderSegment({ ...place, store }, name) : openChunkSegment(place, name)
}
