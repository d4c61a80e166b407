import type { AvroNode } from './avroSchema.js'
import { TableFormatError } from './errors.js'

/** What Avro data decodes to: longs past 2^53 as bigints, records by field name, bytes and fixed as views. */
export type AvroValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | AvroValue[]
  | { readonly [name: string]: AvroValue }

/**
 * Decodes values from bytes that may be anything. Every length and count is held against what is left of the bytes
 * before anything is allocated, and depth and the number of values that take no byte are bounded: so a flipped bit costs an
 * error, not all memory. (The decoder of avsc reads on past the end; that is why it isn't used here.)
 */
export class AvroDecoder {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #subject: string
  #position = 0
  #empty = 0

  constructor(bytes: Uint8Array, subject: string) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#subject = subject
  }

  get remaining(): number {
    return this.#bytes.length - this.#position
  }

  /** @throws {TableFormatError} */
  value(node: AvroNode, depth = 0): AvroValue {
    if (depth > MAX_DEPTH) throw this.#invalid('values nested too deeply')
    switch (node.kind) {
      case 'null':
        this.#countEmpty()
        return null
      case 'boolean':
        return this.take(1)[0] !== 0
      case 'int':
      case 'long':
        return this.long()
      case 'float':
        return this.#view.getFloat32(this.#advance(4), true)
      case 'double':
        return this.#view.getFloat64(this.#advance(8), true)
      case 'bytes':
        return this.bytes()
      case 'string':
        return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytes())
      case 'fixed':
        if (node.size === 0) this.#countEmpty()
        return this.take(node.size)
      case 'enum':
        return this.#choose(node.symbols)
      case 'union':
        return this.value(this.#choose(node.branches), depth + 1)
      case 'record':
        if (node.fields.length === 0) this.#countEmpty()
        return Object.fromEntries(node.fields.map(field => [field.name, this.value(field.node, depth + 1)]))
      case 'array':
        return this.#items(() => this.value(node.items, depth + 1))
      case 'map':
        return Object.fromEntries(this.#items(() => [this.#key(), this.value(node.items, depth + 1)] as const))
    }
  }

  long(): number | bigint {
    let small = 0
    for (let i = 0; i < 4; i++) {
      const byte = this.#bytes[this.#position + i]
      if (byte === undefined) break
      small |= (byte & 0x7f) << (7 * i)
      if (byte >= 0x80) continue
      this.#position += i + 1
      return (small >>> 1) ^ -(small & 1)
    }
    return this.#longLong()
  }

  /** A length or count that can't be more than `limit`. */
  length(limit = this.remaining): number {
    const length = this.long()
    if (typeof length === 'bigint' || length < 0 || length > limit) throw this.#invalid(`a length of ${length}`)
    return length
  }

  bytes(): Uint8Array {
    return this.take(this.length())
  }

  take(length: number): Uint8Array {
    const start = this.#advance(length)
    return this.#bytes.subarray(start, start + length)
  }

  /** Of any length: bigints are too slow for the many small numbers. */
  #longLong(): number | bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.take(1)[0] ?? 0
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return narrow(BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n)))
    }
    throw this.#invalid('a number of more than ten bytes')
  }

  #advance(length: number): number {
    if (length > this.remaining) throw this.#invalid('an end too early')
    this.#position += length
    return this.#position - length
  }

  #key(): string {
    return new TextDecoder().decode(this.bytes())
  }

  #choose<T>(choices: readonly T[]): T {
    const index = this.length(choices.length)
    const choice = choices[index]
    if (choice === undefined) throw this.#invalid(`choice ${index} of ${choices.length}`)
    return choice
  }

  /** What takes no byte stands beside what takes one, as a null of a union does: a schema may yet ask for 2^60 of them. */
  #countEmpty(): void {
    if (++this.#empty > this.#bytes.length + MORE_EMPTY) throw this.#invalid('more empty values than bytes')
  }

  /** Blocks of items; a negative count is followed by the block's size. */
  #items<T>(item: () => T): T[] {
    const items: T[] = []
    for (;;) {
      const given = this.long()
      const count = Math.abs(Number(given))
      if (count === 0) return items
      if (given < 0) this.length()
      if (count > this.remaining) throw this.#invalid(`a count of ${count}`)
      for (let i = 0; i < count; i++) items.push(item())
    }
  }

  #invalid(got: string): TableFormatError {
    return new TableFormatError({ subject: this.#subject, expected: 'Avro data', got })
  }
}

const MAX_DEPTH = 64
const MORE_EMPTY = 10_000
const narrow = (value: bigint): number | bigint => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
