import { formatBytes } from '../output/quantities.js'

/** What is kept of a stream that may be endless. */
export interface KeptOutput {
  add(chunk: Uint8Array): void
  /** All that came, or its beginning and its end, and between them a line that says how much is left out. */
  bytes(): Uint8Array
}

/** Keeps a stream's first and last bytes. @param mostBytes of what came, half of them from each end */
export function keepOutput(mostBytes: number): KeptOutput {
  const half = Math.floor(mostBytes / 2)
  const head: Uint8Array[] = []
  const tail: Uint8Array[] = []
  let headBytes = 0
  let tailBytes = 0
  let leftOut = 0
  return {
    add(chunk) {
      const rest = chunk.subarray(Math.min(chunk.length, half - headBytes))
      if (rest.length < chunk.length) head.push(Buffer.from(chunk.subarray(0, chunk.length - rest.length)))
      headBytes += chunk.length - rest.length
      if (rest.length === 0) return
      tail.push(Buffer.from(rest))
      tailBytes += rest.length
      for (let first = tail[0]; first && tailBytes - first.length >= half; first = tail[0]) {
        tail.shift()
        tailBytes -= first.length
        leftOut += first.length
      }
    },
    bytes() {
      const end = Buffer.concat(tail)
      const kept = end.subarray(Math.max(0, end.length - half))
      const missing = leftOut + end.length - kept.length
      if (missing === 0) return Buffer.concat([...head, end])
      return Buffer.concat([...head, Buffer.from(`\n… ${formatBytes(missing)} left out …\n`), kept])
    },
  }
}
