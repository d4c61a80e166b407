import type { PrimitiveType } from './schema.js'
import { decodeSingleValue, encodeSingleValue, isValueOf, type Value } from './singleValue.js'
import { parseValueText } from './valueText.js'

/** How many code points of a string a bound keeps. */
export const BOUND_CODE_POINTS = 16

/**
 * The bytes of a column's smallest or largest value, from its text as DuckDB's RETURN_STATS gives it. Strings are
 * encoded whole: use `lowerStringBound` and `upperStringBound` to cut them.
 * @returns `undefined` where there is to be no bound: NaN, `infinity`, dates BC, text that isn't of the type
 */
export function boundFromText(type: PrimitiveType, text: string): Uint8Array | undefined {
  const value = parseValueText(type, text)
  if (value === undefined || !isValueOf(type, value) || Number.isNaN(value)) return undefined
  return encodeSingleValue(type, value)
}

/**
 * A bound that is not above the text: its first 16 code points.
 * @param text the smallest value of a column, or the smallest of its values cut to 16 code points or more
 * @returns `undefined` for text that isn't Unicode (a lone surrogate)
 */
export function lowerStringBound(text: string): Uint8Array | undefined {
  const points = firstCodePoints(text)
  return points && encodeSingleValue('string', String.fromCodePoint(...points))
}

/**
 * A bound that is not below the text, nor below anything that starts with its first 16 code points: with fewer the text
 * itself; else those 16 with the last one incremented. A reader trusts it to skip files, so it is never cut downwards.
 * @param text the largest value of a column, or the largest of its values cut to 16 code points or more
 * @returns `undefined` where there is no such bound (all U+10FFFF), and for text that isn't Unicode
 */
export function upperStringBound(text: string): Uint8Array | undefined {
  const points = firstCodePoints(text)
  if (!points || points.length < BOUND_CODE_POINTS) return points && encodeSingleValue('string', text)
  while (points.length > 0) {
    const last = points.pop()
    if (last === undefined || last === MAX_CODE_POINT) continue
    points.push(last === BEFORE_SURROGATES ? AFTER_SURROGATES : last + 1)
    return encodeSingleValue('string', String.fromCodePoint(...points))
  }
  return undefined
}

/**
 * Compares two bounds of a type: strings and bytes by their bytes (a foreign bound may be cut within a character), the
 * rest by value, whatever width they were written with.
 */
export function compareBounds(type: PrimitiveType, a: Uint8Array, b: Uint8Array): number {
  return compareValues(comparableBound(type, a), comparableBound(type, b))
}

/**
 * A bound in the form that `compareValues` orders as the type does. Time travel asks by the type that a column had then,
 * and partition values may have the one that it was widened to since.
 */
export function comparableBound(type: PrimitiveType, bound: Uint8Array): Value {
  if (isByteOrdered(type)) return bound
  const widened = bound.length === 8 ? WIDENED[type] : undefined
  return decodeSingleValue(widened ?? type, bound)
}

const WIDENED: Partial<Record<PrimitiveType, PrimitiveType>> = { int: 'long', float: 'double' }

/** Whether values of the type are ordered by their bytes. */
export const isByteOrdered = (type: PrimitiveType): boolean =>
  type === 'string' || type === 'uuid' || type === 'binary' || type.startsWith('fixed')

/** Orders two comparable values of one column; bytes as unsigned. */
export function compareValues(a: Value, b: Value): number {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}

const MAX_CODE_POINT = 0x10ffff
const BEFORE_SURROGATES = 0xd7ff
const AFTER_SURROGATES = 0xe000

function firstCodePoints(text: string): number[] | undefined {
  const points: number[] = []
  for (const character of text) {
    if (points.length === BOUND_CODE_POINTS) break
    const point = character.codePointAt(0) ?? 0
    if (point > BEFORE_SURROGATES && point < AFTER_SURROGATES) return undefined
    points.push(point)
  }
  return points
}
