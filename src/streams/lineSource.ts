import type { Readable } from 'node:stream'
import { KEPT_OF_LONG_BYTES, type Source, type SourceSink } from './source.js'

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/** Records as lines of standard input, to its end. Empty lines are none. */
export function lineSource(input: Readable, { maxMessageBytes }: { readonly maxMessageBytes: number }): Source {
  let resumed: (() => void) | undefined
  let room: Promise<void> | undefined
  return {
    async read(sink, signal) {
      const lines = lineSplitter(maxMessageBytes, sink)
      const stop = (): void => {
        input.destroy()
        resumed?.()
      }
      signal.addEventListener('abort', stop, { once: true })
      if (signal.aborted) stop()
      try {
        for await (const chunk of input) {
          lines.add(Buffer.from(chunk))
          await room
          if (signal.aborted) return
        }
        lines.end()
      } catch (error) {
        if (!signal.aborted) throw error
      } finally {
        signal.removeEventListener('abort', stop)
      }
    },
    pause() {
      room ??= new Promise(resolve => {
        resumed = resolve
      })
    },
    resume() {
      resumed?.()
      room = undefined
    },
  }
}

/** Makes lines of chunks; of a line that is too long only the beginning is in memory. */
function lineSplitter(maxBytes: number, sink: Pick<SourceSink, 'message' | 'tooLong'>) {
  let parts: Buffer[] = []
  let sizeBytes = 0
  const keep = (part: Buffer): void => {
    if (part.length === 0) return
    sizeBytes += part.length
    if (sizeBytes <= maxBytes || parts.length === 0) parts.push(sizeBytes <= maxBytes ? part : part.subarray(0, KEPT))
  }
  const finish = (): void => {
    const [only] = parts
    const line = parts.length === 1 && only ? only : Buffer.concat(parts)
    if (sizeBytes > maxBytes) sink.tooLong(line.subarray(0, KEPT), sizeBytes, null)
    else {
      const text = line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line
      if (text.length > 0) sink.message(text, null)
    }
    parts = []
    sizeBytes = 0
  }
  return {
    add(chunk: Buffer): void {
      let start = 0
      for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, start)) {
        keep(chunk.subarray(start, at))
        finish()
        start = at + 1
      }
      keep(chunk.subarray(start))
    },
    end(): void {
      if (sizeBytes > 0) finish()
    },
  }
}

const KEPT = KEPT_OF_LONG_BYTES
