import type { Kind } from './cells.js'

// How people see columns that nobody has said anything of: by their names.

/** What the end of a column's name says about its figures. */
const KINDS: readonly (readonly [end: RegExp, kind: Kind])[] = [
  [/(^|_)bytes$/, 'bytes'],
  [/_usd$/, 'usd'],
  [/_ms$/, 'duration'],
  [/_(count|requests)$/, 'count'],
  [/_(share|rate)$/, 'share'],
]

/** Headings of columns that many reports have; those of the listings, where these have them. */
const TITLES: Readonly<Record<string, string>> = {
  object_count: 'objects',
  object_share: 'share',
  total_size_bytes: 'size',
  size_share: 'share',
  noncurrent_object_count: 'old versions',
  noncurrent_size_bytes: 'their size',
  delete_marker_count: 'delete markers',
  storage_class: 'class',
  sale_count: 'sales',
  sample_rate: 'sample',
  unsized_count: 'without size',
}

/** `small_size_bytes` is shown as bytes; nothing for a name that says nothing. */
export const kindByName = (name: string): Kind | undefined => KINDS.find(([end]) => end.test(name))?.[1]

/** The heading: `small size` of `small_size_bytes`. */
export function titleByName(name: string): string {
  const [end, kind] = KINDS.find(([end]) => end.test(name)) ?? []
  const cut = kind === 'share' || kind === 'count' ? /_count$/ : end
  const words = (cut ? name.replace(cut, '') : name).replaceAll('_', ' ')
  return TITLES[name] ?? (words === '' ? name : words)
}
