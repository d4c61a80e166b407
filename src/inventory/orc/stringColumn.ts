import { isAscii, isUtf8 } from 'node:buffer'
import { type ColumnChunk, openIntegers, type ValueReader } from './columnChunk.js'
import type { IntegerReader } from './integerRunLength.js'
import { damaged } from './orcError.js'
import type { OrcStream } from './orcStream.js'

/** Opens a column of STRING, VARCHAR or CHAR (ORC v1, "String, Char, and VarChar Columns"). */
export function openStringColumn(chunk: ColumnChunk): ValueReader<string> {
  return chunk.encoding.kind.startsWith('DICTIONARY') ? openDictionary(chunk) : openDirect(chunk)
}

function openDirect(chunk: ColumnChunk): ValueReader<string> {
  const texts = new TextReader(chunk, 'DATA')
  return {
    next: async count => {
      const { strings, textBytes } = await texts.next(count, chunk.budget.batchBytes)
      chunk.budget.batchBytes -= textBytes
      return strings
    },
    finish: () => texts.finish(),
  }
}

/** Entries are decoded once, when the first values are asked for; the values share them. */
function openDictionary(chunk: ColumnChunk): ValueReader<string> {
  const indexes = openIntegers(chunk, 'DATA', false)
  const wanted = new Float64Array(chunk.capacity)
  let dictionary: readonly string[] | undefined
  return {
    next: async count => {
      dictionary ??= await readDictionary(chunk)
      await indexes.nextSizes(count, dictionary.length - 1, wanted)
      const values = new Array<string>(count)
      for (let i = 0; i < count; i++) values[i] = dictionary[wanted[i] as number] as string
      return values
    },
    finish: async () => {
      dictionary ??= await readDictionary(chunk)
      await indexes.finish()
    },
  }
}

/** What an entry takes up besides its text. */
const ENTRY_BYTES = 32

async function readDictionary(chunk: ColumnChunk): Promise<string[]> {
  const texts = new TextReader(chunk, 'DICTIONARY_DATA')
  const { budget, encoding, capacity } = chunk
  const dictionary: string[] = []
  while (dictionary.length < encoding.dictionarySize) {
    const count = Math.min(capacity, encoding.dictionarySize - dictionary.length)
    budget.dictionaryBytes -= count * ENTRY_BYTES
    const { strings, textBytes } = await texts.next(count, budget.dictionaryBytes)
    budget.dictionaryBytes -= textBytes
    for (const string of strings) dictionary.push(string)
  }
  await texts.finish()
  return dictionary
}

/** Reads strings from a stream of their bytes and one of their lengths. */
class TextReader {
  readonly #text: OrcStream
  readonly #lengths: IntegerReader
  readonly #sizes: Float64Array
  readonly #place: string

  constructor(chunk: ColumnChunk, kind: 'DATA' | 'DICTIONARY_DATA') {
    this.#text = chunk.open(kind)
    this.#lengths = openIntegers(chunk, 'LENGTH', false)
    this.#sizes = new Float64Array(chunk.capacity)
    this.#place = chunk.place
  }

  /** @throws {OrcError} if the strings are longer than `maxBytes` together, or no UTF-8 */
  async next(count: number, maxBytes: number): Promise<{ strings: string[]; textBytes: number }> {
    await this.#lengths.nextSizes(count, Number.MAX_SAFE_INTEGER, this.#sizes)
    let textBytes = 0
    for (let i = 0; i < count; i++) textBytes += this.#sizes[i] as number
    if (textBytes > maxBytes)
      throw damaged(this.#place, `at most ${maxBytes} more bytes of text at once`, `${textBytes}`)
    const text = await this.#text.take(textBytes)
    return { strings: decodeStrings(text, this.#sizes, count, this.#place), textBytes }
  }

  async finish(): Promise<void> {
    await this.#lengths.finish()
    await this.#text.finish()
  }
}

/**
 * Decodes strings that lie one after another. ASCII is decoded at once and cut; what is not, one by one: a byte order
 * mark stays, as it is part of a key.
 */
function decodeStrings(text: Uint8Array, sizes: Float64Array, count: number, place: string): string[] {
  const buffer = Buffer.from(text.buffer, text.byteOffset, text.length)
  const strings = new Array<string>(count)
  const whole = isAscii(text) ? buffer.toString('latin1') : undefined
  if (whole === undefined && !isUtf8(text)) throw damaged(place, 'UTF-8 text', 'other bytes')
  let at = 0
  for (let i = 0; i < count; i++) {
    const end = at + (sizes[i] as number)
    strings[i] = whole === undefined ? decodeOne(buffer, at, end, place) : whole.slice(at, end)
    at = end
  }
  return strings
}

/** All the text is UTF-8, so a string is too unless it begins within a character. */
function decodeOne(buffer: Buffer, start: number, end: number, place: string): string {
  if (start < end && ((buffer[start] as number) & 0xc0) === 0x80)
    throw damaged(place, 'UTF-8 text', 'a string that begins within a character')
  return buffer.toString('utf8', start, end)
}
