import { deflateRawSync } from 'node:zlib'
import { ORC_KINDS, type OrcKind } from '../../../src/inventory/orc/footer.js'
import { STREAM_KIND, type StreamKind } from '../../../src/inventory/orc/stripeFooter.js'

/** A column as its streams' bytes: also such as no writer makes. */
export interface BuiltColumn {
  name?: string
  kind: OrcKind
  encoding?: (typeof ENCODINGS)[number]
  dictionarySize?: number
  streams?: { [kind in StreamKind]?: readonly number[] | Uint8Array }
}

export interface BuiltFile {
  columns: readonly BuiltColumn[]
  rowCount: number
  /** NONE unless there is a block size. */
  blockSizeBytes?: number
  timezone?: string
  /** Protobuf fields put behind the others of a message: of a field given twice, the last counts. */
  extra?: { postScript?: number[]; footer?: number[]; stripe?: number[]; stripeFooter?: number[]; root?: number[] }
  rootPresent?: readonly number[]
  /** Bytes of the stripe's data that belong to no stream. */
  padding?: readonly number[]
}

/** An ORC file of one stripe. */
export function buildOrc({
  columns,
  rowCount,
  blockSizeBytes,
  timezone,
  extra = {},
  rootPresent,
  padding = [],
}: BuiltFile): Buffer {
  const pack = (bytes: ArrayLike<number>) =>
    blockSizeBytes === undefined ? Array.from(bytes) : deflate(bytes, blockSizeBytes)
  const streams = columns.flatMap(({ streams = {} }, i) =>
    Object.entries(streams).map(([kind, bytes]) => ({
      kind: STREAM_KIND[kind as StreamKind],
      column: i + 1,
      bytes: pack(bytes),
    })),
  )
  if (rootPresent) streams.push({ kind: STREAM_KIND.PRESENT, column: 0, bytes: pack(rootPresent) })
  const body = [...streams.flatMap(stream => stream.bytes), ...padding]
  const stripeFooter = pack([
    ...streams.flatMap(({ kind, column, bytes }) =>
      message(1, [...number(1, kind), ...number(2, column), ...number(3, bytes.length)]),
    ),
    ...[{ kind: 'STRUCT' }, ...columns].flatMap(column => message(2, encodingOf(column as BuiltColumn))),
    ...message(3, [...Buffer.from(timezone ?? '')]),
    ...(extra.stripeFooter ?? []),
  ])
  const stripe = [...number(1, 3), ...number(3, body.length), ...number(4, stripeFooter.length), ...number(5, rowCount)]
  const root = [
    ...number(1, ORC_KINDS.indexOf('STRUCT')),
    ...message(
      2,
      columns.flatMap((_, i) => varint(i + 1)),
    ),
    ...columns.flatMap(({ name = 'value' }) => message(3, [...Buffer.from(name)])),
  ]
  const footer = pack([
    ...message(3, [...stripe, ...(extra.stripe ?? [])]),
    ...message(4, [...root, ...(extra.root ?? [])]),
    ...columns.flatMap(({ kind }) => message(4, number(1, ORC_KINDS.indexOf(kind)))),
    ...number(6, rowCount),
    ...(extra.footer ?? []),
  ])
  const postScript = [
    ...number(1, footer.length),
    ...(blockSizeBytes === undefined ? [] : [...number(2, 1), ...number(3, blockSizeBytes)]),
    ...message(4, [0, 12]),
    ...message(8000, [...Buffer.from('ORC')]),
    ...(extra.postScript ?? []),
  ]
  return Buffer.from([...Buffer.from('ORC'), ...body, ...stripeFooter, ...footer, ...postScript, postScript.length])
}

/** A varint field, by protobuf's encoding. */
export const number = (id: number, value: number): number[] => [...varint(id * 8), ...varint(value)]

/** A field with a length. */
export const message = (id: number, bytes: readonly number[]): number[] => [
  ...varint(id * 8 + 2),
  ...varint(bytes.length),
  ...bytes,
]

/** The bytes of an unsigned base 128 varint. */
export function varint(value: number | bigint): number[] {
  const bytes: number[] = []
  let left = BigInt(value)
  for (; left >= 0x80n; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80)
  return [...bytes, Number(left)]
}

const ENCODINGS = ['DIRECT', 'DICTIONARY', 'DIRECT_V2', 'DICTIONARY_V2'] as const

function encodingOf({ encoding = 'DIRECT', dictionarySize }: BuiltColumn): number[] {
  return [...number(1, ENCODINGS.indexOf(encoding)), ...(dictionarySize === undefined ? [] : number(2, dictionarySize))]
}

function deflate(bytes: ArrayLike<number>, blockSizeBytes: number): number[] {
  const packed: number[] = []
  for (let start = 0; start < bytes.length; start += blockSizeBytes) {
    const block = Uint8Array.from(bytes).subarray(start, start + blockSizeBytes)
    const chunk = deflateRawSync(block)
    const isOriginal = chunk.length >= block.length
    const header = (isOriginal ? block.length : chunk.length) * 2 + (isOriginal ? 1 : 0)
    packed.push(header & 0xff, (header >> 8) & 0xff, header >> 16)
    for (const byte of isOriginal ? block : chunk) packed.push(byte)
  }
  return packed
}
