import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BooleanReader } from '../../../src/inventory/orc/booleanRunLength.js'
import { ByteReader } from '../../../src/inventory/orc/byteRunLength.js'
import { type IntegerCoding, IntegerReader } from '../../../src/inventory/orc/integerRunLength.js'
import { OrcError } from '../../../src/inventory/orc/orcError.js'
import { OrcStream } from '../../../src/inventory/orc/orcStream.js'
import { varint } from './buildOrc.js'
import { sourceOf } from './readRows.js'

const V1 = { version: 1, isSigned: false } as const
const V2 = { version: 2, isSigned: false } as const
const SIGNED_V1 = { version: 1, isSigned: true } as const
const SIGNED_V2 = { version: 2, isSigned: true } as const
const MIN = -(2n ** 63n)
const MAX = 2n ** 63n - 1n

const streamOf = (bytes: readonly number[]): OrcStream =>
  new OrcStream(
    sourceOf(Uint8Array.from(bytes)),
    { start: 0, end: bytes.length },
    { compression: 'NONE', blockSizeBytes: 0 },
    'a stream',
  )

/** The values of a whole stream, read in pieces. */
async function decode(
  bytes: readonly number[],
  coding: IntegerCoding,
  count: number,
  piece = count,
): Promise<bigint[]> {
  const reader = new IntegerReader(streamOf(bytes), coding, Math.max(1, piece))
  const values: bigint[] = []
  while (values.length < count) {
    const n = Math.min(piece, count - values.length)
    values.push(...(await reader.next(n)).longs.subarray(0, n))
  }
  await reader.finish()
  return values
}

const repeat = (count: number, value: number | bigint): bigint[] => Array.from({ length: count }, () => BigInt(value))
const bigints = (...values: (number | bigint)[]): bigint[] => values.map(BigInt)
const zigzag = (value: bigint): bigint => BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))

