import type { ObjectStore, StoredObject } from '../lake/objectStore.js'
import { rejectedFolder } from './streamPlaces.js'

/** What a stream has of lines that are no records of it. */
export interface RejectedLines {
  readonly files: number
  readonly bytes: number
  /** NULL where there is so much that it isn't read to be counted. */
  readonly lines: number | null
}

/** What is read to be counted, of one stream. */
const MOST_FILES = 100
const MOST_BYTES = 16_000_000

const LINE_END = 0x0a

/** Counts what etl kept apart, in the files that it wrote: those that somebody has removed since aren't counted. */
export async function countRejected(store: ObjectStore, stream: string): Promise<RejectedLines> {
  const few: StoredObject[] = []
  let [files, bytes] = [0, 0]
  for await (const object of store.list(`${rejectedFolder(stream)}/`)) {
    files++
    bytes += object.sizeBytes
    if (few.length < MOST_FILES) few.push(object)
  }
  if (files > MOST_FILES || bytes > MOST_BYTES) return { files, bytes, lines: null }
  let lines = 0
  for (const { key } of few)
    for await (const chunk of store.stream(key)) for (const byte of chunk) if (byte === LINE_END) lines++
  return { files, bytes, lines }
}
