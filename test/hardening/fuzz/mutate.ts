import { JSON_TREE, mutateTree, type TreeLanguage } from './mutateTree.js'
import type { RandomNumbers } from './randomNumbers.js'

/** What changes are made of. */
export interface Mutations {
  /** Inputs of which parts are taken. */
  readonly pool: readonly Uint8Array[]
  readonly dictionary: readonly string[]
  readonly mostBytes: number
  /** JSON unless given. */
  readonly tree?: TreeLanguage
}

/** An input with one change to five, often one alone: bits, bytes, words, numbers, lines, parts of others. */
export function mutate(input: Uint8Array, mutations: Mutations, random: RandomNumbers): Buffer {
  let bytes: Buffer = Buffer.from(input)
  for (let changes = 1 + random.below(1 + random.below(5)); changes > 0; changes--) {
    const change = random.pick(CHANGES)
    bytes = change(bytes, random, mutations)
  }
  return bytes.subarray(0, mutations.mostBytes)
}

type Change = (bytes: Buffer, random: RandomNumbers, mutations: Mutations) => Buffer

const put = (bytes: Buffer, at: number, removed: number, added: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)])

const flipBit: Change = (bytes, random) => {
  const at = random.below(bytes.length)
  return put(bytes, at, 1, Uint8Array.of((bytes[at] ?? 0) ^ (1 << random.below(8))))
}

const EDGES = [0x00, 0x01, 0x20, 0x7f, 0x80, 0xff] as const

const setByte: Change = (bytes, random) => {
  const byte = random.below(2) === 0 ? random.pick(EDGES) : random.below(256)
  return put(bytes, random.below(bytes.length), 1, Uint8Array.of(byte))
}

/** Tails and heads hold what the rest is read by. */
const setNearEnd: Change = (bytes, random) => {
  const near = random.below(Math.min(bytes.length, 64))
  const at = random.below(2) === 0 ? near : bytes.length - 1 - near
  return put(bytes, Math.max(0, at), 1, Uint8Array.of(random.below(256)))
}

const cut: Change = (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1))

const remove: Change = (bytes, random) => put(bytes, random.below(bytes.length), 1 + random.below(40), Buffer.alloc(0))

const insert: Change = (bytes, random) => {
  const added = Buffer.from(Array.from({ length: 1 + random.below(8) }, () => random.below(256)))
  return put(bytes, random.below(bytes.length + 1), random.below(2) * added.length, added)
}

const repeat: Change = (bytes, random) => {
  const at = random.below(bytes.length)
  const part = bytes.subarray(at, at + 1 + random.below(60))
  return put(bytes, at, 0, Buffer.concat(Array.from({ length: 1 + random.below(4) }, () => part)))
}

/** Depth, and lengths that nobody expects. */
const repeatOften: Change = (bytes, random, { dictionary }) => {
  if (random.below(20) > 0) return repeat(bytes, random, { pool: [], dictionary, mostBytes: 0 })
  const word = dictionary[random.below(dictionary.length)] ?? '['
  return put(bytes, random.below(bytes.length + 1), 0, Buffer.from(word.repeat(1 + random.below(3000))))
}

const addWord: Change = (bytes, random, { dictionary }) => {
  const word = Buffer.from(dictionary[random.below(dictionary.length)] ?? '')
  return put(bytes, random.below(bytes.length + 1), random.below(2) * random.below(12), word)
}

const splice: Change = (bytes, random, { pool }) => {
  const other = pool[random.below(pool.length)] ?? bytes
  const from = random.below(other.length)
  const part = other.subarray(from, from + 1 + random.below(other.length - from))
  return put(bytes, random.below(bytes.length + 1), random.below(2) * part.length, part)
}

const NUMBERS = [
  ...['-1', '0', '-0', '1', '00', '01', '1e400', '-1e400', '1e-400', '0.1', '1.0', '1e3', '0x10', 'NaN', 'Infinity'],
  ...['127', '128', '255', '256', '65535', '65536', '2147483647', '2147483648', '4294967296', '-2147483649'],
  ...['9007199254740991', '9007199254740993', '9223372036854775807', '9223372036854775808', '-9223372036854775809'],
  ...['18446744073709551616', '253402300799999', '253402300800000', '8640000000000001', '9'.repeat(400)],
] as const

/** A number in digits becomes another. */
const changeDigits: Change = (bytes, random, mutations) => {
  const places = [...bytes.toString('latin1').matchAll(/-?\d+/g)]
  const place = places[random.below(places.length)]
  if (!place) return addWord(bytes, random, mutations)
  return put(bytes, place.index, place[0].length, Buffer.from(NUMBERS[random.below(NUMBERS.length)] ?? '0'))
}

/** A number in bytes becomes another: of two, four or eight of them, or of seven bits each. */
const changeBinary: Change = (bytes, random) => {
  const value = BigInt.asUintN(64, BigInt(random.pick(BINARY)) + BigInt(random.below(3) - 1))
  const wide = Buffer.alloc(8)
  if (random.below(2) === 0) wide.writeBigUInt64LE(value)
  else wide.writeBigUInt64BE(value)
  const added = random.below(3) === 0 ? varint(value) : wide.subarray(0, random.pick([2, 4, 8]))
  return put(bytes, random.below(bytes.length), random.below(3) === 0 ? 0 : added.length, added)
}

const BINARY = [0n, 1n, 127n, 128n, 255n, 65535n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n] as const

function varint(value: bigint): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)])
    bytes.push(Number(rest & 127n) | 128)
  }
}

const changeTree: Change = (bytes, random, mutations) => {
  const changed = mutateTree(bytes.toString(), mutations.tree ?? JSON_TREE, random)
  return changed === undefined ? flipBit(bytes, random, mutations) : Buffer.from(changed)
}

/** A line goes, comes twice, or stands elsewhere or deeper. */
const changeLines: Change = (bytes, random) => {
  const lines = bytes.toString('latin1').split('\n')
  const at = random.below(lines.length)
  const line = lines[at] ?? ''
  const act = random.below(4)
  if (act === 0) lines.splice(at, 1)
  else if (act === 1) lines.splice(random.below(lines.length), 0, line)
  else lines[at] = act === 2 ? `${' '.repeat(1 + random.below(4))}${line}` : line.trimStart()
  return Buffer.from(lines.join('\n'), 'latin1')
}

const CHANGES = [
  ...([flipBit, setByte, setNearEnd, cut, remove, insert, repeat, repeatOften] as const),
  ...([
    addWord,
    addWord,
    splice,
    changeDigits,
    changeDigits,
    changeBinary,
    changeLines,
    changeTree,
    changeTree,
    changeTree,
    changeTree,
  ] as const),
] as const satisfies readonly Change[]
