import { Writable } from 'node:stream'
import type { TextOutput } from '../../src/output/terminal.js'

/** A stream that keeps the bytes it is given. */
export class BytesSink extends Writable implements TextOutput {
  readonly #pieces: Buffer[] = []

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces)
  }

  override _write(piece: Buffer | string, encoding: BufferEncoding, done: () => void): void {
    this.#pieces.push(Buffer.from(piece as string, encoding))
    done()
  }
}
