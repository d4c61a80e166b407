import type { ObjectStore, StoredObject } from './objectStore.js'

/**
 * Every object under a prefix whose file name, the part of its key after the last slash, matches a pattern; in
 * code-point order of the keys.
 * @param pattern `*` stands for any characters, `?` for one; all others for themselves: `part-*.parquet`
 */
export async function* listMatching(store: ObjectStore, prefix: string, pattern: string): AsyncIterable<StoredObject> {
  for await (const object of store.list(prefix))
    if (matchesPattern(object.key.slice(object.key.lastIndexOf('/') + 1), pattern)) yield object
}

/** Whether a whole name matches a pattern of `*` and `?`; in time of the product of their lengths at worst. */
export function matchesPattern(name: string, pattern: string): boolean {
  const [text, glob] = [[...name], [...pattern]] // by code points: `?` is a whole one
  let at = 0
  let star = -1
  let resume = 0
  for (let i = 0; i < text.length; ) {
    if (glob[at] === '*') {
      star = at++
      resume = i
    } else if (at < glob.length && (glob[at] === '?' || glob[at] === text[i])) {
      at++
      i++
    } else if (star >= 0) {
      at = star + 1 // the star takes one more
      i = ++resume
    } else return false
  }
  return glob.slice(at).every(part => part === '*')
}
