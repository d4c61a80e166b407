import { damaged } from './orcError.js'

/** A file of known size whose bytes can be read anywhere. */
export interface ByteSource {
  readonly sizeBytes: number
  /** The bytes from `start` (included) to `end` (excluded). Fewer say that the file has become shorter. */
  read(start: number, end: number): Promise<Uint8Array>
}

/** The bytes from `start` to `end`, all of them. @throws {OrcError} if the source gives another number of bytes */
export async function readExactly(source: ByteSource, start: number, end: number, place: string): Promise<Uint8Array> {
  if (start === end) return new Uint8Array(0)
  const bytes = await source.read(start, end)
  if (bytes.length !== end - start)
    throw damaged(place, `${end - start} bytes at ${start}`, `${bytes.length} bytes of a file of ${source.sizeBytes}`)
  return bytes
}

/** The same source with one range of it read at once and held, for many small reads within. @throws {OrcError} */
export async function holdRange(source: ByteSource, start: number, end: number, place: string): Promise<ByteSource> {
  const held = await readExactly(source, start, end, place)
  return {
    sizeBytes: source.sizeBytes,
    read: async (from, to) =>
      from >= start && to <= end ? held.subarray(from - start, to - start) : source.read(from, to),
  }
}
