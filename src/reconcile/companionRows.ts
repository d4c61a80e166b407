/** A companion's template, taken apart at its placeholder, `{stem}` or `{key}`. */
export interface CompanionRow {
  readonly head: string
  readonly placeholder: 'stem' | 'key'
  readonly tail: string
}

/** Templates without a placeholder are left out: what would be beside each object is one object. */
export const companionRows = (companions: readonly string[]): CompanionRow[] =>
  companions.flatMap(text => {
    const [, head = '', placeholder, tail = ''] = /^([\s\S]*?)\{(stem|key)\}([\s\S]*)$/.exec(text) ?? []
    return placeholder === 'stem' || placeholder === 'key' ? [{ head, placeholder, tail }] : []
  })

/** A regular expression of what keys of companions end with; one that matches none where they may end with anything. */
export function companionPattern(rows: readonly CompanionRow[]): string {
  const tails = rows.filter(({ tail }) => tail !== '').map(({ tail }) => tail.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return tails.length === 0 ? '\\A\\z' : `(?:${tails.join('|')})\\z`
}

/** What the keys of all companions begin with, where those of the objects begin with a prefix. */
export const companionPrefix = (rows: readonly CompanionRow[], prefix: string): string =>
  rows.every(({ head }) => head === '') ? prefix.slice(0, prefix.lastIndexOf('/') + 1) : ''
