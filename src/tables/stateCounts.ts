import type { Snapshot } from '../iceberg/metadata.js'

/** What a snapshot's summary tells. NULL is what its writer didn't tell, or can't be told from it. */
export interface StateCounts {
  readonly rows_added: number | null
  readonly rows_removed: number | null
  /** Of the whole table, as are the files and bytes. */
  readonly row_count: number | null
  readonly file_count: number | null
  readonly size_bytes: number | null
}

/** Reads a summary (spec, "Optional Snapshot Summary Fields"). Rows that delete files take out are counted in none of its fields. */
export function countState({ summary }: Pick<Snapshot, 'summary'>): StateCounts {
  const count = (name: string): number | null => {
    const text = summary[name]
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null
  }
  const isAny = (...names: string[]): boolean => names.some(name => summary[name] !== undefined && count(name) !== 0)
  const total = count('total-records')
  // What is 0 is left out of a summary; one without totals tells nothing.
  const change = (name: string): number | null =>
    count(name) ?? (total === null || summary[name] !== undefined ? null : 0)
  const hasDeletes = isAny('total-position-deletes', 'total-equality-deletes', 'total-delete-files')
  const isDeleting = isAny('added-position-deletes', 'added-equality-deletes', 'added-delete-files')
  return {
    rows_added: change('added-records'),
    rows_removed: isDeleting ? null : change('deleted-records'),
    row_count: hasDeletes ? null : total,
    file_count: count('total-data-files'),
    size_bytes: count('total-files-size'),
  }
}
