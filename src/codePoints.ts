/**
 * Compares two strings by code points, which is the order of their UTF-8 bytes: that of S3, Iceberg, DuckDB and Trino.
 * JavaScript's own `<` compares UTF-16 units and puts U+10000 before U+E000.
 * @returns below zero, zero or above zero
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1
  }
  return a.length - b.length
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff
