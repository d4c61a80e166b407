import { inParallel } from '../lake/inParallel.js'
import { type ByteSource, ObjectNotFoundError, type ObjectStore } from '../lake/objectStore.js'
import { putSource } from '../lake/putSource.js'
import type { ActiveSegment, SegmentPlace } from './activeSegment.js'
import { activeFolder, chunkKey, readyFolder, segmentKey } from './streamPlaces.js'

/**
 * A segment where no object can grow: numbered chunks, each created once.
 *
 * An empty chunk is its end: where it is, who was suspended while another took the stream can't add to it. The chunks are
 * then joined to the segment in raw/ready, and removed, the first one first: where that is gone, all had been joined.
 */
export async function openChunkSegment({ store, stream, lease }: SegmentPlace, name: string): Promise<ActiveSegment> {
  let last = 0
  return {
    name,
    async append(bytes) {
      const key = chunkKey(stream, name, last + 1)
      // It may have been created by an attempt whose answer was lost.
      if (!(await store.putIfAbsent(key, bytes)) && !(await holds(store, key, bytes))) throw lease.lostError()
      await lease.requireHeld() // else another may have joined, and removed, the chunks before
      last++
    },
    finish: async () => void (await finishChunks(store, stream, name)),
    abandon: async () => {},
  }
}

async function holds(store: ObjectStore, key: string, bytes: Buffer): Promise<boolean> {
  try {
    return bytes.equals(await store.read(key))
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return false
    throw error
  }
}

interface Chunk {
  readonly number: number
  readonly sizeBytes: number
}

/**
 * Closes a segment, joins its chunks in raw/ready, and removes them. Done twice, or by two at once, it does the same.
 * @returns how many bytes were handed over; 0 where there were none
 */
export async function finishChunks(store: ObjectStore, stream: string, name: string): Promise<number> {
  const chunks = await closeChunks(store, stream, name)
  const isWhole = chunks.every(({ number }, index) => number === index + 1)
  const sizeBytes = isWhole ? await joinChunks(store, stream, name, chunks) : 0
  const [end, ...others] = chunks.toReversed()
  const remove = ({ number }: Chunk): Promise<void> => store.remove(chunkKey(stream, name, number))
  const [first, ...rest] = others.toReversed()
  if (first) await remove(first)
  await inParallel(rest, AT_ONCE, remove)
  if (end) await remove(end)
  return sizeBytes
}

/** @returns all of them, in order, the last one empty */
async function closeChunks(store: ObjectStore, stream: string, name: string): Promise<Chunk[]> {
  for (;;) {
    const chunks = await listChunks(store, stream, name)
    const last = chunks.at(-1)
    if (last?.sizeBytes === 0) return chunks
    const end = { number: (last?.number ?? 0) + 1, sizeBytes: 0 }
    if (await store.putIfAbsent(chunkKey(stream, name, end.number), NOTHING)) return [...chunks, end]
  }
}

const NOTHING = new Uint8Array()

async function listChunks(store: ObjectStore, stream: string, name: string): Promise<Chunk[]> {
  const folder = `${segmentKey(activeFolder(stream), name)}/`
  const chunks: Chunk[] = []
  for await (const { key, sizeBytes } of store.list(folder)) {
    const digits = /^\d{8,}$/.exec(key.slice(folder.length))?.[0]
    if (digits !== undefined) chunks.push({ number: Number(digits), sizeBytes })
  }
  return chunks.sort((a, b) => a.number - b.number)
}

/** Chunks that are read, or removed, at once. */
const AT_ONCE = 8

async function joinChunks(store: ObjectStore, stream: string, name: string, chunks: readonly Chunk[]): Promise<number> {
  const source = chunkSource(chunks, (number, range) => store.read(chunkKey(stream, name, number), range))
  if (source.sizeBytes > 0) await putSource(store, segmentKey(readyFolder(stream), name), source)
  return source.sizeBytes
}

type ReadChunk = (number: number, range: { readonly start: number; readonly end: number }) => Promise<Uint8Array>

/** The bytes of chunks, one after the other. */
function chunkSource(chunks: readonly Chunk[], readChunk: ReadChunk): ByteSource {
  let sizeBytes = 0
  const placed = chunks.map(chunk => {
    const start = sizeBytes
    sizeBytes += chunk.sizeBytes
    return { ...chunk, start, end: sizeBytes }
  })
  return {
    sizeBytes,
    async read(start, end) {
      const bytes = Buffer.alloc(end - start)
      const wanted = placed.filter(chunk => chunk.sizeBytes > 0 && chunk.start < end && chunk.end > start)
      await inParallel(wanted, AT_ONCE, async chunk => {
        const range = { start: Math.max(start, chunk.start), end: Math.min(end, chunk.end) }
        const part = await readChunk(chunk.number, { start: range.start - chunk.start, end: range.end - chunk.start })
        bytes.set(part, range.start - start)
      })
      return bytes
    },
  }
}
