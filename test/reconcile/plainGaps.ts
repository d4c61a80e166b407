import { type ExpectedPartition, expandPartitions } from '../../src/reconcile/expandPartitions.js'
import type { Dataset, Limits } from '../../src/reconcile/expectations.js'
import { parseSnapshotName } from '../../src/snapshot/snapshotName.js'
import { type BucketObject, gapId } from './reconcileLake.js'

// What is wrong with a bucket, worked out object by object: what the models of gaps are judged by.

/** An object, and the name of the snapshot that found it. */
export interface SeenObject extends BucketObject {
  readonly moment: string
}

/** A listing of all keys that start with a scope, by the name of its snapshot. */
export interface Listing {
  readonly scope: string
  readonly moment: string
}

export interface PlainGap {
  readonly gap_id: string
  readonly dataset: string
  readonly kind: string
  readonly found: string
}

type Found = readonly [kind: string, subject: string, found: string]

/** All gaps of a dataset. @param listings they leave out no key; the newest that covers a key found its object */
export function plainGaps(dataset: Dataset, seen: readonly SeenObject[], listings: readonly Listing[]): PlainGap[] {
  const { key, name, connector } = dataset
  const covering = listings.filter(({ scope }) => key.prefix.startsWith(scope)).map(({ moment }) => moment)
  const lookedAt = parseSnapshotName(covering.sort(byTime).at(-1) ?? '')
  const below = seen.filter(each => each.key.startsWith(key.prefix) && !(each.key.endsWith('/') && !each.size))
  const own = new Map<string, SeenObject[]>()
  const others: SeenObject[] = []
  for (const each of below) {
    const values = key.matchKey(each.key)
    if (values) push(own, key.formatPartition(values), each)
    else others.push(each)
  }
  const expected = [...expandPartitions(dataset, lookedAt)]
  const found: Found[] = [
    ...expected.flatMap(({ partition }): Found[] => (own.has(partition) ? [] : [['missing', partition, 'no object']])),
    ...limitGaps(dataset, expected, own),
    ...totalGaps(dataset, [...own.values()].flat(), lookedAt),
    ...objectGaps(dataset, own),
    ...(dataset.allowUnexpected ? [] : unexpectedGaps(dataset, expected, own, others)),
    ...companionGaps(dataset, [...own.values()].flat(), seen, listings),
  ]
  return found.map(([kind, subject, found]) => ({
    gap_id: gapId(connector, name, kind, subject),
    dataset: name,
    kind,
    found,
  }))
}

const byTime = (a: string, b: string): number => parseSnapshotName(a).getTime() - parseSnapshotName(b).getTime()

function push<T>(lists: Map<string, T[]>, name: string, value: T): void {
  lists.set(name, [...(lists.get(name) ?? []), value])
}

const bytesOf = (objects: readonly BucketObject[]): number => objects.reduce((sum, { size = 0 }) => sum + size, 0)
const areSized = (objects: readonly BucketObject[]): boolean => objects.every(({ size }) => size !== undefined)
const inObjects = (n: number): string => `${n} ${n === 1 ? 'object' : 'objects'}`
const inBytes = (n: number): string => `${n} ${n === 1 ? 'byte' : 'bytes'}`

/** The kinds of the two measures, from what is below and above. */
function judge(subject: string, objects: readonly BucketObject[], counts: Verdict, bytes: Verdict): Found[] {
  const found = [inObjects(objects.length), inBytes(bytesOf(objects))] as const
  const large = [...(counts.isAbove ? [found[0]] : []), ...(bytes.isAbove ? [found[1]] : [])]
  return [
    ...(counts.isBelow ? [['incomplete', subject, found[0]] as const] : []),
    ...(bytes.isBelow && areSized(objects) ? [['too_small', subject, found[1]] as const] : []),
    ...(large.length > 0 ? [['too_large', subject, large.join(' and ')] as const] : []),
  ]
}

interface Verdict {
  readonly isBelow: boolean
  readonly isAbove: boolean
}

const compare = (
  amount: number,
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: Limits,
): Verdict => ({
  isBelow: amount < min,
  isAbove: amount > max,
})

function limitGaps(
  { partition }: Dataset,
  expected: readonly ExpectedPartition[],
  own: ReadonlyMap<string, SeenObject[]>,
): Found[] {
  const there = expected
    .filter(each => own.has(each.partition))
    .sort((a, b) => (a.start?.getTime() ?? 0) - (b.start?.getTime() ?? 0))
  return there.flatMap((each, i) => {
    const objects = own.get(each.partition) ?? []
    const before = there
      .slice(0, i)
      .filter(({ series, start }) => series === each.series && start)
      .map(({ partition }) => own.get(partition) ?? [])
    const counts = either(
      compare(objects.length, partition.objects),
      compareMedian(
        objects.length,
        before.map(({ length }) => length),
        partition.objects,
      ),
    )
    const sizes = before.map(objects => (areSized(objects) ? bytesOf(objects) : undefined))
    const ofMedian = areSized(objects) ? compareMedian(bytesOf(objects), sizes, partition.bytes) : NEITHER
    return judge(each.partition, objects, counts, either(compare(bytesOf(objects), partition.bytes), ofMedian))
  })
}

