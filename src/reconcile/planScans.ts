import { compareCodePoints } from '../codePoints.js'
import type { Task } from './taskState.js'

/** A part of a bucket that is to be listed. */
export interface PlannedScan {
  readonly connector: string
  /** What the keys start with. */
  readonly prefix: string
}

/** Each is a snapshot of its own, which takes a moment; above it, folders are listed together. */
const MOST_SCANS = 16

/**
 * The folders in which the gaps of some tasks lie, in the order of their keys; where these are many, the folders above
 * them, but never the whole bucket. None lies in another.
 */
export function planScans(tasks: readonly Pick<Task, 'connector' | 'key_prefixes'>[]): PlannedScan[] {
  const byConnector = new Map<string, string[]>()
  for (const { connector, key_prefixes } of tasks) {
    const prefixes = byConnector.get(connector) ?? []
    for (const key of key_prefixes) prefixes.push(folderOf(key) || key) // what lies in no folder is listed by itself
    byConnector.set(connector, prefixes)
  }
  return [...byConnector].flatMap(([connector, prefixes]) =>
    joinFolders(prefixes).map(prefix => ({ connector, prefix })),
  )
}

/** The folder that a key, or what is known of it, lies in; a folder is its own. */
const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1)

/** Those that lie beside each other first, as listing these together lists little else; and of these the deepest. */
function joinFolders(folders: readonly string[]): string[] {
  let joined = outermost(folders)
  while (joined.length > MOST_SCANS) {
    const parents = joined.map(parentOf).filter(parent => parent !== '')
    if (parents.length === 0) return joined
    const shared = parents.filter((parent, i) => parents.indexOf(parent) !== i)
    const candidates = shared.length > 0 ? shared : parents
    const depth = Math.max(...candidates.map(depthOf))
    const lifted = new Set(candidates.filter(parent => depthOf(parent) === depth))
    joined = outermost(joined.map(folder => (lifted.has(parentOf(folder)) ? parentOf(folder) : folder)))
  }
  return joined
}

const parentOf = (folder: string): string => folderOf(folder.slice(0, -1))

const depthOf = (folder: string): number => folder.split('/').length

function outermost(folders: readonly string[]): string[] {
  const sorted = [...new Set(folders)].sort(compareCodePoints)
  const kept: string[] = []
  for (const folder of sorted) {
    const last = kept.at(-1)
    if (last === undefined || !folder.startsWith(last)) kept.push(folder)
  }
  return kept
}
