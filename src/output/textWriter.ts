import type { TextOutput } from './terminal.js'

/** What is collected before it is written: fewer calls, and little memory. */
const BATCH_CHARACTERS = 1 << 16

/**
 * Writes texts as they come, at the pace of who reads them. Where the reader has gone (EPIPE: `| head`) it stops
 * asking for more and returns, since nobody misses the rest.
 * @throws what the stream says when it can't write for another reason, such as a full disk
 */
export async function writeText(out: TextOutput, texts: AsyncIterable<string> | Iterable<string>): Promise<void> {
  let batch = ''
  for await (const text of texts) {
    batch += text
    if (batch.length < BATCH_CHARACTERS) continue
    if (!(await write(out, batch))) return
    batch = ''
  }
  await write(out, batch)
}

/** As {@link writeText}, of bytes, each piece as it comes. */
export async function writeBytes(out: TextOutput, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const bytes of pieces) if (!(await write(out, bytes))) return
}

/**
 * Waits until all that was written before has left.
 * @throws what the stream says when it could not; not when the reader has gone
 */
export async function flush(out: TextOutput): Promise<void> {
  await write(out, '')
}

/** @returns whether there is still a reader */
function write(out: TextOutput, text: string | Uint8Array): Promise<boolean> {
  const failure = out.errored
  if (failure) return isGone(failure) ? Promise.resolve(false) : Promise.reject(failure)
  return new Promise((resolve, reject) => {
    out.write(text, error => {
      if (!error) resolve(true)
      else if (isGone(error)) resolve(false)
      else reject(error)
    })
  })
}

const isGone = (error: Error): boolean =>
  'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED')
