import type { Params } from '../engine/engine.js'
import { formatBytes, formatCount, formatShare, parseBytes } from '../output/quantities.js'
import type { Bounds, Limits } from './expectations.js'

/** Limits as the parameters of the models `partition_limits` and `dataset_limits`, with their words. */
export const limitParams = ({ objects, bytes }: Bounds): Params => ({
  ...paramsOf('objects', objects, formatObjects),
  ...paramsOf('bytes', bytes, formatExactBytes),
})

export const hasLimits = ({ objects, bytes }: Bounds): boolean =>
  [objects, bytes].some(({ min, max, ofMedian }) => min !== undefined || max !== undefined || ofMedian !== undefined)

function paramsOf(name: 'objects' | 'bytes', limits: Limits, format: (amount: number) => string): Params {
  const { min, max, ofMedian } = limits
  const params = {
    least: min === undefined ? null : BigInt(Math.ceil(min)),
    most: max === undefined ? null : BigInt(Math.floor(max)),
    words: formatLimits(limits, format),
    over: ofMedian ? BigInt(ofMedian.over) : null,
    median_least: ofMedian?.min ?? null,
    median_least_words: ofMedian?.min === undefined ? null : `at least ${formatShare(ofMedian.min)}`,
    median_most: ofMedian?.max ?? null,
    median_most_words: ofMedian?.max === undefined ? null : `at most ${formatShare(ofMedian.max)}`,
  }
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [`${name}_${key}`, value]))
}

/** Of one end that is broken both are told: `1 to 3 objects`. */
function formatLimits({ min, max }: Limits, format: (amount: number) => string): string | null {
  if (min === undefined && max === undefined) return null
  if (max === undefined) return `at least ${format(min ?? 0)}`
  if (min === undefined) return `at most ${format(max)}`
  if (min === max) return format(min)
  const [least, most] = [format(min), format(max)]
  const unit = / \S+$/.exec(most)?.[0] ?? ''
  return `${least.replace(/ \S+$/, found => (unitsAgree(found, unit) ? '' : found))} to ${most}`
}

/** `object` goes with `objects`. */
const unitsAgree = (a: string, b: string): boolean => a === b || `${a}s` === b

const formatObjects = (count: number): string => `${formatCount(count)} ${count === 1 ? 'object' : 'objects'}`

/** `1.5 kB`, as a person wrote it, and `1,234,567 bytes` where a unit would round it. */
function formatExactBytes(bytes: number): string {
  const text = formatBytes(bytes).replace('.0 ', ' ')
  return parseBytes(text) === bytes ? text : `${formatCount(bytes)} bytes`
}
