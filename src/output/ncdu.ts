import { jsonText } from './cells.js'

/** An object as ncdu shows it. */
export interface NcduObject {
  readonly key: string
  readonly size: bigint | null
  readonly last_modified_date: Date | null
}

export interface NcduTree {
  /** What the tree is called: `s3://bucket/path/`. */
  readonly name: string
  /** What all keys start with, and is left out of the names: empty, or a folder's path. */
  readonly prefix: string
  readonly takenAt: Date
}

/**
 * Objects as ncdu's JSON export, version 1.1 (https://dev.yorhel.nl/ncdu/jsonfmt): `ncdu -f` opens it. Every object is in it;
 * one whose key is a folder's path is that folder's own size. A name that ncdu can't take is shown as another: an empty one
 * (of `a//b`) as `(no name)`, a NUL in one as `␀`.
 *
 * @param objects in code-point order of the keys, so that a folder's objects come together; nothing but the path to one is
 *   held
 */
export async function* ncduText(
  objects: AsyncIterable<NcduObject> | Iterable<NcduObject>,
  { name, prefix, takenAt }: NcduTree,
): AsyncGenerator<string> {
  yield `[1,1,{"progname":"stocktake","timestamp":${seconds(takenAt)}},\n`
  let open: readonly string[] | undefined
  for await (const object of objects) {
    const path = object.key.slice(prefix.length).split('/')
    const leaf = path.pop() ?? ''
    const kept = open ? sharedLength(open, path) : 0
    let text = ']'.repeat(open ? open.length - kept : 0)
    const entered = path.slice(kept)
    const isMarker = leaf === '' && (!open || entered.length > 0) // the first key of its folder
    const names = open ? entered : [undefined, ...entered]
    names.forEach((folder, i) => {
      const own = isMarker && i === names.length - 1 ? object : undefined
      text += `${folder === undefined ? '' : ',\n'}[${infoOf(folder === undefined ? name : shownName(folder), own)}`
    })
    if (!isMarker) text += `,\n${infoOf(shownName(leaf), object)}`
    open = path
    yield text
  }
  yield open ? `${']'.repeat(open.length + 1)}]\n` : `[${infoOf(name, undefined)}]]\n`
}

function sharedLength(a: readonly string[], b: readonly string[]): number {
  let i = 0
  while (i < a.length && i < b.length && a[i] === b[i]) i++
  return i
}

function infoOf(name: string, own: NcduObject | undefined): string {
  if (!own) return `{"name":${jsonText(name)}}`
  const time = own.last_modified_date ? `,"mtime":${seconds(own.last_modified_date)}` : ''
  const size = own.size ?? 0n
  return `{"name":${jsonText(name)},"asize":${size},"dsize":${size}${time}}`
}

const shownName = (name: string): string => (name === '' ? '(no name)' : name.replaceAll('\0', '␀'))

/** ncdu has no times before 1970. */
const seconds = (time: Date): number => Math.max(0, Math.floor(time.getTime() / 1000))
