import { Writable } from 'node:stream'
import type { TextOutput } from '../../src/output/terminal.js'

/** A stream that keeps what it is given; with `columns` it says that it is a terminal. */
export class TextSink extends Writable implements TextOutput {
  text = ''
  readonly isTTY: boolean
  readonly columns: number | undefined

  constructor(columns?: number) {
    super({ decodeStrings: false })
    this.isTTY = columns !== undefined
    this.columns = columns
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk
    done()
  }
}
