import { compareCodePoints } from '../../src/codePoints.js'

// The folders of two snapshots, worked out from their objects alone.

export interface PlainObject {
  readonly key: string
  readonly size: number
  readonly eTag: string
}

/** What a page shows of a folder, as far as objects say it. */
export interface PlainFolder {
  readonly path: string
  readonly object_count: number
  readonly total_size_bytes: number
  readonly direct_object_count: number
  readonly folder_count: number
  readonly change: string | null
  readonly new_count: number | null
  readonly modified_count: number | null
  readonly deleted_count: number | null
  readonly object_count_change: number | null
  readonly size_change: number | null
}

/** All folders, the root among them, also those that only the base has; by path. */
export function plainFolders(newer: readonly PlainObject[], base?: readonly PlainObject[]): PlainFolder[] {
  const now = rollUp(newer)
  const before = rollUp(base ?? [])
  const paths = [...new Set([...now.keys(), ...before.keys()])].sort(compareCodePoints)
  const wasOf = new Map((base ?? []).map(object => [object.key, object]))
  const isOf = new Map(newer.map(object => [object.key, object]))
  const below = (path: string, objects: readonly PlainObject[], test: (object: PlainObject) => boolean): number =>
    objects.filter(object => object.key.startsWith(path) && test(object)).length
  return paths.map(path => {
    const [held, was] = [now.get(path), before.get(path)]
    const counts = {
      new_count: below(path, newer, ({ key }) => !wasOf.has(key)),
      modified_count: below(path, newer, ({ key, size, eTag }) => {
        const other = wasOf.get(key)
        return other !== undefined && (other.size !== size || other.eTag !== eTag)
      }),
      deleted_count: below(path, base ?? [], ({ key }) => !isOf.has(key)),
    }
    const isModified = Object.values(counts).some(count => count > 0)
    const none = { new_count: null, modified_count: null, deleted_count: null }
    return {
      path,
      object_count: held?.count ?? 0,
      total_size_bytes: held?.size ?? 0,
      direct_object_count: held?.direct ?? 0,
      folder_count: paths.filter(other => other !== '' && parentOf(other) === path).length,
      change: !base ? null : !held ? 'deleted' : !was ? 'new' : isModified ? 'modified' : null,
      ...(base ? counts : none),
      object_count_change: base ? (held?.count ?? 0) - (was?.count ?? 0) : null,
      size_change: base ? (held?.size ?? 0) - (was?.size ?? 0) : null,
    }
  })
}

export const parentOf = (path: string): string => path.slice(0, path.slice(0, -1).lastIndexOf('/') + 1)

function rollUp(objects: readonly PlainObject[]) {
  const folders = new Map([['', { count: 0, size: 0, direct: 0 }]])
  for (const { key, size } of objects) {
    const names = key.split('/').slice(0, -1)
    for (let depth = 0; depth <= names.length; depth++) {
      const path = names
        .slice(0, depth)
        .map(name => `${name}/`)
        .join('')
      const folder = folders.get(path) ?? { count: 0, size: 0, direct: 0 }
      folder.count++
      folder.size += size
      if (depth === names.length) folder.direct++
      folders.set(path, folder)
    }
  }
  return folders
}