describe('integers', () => {
  test.each<[string, IntegerCoding, number[], bigint[]]>([
    // the specification's examples
    ['v1 run of 100 times 7', V1, [0x61, 0x00, 0x07], repeat(100, 7)],
    ['v1 run of 100 down to 1', V1, [0x61, 0xff, 0x64], Array.from({ length: 100 }, (_, i) => BigInt(100 - i))],
    ['v1 literals', V1, [0xfb, 0x02, 0x03, 0x06, 0x07, 0x0b], bigints(2, 3, 6, 7, 11)],
    ['v2 short repeat', V2, [0x0a, 0x27, 0x10], repeat(5, 10_000)],
    [
      'v2 direct',
      V2,
      [0x5e, 0x03, 0x5c, 0xa1, 0xab, 0x1e, 0xde, 0xad, 0xbe, 0xef],
      bigints(23713, 43806, 57005, 48879),
    ],
    [
      'v2 patched base',
      V2,
      [
        0x8e, 0x13, 0x2b, 0x21, 0x07, 0xd0, 0x1e, 0x00, 0x14, 0x70, 0x28, 0x32, 0x3c, 0x46, 0x50, 0x5a, 0x64, 0x6e,
        0x78, 0x82, 0x8c, 0x96, 0xa0, 0xaa, 0xb4, 0xbe, 0xfc, 0xe8,
      ],
      bigints(
        ...[2030, 2000, 2020, 1000000, 2040, 2050, 2060, 2070, 2080, 2090],
        ...[2100, 2110, 2120, 2130, 2140, 2150, 2160, 2170, 2180, 2190],
      ),
    ],
    ['v2 delta', V2, [0xc6, 0x09, 0x02, 0x02, 0x22, 0x42, 0x42, 0x46], bigints(2, 3, 5, 7, 11, 13, 17, 19, 23, 29)],
    // what the examples leave out
    ['v1 signed literals', SIGNED_V1, [0xfc, 0x01, 0x02, 0x03, 0x00], bigints(-1, 1, -2, 0)],
    ['v1 run of signed values', SIGNED_V1, [0x00, 0xfe, 0x01], bigints(-1, -3, -5)],
    ['v1 lowest and highest', SIGNED_V1, [0xfe, ...varint(2n ** 64n - 1n), ...varint(2n ** 64n - 2n)], [MIN, MAX]],
    [
      'v1 run past 2^32',
      SIGNED_V1,
      [0x00, 0x01, ...varint(zigzag(2n ** 32n - 2n))],
      bigints(4294967294, 4294967295, 4294967296),
    ],
    ['v1 run down past 0', SIGNED_V1, [0x00, 0xff, 0x02], bigints(1, 0, -1)],
    ['v2 short repeat, signed', SIGNED_V2, [0x00, 0x01], repeat(3, -1)],
    ['v2 short repeat of 8 bytes', SIGNED_V2, [0x3f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], repeat(10, MIN)],
    ['v2 delta of one value', V2, [0xc0, 0x00, 0x05, 0x02], bigints(5)],
    ['v2 delta of one value, with a width', V2, [0xc6, 0x00, 0x05, 0x02], bigints(5)],
    ['v2 fixed delta', V2, [0xc0, 0x03, 0x05, 0x04], bigints(5, 7, 9, 11)],
    ['v2 fixed delta down', SIGNED_V2, [0xc0, 0x03, 0x02, 0x01], bigints(1, 0, -1, -2)],
    ['v2 delta down, over a borrow', SIGNED_V2, [0xce, 0x03, 0x02, 0x03, 0x01, 0x80], bigints(1, -1, -2, -130)],
    [
      'v2 delta up, over a carry',
      V2,
      [0xce, 0x02, ...varint(2n ** 32n - 2n), 0x02, 0xff],
      bigints(4294967294, 4294967295, 4294967550),
    ],
    ['v2 patched base with a negative base', SIGNED_V2, [0x8e, 0x01, 0x07, 0x00, 0x85, 0x00, 0x07], bigints(-5, 2)],
    ['nothing', V2, [], []],
  ])('%s', async (_, coding, bytes, values) => {
    expect(await decode(bytes, coding, values.length)).toEqual(values)
    expect(await decode(bytes, coding, values.length, 1)).toEqual(values)
  })

  test('a patch past 255 values needs an empty one before it', async () => {
    const values = Array.from({ length: 300 }, (_, i) => (i === 280 ? 2n ** 20n + 1n : 1n))
    // width 1, 300 values, base 0; patches of 24 bits with gaps of 8: 255 with nothing, then 25 more
    const header = [0x80 | (299 >> 8), 299 & 0xff, 23, (7 << 5) | 2, 0]
    const patches = [0xff, 0, 0, 0, 25, 0x08, 0, 0]
    expect(await decode([...header, ...Array<number>(37).fill(0xff), 0xf0, ...patches], V2, 300)).toEqual(values)
  })

  test.each<[string, IntegerCoding, number[], number]>([
    ['v1 run that is cut', V1, [0x61, 0x00], 100],
    ['v1 literals that are cut', V1, [0xfb, 0x02], 5],
    ['v1 value of 11 bytes', V1, [0xff, ...Array<number>(10).fill(0x80), 0x00], 1],
    ['v1 value past 64 bits', V1, [0xff, ...varint(2n ** 64n)], 1],
    ['v2 short repeat that is cut', V2, [0x0a, 0x27], 5],
    ['v2 direct that is cut', V2, [0x5e, 0x03, 0x5c, 0xa1], 4],
    ['v2 delta that is cut', V2, [0xc6, 0x09, 0x02, 0x02, 0x22], 10],
    ['v2 patched base that is cut', V2, [0x8e, 0x13, 0x2b, 0x21, 0x07], 20],
    ['v2 patch behind the last value', V2, [0x8e, 0x00, 0x00, 0x61, 0x00, 0x00, 0xf8], 1],
    ['v2 patches of more than 64 bits', V2, [0x8e, 0x00, 0x1f, 0x01, 0x00, 0x00, ...Array<number>(8).fill(0xff)], 1],
    ['values left in a run', V2, [0x0a, 0x27, 0x10], 4],
    ['bytes left behind the last run', V2, [0x0a, 0x27, 0x10, 0x00], 5],
  ])('%s is refused', async (_, coding, bytes, count) => {
    await expect(decode(bytes, coding, count)).rejects.toThrow(OrcError)
  })

  const WIDTHS = [...Array.from({ length: 24 }, (_, i) => i + 1), 26, 28, 30, 32, 40, 48, 56, 64]
  const runOf = fc.record({
    code: fc.nat(31),
    words: fc.array(fc.bigInt(0n, 2n ** 64n - 1n), { minLength: 1, maxLength: 512 }),
  })
  const pack = (values: readonly bigint[], width: number): number[] => {
    const bits = values.map(value => value.toString(2).padStart(width, '0')).join('')
    return (bits.match(/.{1,8}/g) ?? []).map(byte => Number.parseInt(byte.padEnd(8, '0'), 2))
  }
  const head = (kind: number, code: number, count: number) => [
    (kind << 6) | (code << 1) | ((count - 1) >> 8),
    (count - 1) & 0xff,
  ]

  test('v2 direct gives what was packed, at every width', async () => {
    await fc.assert(
      fc.asyncProperty(runOf, fc.integer({ min: 1, max: 512 }), async ({ code, words }, piece) => {
        const width = WIDTHS[code] ?? 0
        const values = words.map(word => BigInt.asUintN(width, word))
        const signed = values.map(value => BigInt.asIntN(64, value))
        const bytes = [...head(1, code, values.length), ...pack(values, width)]
        expect(await decode(bytes, V2, values.length, piece)).toEqual(signed)
        const unzigzagged = values.map(value => BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n)))
        expect(await decode(bytes, SIGNED_V2, values.length, piece)).toEqual(unzigzagged)
      }),
      { numRuns: 60 },
    )
  })

  test('v2 delta adds up steps of one sign, wrapping at 64 bits, at every width', async () => {
    const signed = fc.bigInt(MIN, MAX)
    await fc.assert(
      fc.asyncProperty(runOf, signed, signed, async ({ code, words }, base, first) => {
        const width = WIDTHS[code] ?? 0
        const steps = words.slice(0, 510).map(word => BigInt.asUintN(width, word))
        const values = [base, BigInt.asIntN(64, base + first)]
        // code 0 says here that all steps are the first one
        for (const step of steps)
          values.push(BigInt.asIntN(64, (values.at(-1) ?? 0n) + (code === 0 ? first : first < 0n ? -step : step)))
        const bytes = [
          ...head(3, code, values.length),
          ...varint(zigzag(base)),
          ...varint(zigzag(first)),
          ...(code === 0 ? [] : pack(steps, width)),
        ]
        expect(await decode(bytes, SIGNED_V2, values.length)).toEqual(values)
      }),
      { numRuns: 60 },
    )
  })

  test('v2 patched base adds the base to patched values, at every width', async () => {
    const base = fc.bigInt(-(2n ** 55n), 2n ** 55n)
    await fc.assert(
      fc.asyncProperty(runOf, base, fc.nat(27), async ({ code, words }, base, patchCode) => {
        const width = WIDTHS[code] ?? 0
        const patchWidth = WIDTHS[patchCode] ?? 0
        const packed = words.map(word => BigInt.asUintN(width, word))
        const at = Math.min(5, packed.length - 1)
        const patch = BigInt.asUintN(patchWidth, words[0] ?? 0n) | 1n
        const values = packed.map((value, i) =>
          BigInt.asIntN(64, base + (i === at ? value | (patch << BigInt(width)) : value)),
        )
        const fixed = WIDTHS.find(wide => wide >= patchWidth + 3) ?? 64
        const magnitude = (base < 0n ? -base : base) | (base < 0n ? 2n ** 63n : 0n)
        const bytes = [
          ...head(2, code, values.length),
          (7 << 5) | patchCode,
          (2 << 5) | 1,
          ...pack([magnitude], 64),
          ...pack(packed, width),
          ...pack([(BigInt(at) << BigInt(patchWidth)) | patch], fixed),
        ]
        expect(await decode(bytes, V2, values.length)).toEqual(values)
      }),
      { numRuns: 60 },
    )
  })
})

