import { readBigEndian, readPacked } from './bitPacking.js'
import { addSteps, allocateInt64s, HIGH, type Int64s, LOW, unzigzag } from './int64s.js'
import { damaged } from './orcError.js'
import type { OrcStream } from './orcStream.js'
import { readVarint } from './varint.js'

/** The most values, and the most bytes, that one run has: a patched base with all there can be. */
export const MAX_RUN_V2 = 512
export const MAX_RUN_BYTES_V2 = 4 + 8 + 512 * 8 + 31 * 8

/**
 * Decodes one run of ORC v1, "Integer Run Length Encoding, version 2", into the start of `run`.
 * @returns how many values it has
 * @throws {OrcError} if the stream ends within it, or its header asks for what can't be
 */
export function decodeRunV2(stream: OrcStream, isSigned: boolean, run: Int64s): number {
  const header = stream.readByte()
  if (header < 0x40) return decodeShortRepeat(stream, header, isSigned, run)
  const code = (header >> 1) & 31
  const count = (((header & 1) << 8) | stream.readByte()) + 1
  if (header < 0x80) return decodeDirect(stream, widthOf(code), count, isSigned, run)
  if (header < 0xc0) return decodePatchedBase(stream, widthOf(code), count, run)
  return decodeDelta(stream, code === 0 ? 0 : widthOf(code), count, isSigned, run)
}

/** The 5 bit width encoding table: 1 to 24 by one, then in steps. */
const WIDE = [26, 28, 30, 32, 40, 48, 56, 64] as const
const widthOf = (code: number): number => (code < 24 ? code + 1 : (WIDE[code - 24] ?? 64))

/** The table of closestFixedBits: the least width that can be packed. */
const closestFixedBits = (width: number): number => (width <= 24 ? width : (WIDE.find(wide => wide >= width) ?? 64))

function decodeShortRepeat(stream: OrcStream, header: number, isSigned: boolean, run: Int64s): number {
  const count = (header & 7) + 3
  const size = (header >> 3) + 1
  stream.require(size)
  readBigEndian(stream, size, run.words, 0)
  if (isSigned) unzigzag(run, 0, 1)
  addSteps(run, 1, count, 0, 0)
  return count
}

function decodeDirect(stream: OrcStream, width: number, count: number, isSigned: boolean, run: Int64s): number {
  readPacked(stream, width, count, run, 0)
  if (isSigned) unzigzag(run, 0, count)
  return count
}

/** Never zigzag: a base with a sign bit of its own, and differences to it that are not negative. */
function decodePatchedBase(stream: OrcStream, width: number, count: number, run: Int64s): number {
  const third = stream.readByte()
  const fourth = stream.readByte()
  const patchWidth = widthOf(third & 31)
  const gapWidth = (fourth >> 5) + 1
  const patchCount = fourth & 31
  if (patchCount > 0 && patchWidth + gapWidth > 64)
    throw damaged(stream.place, 'patches of at most 64 bits', `${patchWidth + gapWidth} bits`)
  const base = readBase(stream, (third >> 5) + 1)
  readPacked(stream, width, count, run, 0)
  if (patchCount > 0) applyPatches(stream, { width, patchWidth, gapWidth, patchCount, count }, run)
  addBase(run, count, base)
  return count
}

/** A magnitude whose most significant bit, of `size` bytes, is the sign. */
function readBase(stream: OrcStream, size: number): Int64s {
  const base = allocateInt64s(1)
  stream.require(size)
  readBigEndian(stream, size, base.words, 0)
  const bits = BigInt(8 * size - 1)
  const magnitude = BigInt.asUintN(8 * size - 1, base.longs[0] ?? 0n)
  if ((((base.longs[0] ?? 0n) >> bits) & 1n) === 1n) base.longs[0] = -magnitude
  return base
}

interface Patching {
  readonly width: number
  readonly patchWidth: number
  readonly gapWidth: number
  readonly patchCount: number
  readonly count: number
}

/** At most 31 patches for 512 values, so bigints cost nothing here. */
function applyPatches(stream: OrcStream, patching: Patching, { longs }: Int64s): void {
  const { width, patchWidth, gapWidth, patchCount, count } = patching
  const patches = allocateInt64s(patchCount)
  readPacked(stream, closestFixedBits(patchWidth + gapWidth), patchCount, patches, 0)
  let at = 0
  for (const entry of patches.longs) {
    at += Number(BigInt.asUintN(64, entry) >> BigInt(patchWidth))
    const patch = BigInt.asUintN(patchWidth, entry)
    if (patch === 0n) continue // only there to make a gap of more than 255
    const value = longs[at]
    if (value === undefined || at >= count)
      throw damaged(stream.place, `a patch of value 1 to ${count}`, `of ${at + 1}`)
    longs[at] = value | (patch << BigInt(width))
  }
}

function addBase({ words }: Int64s, count: number, base: Int64s): void {
  const baseLow = base.words[LOW] as number
  const baseHigh = base.words[HIGH] as number
  for (let i = 0; i < 2 * count; i += 2) {
    const low = ((words[i + LOW] as number) + baseLow) | 0
    words[i + HIGH] = ((words[i + HIGH] as number) + baseHigh + (low >>> 0 < baseLow >>> 0 ? 1 : 0)) | 0
    words[i + LOW] = low
  }
}

/** A first value and a first step; then steps of the same sign, packed, or the same step again at width 0. */
function decodeDelta(stream: OrcStream, width: number, count: number, isSigned: boolean, run: Int64s): number {
  readVarint(stream, run, 0)
  if (isSigned) unzigzag(run, 0, 1)
  const first = allocateInt64s(1)
  readVarint(stream, first, 0)
  unzigzag(first, 0, 1)
  const stepLow = first.words[LOW] as number
  const stepHigh = first.words[HIGH] as number
  addSteps(run, 1, width === 0 ? count : Math.min(2, count), stepLow, stepHigh)
  if (width === 0 || count <= 2) return count
  readPacked(stream, width, count - 2, run, 2)
  if (stepHigh < 0) fall(run.words, count)
  else rise(run.words, count)
  return count
}

function rise(words: Int32Array, count: number): void {
  let low = words[2 + LOW] as number
  let high = words[2 + HIGH] as number
  for (let i = 4; i < 2 * count; i += 2) {
    const step = words[i + LOW] as number
    low = (low + step) | 0
    high = (high + (words[i + HIGH] as number) + (low >>> 0 < step >>> 0 ? 1 : 0)) | 0
    words[i + LOW] = low
    words[i + HIGH] = high
  }
}

function fall(words: Int32Array, count: number): void {
  let low = words[2 + LOW] as number
  let high = words[2 + HIGH] as number
  for (let i = 4; i < 2 * count; i += 2) {
    const step = words[i + LOW] as number
    high = (high - (words[i + HIGH] as number) - (low >>> 0 < step >>> 0 ? 1 : 0)) | 0
    low = (low - step) | 0
    words[i + LOW] = low
    words[i + HIGH] = high
  }
}
