import type { LiveObject } from './changingBucket.js'
import { foldersOf, type OptionalField } from './plainModels.js'

// What differs between two moments of a bucket, by sets of its live keys: what `diff` is judged by.

/** A live object as a report shows it that may lack fields. */
export type SeenObject = Partial<LiveObject>

export type SeenBucket = ReadonlyMap<string, SeenObject>

/** Live objects without the fields that a report lacks. */
export const seenBy = (live: ReadonlyMap<string, LiveObject>, lacking: readonly OptionalField[]): SeenBucket =>
  new Map(
    [...live].map(([key, object]) => [
      key,
      Object.fromEntries(Object.entries(object).filter(([field]) => !lacking.some(each => each === field))),
    ]),
  )

export interface PlainChange {
  readonly key: string
  readonly change: 'new' | 'modified' | 'deleted' | 'touched'
  readonly before: SeenObject
  readonly after: SeenObject
}

const union = <T>(a: Iterable<T>, b: Iterable<T>): Set<T> => new Set([...a, ...b])
const without = <T>(a: Iterable<T>, b: ReadonlySet<T>): Set<T> => new Set([...a].filter(each => !b.has(each)))

/** In the order of the keys' bytes, which is that of their code points. */
export function plainDelta(before: SeenBucket, after: SeenBucket, prefix = ''): PlainChange[] {
  const [older, newer] = [before, after].map(
    bucket => new Set([...bucket.keys()].filter(key => key.startsWith(prefix))),
  )
  if (!older || !newer) return []
  const came = without(newer, older)
  const gone = without(older, newer)
  const stayed = without(without(union(older, newer), came), gone)
  const differ = (fields: readonly OptionalField[]) =>
    new Set([...stayed].filter(key => fields.some(field => isOther(before.get(key)?.[field], after.get(key)?.[field]))))
  const modified = differ(['size', 'eTag'])
  const touched = without(differ(['lastModified', 'storageClass']), modified)
  const sides = (key: string) => ({ key, before: before.get(key) ?? {}, after: after.get(key) ?? {} })
  return [
    ...[...came].map(key => ({ change: 'new' as const, ...sides(key) })),
    ...[...gone].map(key => ({ change: 'deleted' as const, ...sides(key) })),
    ...[...modified].map(key => ({ change: 'modified' as const, ...sides(key) })),
    ...[...touched].map(key => ({ change: 'touched' as const, ...sides(key) })),
  ].sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
}

/** A value that isn't known is no other one. */
const isOther = (a: unknown, b: unknown): boolean =>
  a !== undefined && b !== undefined && (a instanceof Date && b instanceof Date ? a.getTime() !== b.getTime() : a !== b)

/** A change by the columns of the model `changes`. */
export const changeRow = ({ key, change, before, after }: PlainChange) => ({
  ...{ key, change, size_before: before.size ?? null, size_after: after.size ?? null },
  ...{ last_modified_before: before.lastModified ?? null, last_modified_after: after.lastModified ?? null },
  ...{ e_tag_before: before.eTag ?? null, e_tag_after: after.eTag ?? null },
  ...{ storage_class_before: before.storageClass ?? null, storage_class_after: after.storageClass ?? null },
})

/** How many there are of each kind, by the names of columns that begin with a text. */
const countKinds = (changes: readonly PlainChange[], start: string) =>
  Object.fromEntries(
    (['new', 'modified', 'deleted', 'touched'] as const).map(kind => [
      `${start}${kind}_count`,
      BigInt(changes.filter(({ change }) => change === kind).length),
    ]),
  )

const sum = (sizes: readonly bigint[]): bigint => sizes.reduce((total, size) => total + size, 0n)

/** The columns of `change_totals` that are counted. */
export function plainTotals(changes: readonly PlainChange[]) {
  const ofKind = (kind: PlainChange['change']) => changes.filter(({ change }) => change === kind)
  const known = (size: bigint | undefined) => (size === undefined ? [] : [size])
  return {
    ...countKinds(changes, ''),
    new_size_bytes: sum(ofKind('new').flatMap(({ after }) => known(after.size))),
    deleted_size_bytes: sum(ofKind('deleted').flatMap(({ before }) => known(before.size))),
    modified_size_change: sum(
      ofKind('modified').flatMap(({ before, after }) =>
        before.size === undefined || after.size === undefined ? [] : [after.size - before.size],
      ),
    ),
  }
}

