import type { PrimitiveType, Type } from './schema.js'

/** How a partition value comes from a column (spec, "Partition Transforms"). */
export type Transform =
  | { readonly kind: 'identity' | 'year' | 'month' | 'day' | 'hour' | 'void' }
  | { readonly kind: 'bucket'; readonly count: number }
  | { readonly kind: 'truncate'; readonly width: number }
  | { readonly kind: 'unknown'; readonly text: string }

/** Parses `identity`, `bucket[16]` and so on. Anything else is kept as unknown: such a field prunes nothing. */
export function parseTransform(text: string): Transform {
  const lower = text.toLowerCase()
  if (isPlain(lower)) return { kind: lower }
  const match = /^(bucket|truncate)\[(\d+)\]$/.exec(lower)
  if (match?.[1] === 'bucket') return { kind: 'bucket', count: Number(match[2]) }
  if (match?.[1] === 'truncate') return { kind: 'truncate', width: Number(match[2]) }
  return { kind: 'unknown', text }
}

export function formatTransform(transform: Transform): string {
  if (transform.kind === 'bucket') return `bucket[${transform.count}]`
  if (transform.kind === 'truncate') return `truncate[${transform.width}]`
  return transform.kind === 'unknown' ? transform.text : transform.kind
}

/** The type of the partition values, or `undefined` where it isn't known or the source isn't primitive. */
export function transformedType(transform: Transform, source: Type): PrimitiveType | undefined {
  switch (transform.kind) {
    case 'identity':
    case 'truncate':
    case 'void':
      return typeof source === 'string' ? source : undefined
    case 'day':
      return 'date'
    case 'year':
    case 'month':
    case 'hour':
    case 'bucket':
      return 'int'
    case 'unknown':
      return undefined
  }
}

/** Whether a new partition field may transform a column of that type so (spec, "Partition Transforms"); `void` is of old ones. */
export function canTransform(transform: Transform, source: PrimitiveType): boolean {
  const kind = source.replace(/[([].*/, '')
  switch (transform.kind) {
    case 'identity':
      return true
    case 'bucket':
      return transform.count > 0 && transform.count <= MAX_INT && !['boolean', 'float', 'double'].includes(kind)
    case 'truncate':
      return (
        transform.width > 0 &&
        transform.width <= MAX_INT &&
        ['int', 'long', 'decimal', 'string', 'binary'].includes(kind)
      )
    case 'year':
    case 'month':
    case 'day':
      return ['date', 'timestamp', 'timestamptz'].includes(kind)
    case 'hour':
      return ['timestamp', 'timestamptz'].includes(kind)
    case 'void':
    case 'unknown':
      return false
  }
}

const MAX_INT = 2 ** 31 - 1
const PLAIN = ['identity', 'year', 'month', 'day', 'hour', 'void'] as const
const isPlain = (text: string): text is (typeof PLAIN)[number] => PLAIN.some(name => name === text)