const NEITHER: Verdict = { isBelow: false, isAbove: false }

const either = (a: Verdict, b: Verdict): Verdict => ({
  isBelow: a.isBelow || b.isBelow,
  isAbove: a.isAbove || b.isAbove,
})

/** In whole numbers: twice the median, and percent. */
function compareMedian(amount: number, before: readonly (number | undefined)[], { ofMedian }: Limits): Verdict {
  if (!ofMedian || before.length < ofMedian.over) return NEITHER
  const last = before.slice(-ofMedian.over).flatMap(each => each ?? [])
  if (last.length < ofMedian.over) return NEITHER
  const sorted = last.sort((a, b) => a - b)
  const twice = (sorted[Math.ceil(sorted.length / 2) - 1] ?? 0) + (sorted[Math.floor(sorted.length / 2)] ?? 0)
  const percent = (share: number): number => Math.round(share * 100) * twice
  const { min, max } = ofMedian
  return {
    isBelow: min !== undefined && amount * 200 < percent(min),
    isAbove: max !== undefined && amount * 200 > percent(max),
  }
}

function totalGaps({ total, freshnessMs }: Dataset, objects: readonly SeenObject[], lookedAt: Date): Found[] {
  const found = judge('total', objects, compare(objects.length, total.objects), compare(bytesOf(objects), total.bytes))
  const newest = Math.max(...objects.map(({ lastModified }) => lastModified?.getTime() ?? Number.POSITIVE_INFINITY))
  if (freshnessMs === undefined || objects.length === 0 || !(lookedAt.getTime() - newest > freshnessMs)) return found
  const minute = new Date(newest).toISOString().slice(0, 16).replace('T', ' ')
  return [...found, ['stale', '', `none since ${minute} UTC`]]
}

function objectGaps({ allowZeroByte, storageClasses }: Dataset, own: ReadonlyMap<string, SeenObject[]>): Found[] {
  return [...own].flatMap(([partition, objects]): Found[] => {
    const empty = objects.filter(({ size }) => size === 0).length
    const wrong = new Map<string, SeenObject[]>()
    for (const each of objects)
      if (storageClasses && each.storageClass !== undefined && !storageClasses.includes(each.storageClass))
        push(wrong, each.storageClass, each)
    return [
      ...(empty > 0 && !allowZeroByte
        ? [['zero_byte', partition, inObjects(empty).replace(' ', ' empty ')] as const]
        : []),
      ...[...wrong].map(
        ([name, { length }]): Found => [
          'wrong_class',
          partition === '' ? name : `${partition} ${name}`,
          `${inObjects(length)} in ${name}`,
        ],
      ),
    ]
  })
}

function unexpectedGaps(
  dataset: Dataset,
  expected: readonly ExpectedPartition[],
  own: ReadonlyMap<string, SeenObject[]>,
  others: readonly SeenObject[],
): Found[] {
  const known = new Set(expected.map(({ partition }) => partition))
  const folders = new Map<string, SeenObject[]>()
  for (const each of others) push(folders, each.key.slice(0, each.key.lastIndexOf('/') + 1), each)
  const partitions = [...own].filter(([partition]) => !known.has(partition) && !isEarly(dataset, partition))
  return [...partitions, ...folders].map(([subject, { length }]) => ['unexpected', subject, inObjects(length)])
}

/** Of the only item's range: to today, or to a day of this month. */
function isEarly(dataset: Dataset, partition: string): boolean {
  const soon = new Date('2026-01-05T00:00Z')
  return dataset.expect.some(({ values }) => {
    const team = values.get('team')
    const range = values.get('date')
    const [, name, day] = /^team=(.*)\/date=(.*)$/.exec(partition) ?? []
    if (range?.kind !== 'dates' || team?.kind !== 'list' || !team.values.includes(name ?? '')) return false
    if (range.to.kind === 'today') return range.except.length === 0 && day === soon.toISOString().slice(0, 10)
    return (day ?? '') <= range.to.date && (day ?? '') >= '2026-01-01'
  })
}

function companionGaps(
  { companions }: Dataset,
  own: readonly SeenObject[],
  seen: readonly SeenObject[],
  listings: readonly Listing[],
): Found[] {
  const keys = new Set(seen.map(({ key }) => key))
  const tails = companions.map(text => text.replace(/^.*\}/, ''))
  const absent = new Map<string, SeenObject[]>()
  for (const each of own) {
    if (tails.some(tail => each.key.endsWith(tail))) continue
    const stem = each.key.replace(/(?<=[^/])\.[^./]*$/, '')
    for (const text of companions) {
      const companion = text.replace(/\{(stem|key)\}/, (_, name) => (name === 'stem' ? stem : each.key))
      if (!keys.has(companion)) push(absent, companion, each)
    }
  }
  return [...absent].flatMap(([companion, owners]): Found[] => {
    const looked = listings.filter(({ scope }) => companion.startsWith(scope)).map(({ moment }) => moment)
    const isKnown = owners.every(({ moment }) => looked.some(each => byTime(each, moment) >= 0))
    return isKnown ? [['companion_missing', companion, 'no object']] : []
  })
}
