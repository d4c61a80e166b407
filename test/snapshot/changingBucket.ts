import fc from 'fast-check'
import type { ReportRow } from '../../src/demo/writeReport.js'

// A bucket with versions, changed by what people do to it. What a GET would find is kept beside the versions, and not worked
// out from them: it is what snapshots are judged by.

/** What a GET finds under a key. */
export interface LiveObject {
  readonly size: bigint
  readonly eTag: string
  readonly lastModified: Date
  readonly storageClass: string
}

/** The bucket at one moment: every version, as its report has them, and what is live. */
export interface BucketState {
  readonly rows: readonly ReportRow[]
  readonly live: ReadonlyMap<string, LiveObject>
}

export type Deed =
  | { readonly kind: 'put'; readonly key: string; readonly object: LiveObject }
  | { readonly kind: 'delete' | 'purge' | 'undelete'; readonly key: string }
  | { readonly kind: 'move'; readonly key: string; readonly to: string }

const name = fc.constantFrom('a', 'b', 'A', 'a b', 'a+b', 'é', '', '..', 'x%y', '"', "it's", '📷', '$1')

/** Keys of few names, so that many are in one folder, or are the name of another's folder. */
export const oddKey = fc
  .array(name, { minLength: 1, maxLength: 4 })
  .map(names => names.join('/'))
  .filter(key => key !== '')

/** Few values, so that two objects are often alike. */
const liveObject: fc.Arbitrary<LiveObject> = fc.record({
  size: fc.constantFrom(0n, 1n, 2n, 2n ** 40n),
  eTag: fc.constantFrom('e1', 'e2', 'e3'),
  lastModified: fc.constantFrom(...[0, 1, 1000].map(ms => new Date(Date.UTC(2026, 0, 1) + ms))),
  storageClass: fc.constantFrom('STANDARD', 'GLACIER'),
})

/** Something that is done to one of a few keys. */
const deed = (keys: readonly string[]): fc.Arbitrary<Deed> => {
  const key = fc.constantFrom(...keys)
  return fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('put' as const), key, object: liveObject }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('delete', 'purge', 'undelete'), key }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('move' as const), key, to: key }) },
  )
}

/** The states of a bucket at some moments, each of which comes from the one before. */
export const bucketHistory = (moments: number): fc.Arbitrary<BucketState[]> =>
  fc
    .uniqueArray(oddKey, { minLength: 2, maxLength: 14 })
    .chain(keys => fc.tuple(...Array.from({ length: moments }, () => fc.array(deed(keys), { maxLength: 12 }))))
    .map(lists => {
      const bucket = openBucket()
      return lists.map(deeds => {
        for (const deed of deeds) bucket.act(deed)
        return bucket.state()
      })
    })

interface Version {
  readonly id: string
  /** A delete marker has none. */
  readonly object: LiveObject | undefined
}

/** An empty bucket with versions. */
function openBucket() {
  const versions = new Map<string, Version[]>() // the newest first
  const live = new Map<string, LiveObject>()
  let ids = 0
  const add = (key: string, object: LiveObject | undefined) =>
    versions.set(key, [{ id: `v${ids++}`, object }, ...(versions.get(key) ?? [])])
  const remove = (key: string) => {
    add(key, undefined)
    live.delete(key)
  }
  const put = (key: string, object: LiveObject) => {
    add(key, object)
    live.set(key, object)
  }
  const purge = (key: string) => {
    versions.delete(key)
    live.delete(key)
  }
  const move = (key: string, to: string) => {
    const object = live.get(key)
    if (!object) return
    remove(key)
    put(to, object)
  }
  /** The delete marker goes, and what it hid is there again. */
  const undelete = (key: string) => {
    const [newest, ...older] = versions.get(key) ?? []
    if (!newest || newest.object) return
    versions.set(key, older)
    const [hidden] = older
    if (hidden?.object) live.set(key, hidden.object)
  }
  const act = (deed: Deed): void => {
    switch (deed.kind) {
      case 'put':
        put(deed.key, deed.object)
        break
      case 'move':
        move(deed.key, deed.to)
        break
      default:
        ;({ delete: remove, purge, undelete })[deed.kind](deed.key)
    }
  }
  const state = (): BucketState => ({
    live: new Map(live),
    rows: [...versions].flatMap(([key, list]) =>
      list.map(({ id, object }, i) => ({
        ...{ key, versionId: id, isLatest: i === 0, isDeleteMarker: object === undefined },
        ...(object ?? { lastModified: new Date(Date.UTC(2026, 0, 2)) }),
      })),
    ),
  })
  return { act, state }
}
