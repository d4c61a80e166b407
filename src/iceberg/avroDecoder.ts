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

/** What the values of a file may yet take of memory once they are decoded: all its decoders take from the same. */
export interface ValueBudget {
  leftBytes: number
}

/**
 * Decodes values from bytes that may be anything. Every length and count is held against what is left of the bytes
 * before anything is allocated, and depth, the memory of the values and the number of those that take no byte are bounded: so
 * a flipped bit costs an error, not all memory. (The decoder of avsc reads on past the end; that is why it isn't used here.)
 */
export class AvroDecoder {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #subject: string
  readonly #budget: ValueBudget
  #position = 0
  #empty = 0

  constructor(bytes: Uint8Array, subject: string, budget: ValueBudget) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#subject = subject
    this.#budget = budget
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
        this.#hold(NUMBER_BYTES)
        return this.long()
      case 'float':
        this.#hold(NUMBER_BYTES)
        return this.#view.getFloat32(this.#advance(4), true)
      case 'double':
        this.#hold(NUMBER_BYTES)
        return this.#view.getFloat64(this.#advance(8), true)
      case 'bytes':
        this.#hold(VIEW_BYTES)
        return this.bytes()
      case 'string':
        return this.#text()
      case 'fixed':
        if (node.size === 0) this.#countEmpty()
        this.#hold(VIEW_BYTES)
        return this.take(node.size)
      case 'enum':
        return this.#choose(node.symbols)
      case 'union':
        return this.value(this.#choose(node.branches), depth + 1)
      case 'record':
        if (node.fields.length === 0) this.#countEmpty()
        this.#hold(OBJECT_BYTES + node.fields.length * FIELD_BYTES)
        return Object.fromEntries(node.fields.map(field => [field.name, this.value(field.node, depth + 1)]))
      case 'array':
        return this.#items(SLOT_BYTES, () => this.value(node.items, depth + 1))
      case 'map':
        return Object.fromEntries(
          this.#items(ENTRY_BYTES, () => [this.#text(), this.value(node.items, depth + 1)] as const),
        )
    }
  }

  /** A block's count of records, each of which is to have a place in a list. */
  recordCount(): number {
    const count = this.length(Number.MAX_SAFE_INTEGER)
    this.#hold(count * SLOT_BYTES)
    return count
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

  #text(): string {
    const bytes = this.bytes()
    this.#hold(TEXT_BYTES + 2 * bytes.length)
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
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

  /** Takes memory for values that are still to be decoded. */
  #hold(bytes: number): void {
    this.#budget.leftBytes -= bytes
    if (this.#budget.leftBytes >= 0) return
    throw new TableFormatError({
      subject: this.#subject,
      expected: 'values that take 1 GiB of memory at most',
      got: 'more',
      fix: 'have the engine that wrote it write smaller manifests',
    })
  }

  /** Blocks of items; a negative count is followed by the block's size. */
  #items<T>(itemBytes: number, item: () => T): T[] {
    this.#hold(OBJECT_BYTES + FIRST_SLOTS_BYTES)
    const items: T[] = []
    for (;;) {
      const given = this.long()
      const count = Math.abs(Number(given))
      if (count === 0) return items
      if (given < 0) this.length()
      if (count > this.remaining) throw this.#invalid(`a count of ${count}`)
      this.#hold(count * itemBytes)
      for (let i = 0; i < count; i++) items.push(item())
    }
  }

  #invalid(got: string): TableFormatError {
    return new TableFormatError({ subject: this.#subject, expected: 'Avro data', got })
  }
}

const MAX_DEPTH = 64
const MORE_EMPTY = 10_000

// What values take of memory, measured in Node 20 (64 bits), rounded up. A list has as much again while it grows.
const SLOT_BYTES = 16
const FIELD_BYTES = 8
const FIRST_SLOTS_BYTES = 136
const OBJECT_BYTES = 72
const NUMBER_BYTES = 24
const TEXT_BYTES = 24
const VIEW_BYTES = 112
const ENTRY_BYTES = 160
/** What the values of one file may take. */
export const MAX_VALUE_BYTES = 1 << 30
const narrow = (value: bigint): number | bigint => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
