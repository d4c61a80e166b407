import type { ObjectStore } from './objectStore.js'
import { S3Store } from './s3Store.js'

// One connection to S3 gives 50 to 90 MB/s; three keep the unpacking busy. 8 MB a request is what AWS's own clients take.
const RANGE_BYTES = 8 << 20
const AT_ONCE = 3

/**
 * An object's bytes in order; from S3 in ranges of 8 MB, three under way at once: 24 MB of memory.
 *
 * Ranges may be of different versions of an object that is replaced meanwhile: who reads must check the whole.
 *
 * @param sizeBytes as it should be; one byte more is asked for, so that a longer object shows
 */
export async function* streamRanges(store: ObjectStore, key: string, sizeBytes: number): AsyncIterable<Uint8Array> {
  if (!(store instanceof S3Store) || sizeBytes <= RANGE_BYTES) {
    yield* store.stream(key)
    return
  }
  const starts = Array.from({ length: Math.ceil((sizeBytes + 1) / RANGE_BYTES) }, (_, i) => i * RANGE_BYTES)
  const read = (start: number): Promise<Uint8Array> => {
    const reading = store.read(key, { start, end: start + RANGE_BYTES })
    reading.catch(() => undefined) // told when it is awaited
    return reading
  }
  const underWay = starts.slice(0, AT_ONCE).map(read)
  try {
    for (const start of starts.slice(AT_ONCE)) {
      yield await next(underWay)
      underWay.push(read(start))
    }
    while (underWay.length > 0) yield await next(underWay)
  } finally {
    await Promise.allSettled(underWay)
  }
}

async function next(underWay: Promise<Uint8Array>[]): Promise<Uint8Array> {
  const bytes = await underWay.shift()
  if (!bytes) throw new RangeError('no range under way')
  return bytes
}