describe('bytes and flags', () => {
  const bytesOf = async (bytes: number[], count: number) => {
    const reader = new ByteReader(streamOf(bytes), 512)
    const values = [...(await reader.next(count)).subarray(0, count)]
    await reader.finish()
    return values
  }

  test.each<[string, number[], number[]]>([
    ['a hundred zeros', [0x61, 0x00], Array<number>(100).fill(0)], // the specification's examples
    ['literals', [0xfe, 0x44, 0x45], [0x44, 0x45]],
    ['both', [0x00, 0x07, 0xff, 0x08], [7, 7, 7, 8]],
    ['the longest literals', [0x80, ...Array<number>(128).fill(9)], Array<number>(128).fill(9)],
  ])('%s', async (_, bytes, values) => expect(await bytesOf(bytes, values.length)).toEqual(values))

  test.each<[string, number[], number]>([
    ['a run that is cut', [0x61], 100],
    ['literals that are cut', [0xfe, 0x44], 2],
    ['a run with too many', [0x61, 0x00], 99],
    ['a byte too many', [0xfe, 0x44, 0x45, 0x00], 2],
  ])('%s is refused', async (_, bytes, count) => {
    await expect(bytesOf(bytes, count)).rejects.toThrow(OrcError)
  })

  test('flags are the bits of bytes, the most significant first', async () => {
    const reader = new BooleanReader(streamOf([0xff, 0x80]), 8)
    expect([...(await reader.next(8))]).toEqual([1, 0, 0, 0, 0, 0, 0, 0]) // the specification's example
    await reader.finish()
  })

  test('flags read in pieces are those read at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 900 }),
        fc.integer({ min: 1, max: 20 }),
        async (flags, piece) => {
          const padded = flags
            .map(Number)
            .join('')
            .padEnd(Math.ceil(flags.length / 8) * 8, '0')
          const bytes = (padded.match(/.{8}/g) ?? []).flatMap(byte => [0xff, Number.parseInt(byte, 2)])
          const reader = new BooleanReader(streamOf(bytes), piece)
          const read: boolean[] = []
          while (read.length < flags.length) {
            const n = Math.min(piece, flags.length - read.length)
            read.push(...Array.from((await reader.next(n)).subarray(0, n), flag => flag === 1))
          }
          await reader.finish()
          expect(read).toEqual(flags)
        },
      ),
      { numRuns: 60 },
    )
  })
})