/** The rows of `changes_by_folder`, by path, of folders of some depths. */
export function plainFolderChanges(
  before: SeenBucket,
  after: SeenBucket,
  prefix: string,
  [from, to]: readonly [from: number, to: number],
) {
  const changes = plainDelta(before, after, prefix)
  const paths = union(
    [],
    changes.flatMap(({ key }) => foldersOf(key)),
  )
  const countIn = (path: string) => changes.filter(({ key }) => foldersOf(key).includes(path)).length
  const rows = [...paths]
    .map(path => ({ path, depth: path.split('/').length - 1 }))
    .filter(({ depth }) => depth >= from && depth <= to)
    .map(({ path, depth }) => {
      const below = changes.filter(({ key }) => foldersOf(key).includes(path))
      const direct = below.filter(({ key }) => foldersOf(key).at(-1) === path)
      const deeper = [...paths].filter(each => each !== path && each.startsWith(path))
      const mostly = findMostly(deeper, each => countIn(each) / below.length)
      const isWhole = path.startsWith(prefix)
      return {
        ...{ path, parent: path === '' ? null : (foldersOf(path).at(-2) ?? ''), depth: BigInt(depth) },
        ...{ change_count: BigInt(below.length), ...countKinds(below, '') },
        ...{ object_count_before: isWhole ? countUnder(before, path) : null },
        ...{ object_count_after: isWhole ? countUnder(after, path) : null },
        ...{ size_before: isWhole ? sizeUnder(before, path) : null },
        ...{ size_after: isWhole ? sizeUnder(after, path) : null, size_change: sizeChange(below) },
        ...{ direct_change_count: BigInt(direct.length), ...countKinds(direct, 'direct_') },
        direct_size_change: sizeChange(direct),
        ...{ mostly_in: mostly ?? null },
        mostly_in_share: mostly === undefined ? null : countIn(mostly) / below.length,
      }
    })
  return rows.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
}

/** The deepest with nine tenths or more, or the only one with more than half that is deepest of those with as many. */
function findMostly(paths: readonly string[], shareOf: (path: string) => number): string | undefined {
  const rank = (path: string) =>
    [Math.min(1, shareOf(path) >= 0.9 ? 1 : shareOf(path)), path.split('/').length] as const
  return paths
    .filter(path => shareOf(path) > 0.5)
    .sort((a, b) => rank(b)[0] - rank(a)[0] || rank(b)[1] - rank(a)[1])
    .at(0)
}

const under = (bucket: SeenBucket, path: string): SeenObject[] =>
  [...bucket].flatMap(([key, object]) => (key.startsWith(path) ? [object] : []))

const countUnder = (bucket: SeenBucket, path: string): bigint => BigInt(under(bucket, path).length)

/** `null` where nothing in the bucket has a size, or all of it is empty. */
function sizeUnder(bucket: SeenBucket, path: string): bigint | null {
  const total = (objects: readonly SeenObject[]) => sum(objects.map(({ size = 0n }) => size))
  return bucket.size > 0 && total([...bucket.values()]) === 0n ? null : total(under(bucket, path))
}

function sizeChange(changes: readonly PlainChange[]): bigint | null {
  let total = 0n
  for (const { change, before, after } of changes) {
    if (change === 'touched') continue
    const [was, is] = [change === 'new' ? 0n : before.size, change === 'deleted' ? 0n : after.size]
    if (was === undefined || is === undefined) return null
    total += is - was
  }
  return total
}

/** How many keys of each content may have moved, by size and ETag: as many as were deleted and are new. */
export function plainMoves(changes: readonly PlainChange[]): Map<string, number> {
  const counts = new Map<string, { deleted: number; new: number }>()
  for (const { change, before, after } of changes) {
    if (change !== 'deleted' && change !== 'new') continue
    const { size, eTag } = change === 'deleted' ? before : after
    if (size === undefined || eTag === undefined) continue
    const count = counts.get(`${size} ${eTag}`) ?? { deleted: 0, new: 0 }
    count[change]++
    counts.set(`${size} ${eTag}`, count)
  }
  return new Map(
    [...counts].flatMap(([content, count]) => {
      const moved = Math.min(count.deleted, count.new)
      return moved === 0 ? [] : [[content, moved] as const]
    }),
  )
}
