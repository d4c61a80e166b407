/**
 * The first text, in code-point order, after all that start with the prefix; `undefined` where there is none: for the
 * empty prefix, and for one of U+10FFFF alone.
 */
export function textAfterPrefix(prefix: string): string | undefined {
  const points = [...prefix].map(character => character.codePointAt(0) ?? 0)
  while (points.at(-1) === LAST_CODE_POINT) points.pop()
  const last = points.pop()
  if (last === undefined) return undefined
  const next = last + 1 === FIRST_SURROGATE ? AFTER_SURROGATES : last + 1 // no text has a surrogate by itself
  return String.fromCodePoint(...points, next)
}

const LAST_CODE_POINT = 0x10ffff
const FIRST_SURROGATE = 0xd800
const AFTER_SURROGATES = 0xe000
