import type { StreamStatus } from '../../../api/streams.js'

/** A stream's table that a statement names and that has no rows yet. */
export interface AbsentTable {
  readonly table: string
  readonly stream: string
  /** Whether records were received of which it can be made. */
  readonly hasRecords: boolean
}

type Stream = Pick<StreamStatus, 'stream' | 'records' | 'waiting_segments' | 'active_bytes'> & {
  readonly tables: readonly Pick<StreamStatus['tables'][number], 'table' | 'committed_at'>[]
}

/** The tables of streams that a statement names, quoted or not, and to which no etl has added rows. */
export function findAbsentTables(sql: string, streams: readonly Stream[]): AbsentTable[] {
  const text = sql.toLowerCase().replaceAll('"', '')
  return streams.flatMap(({ stream, tables, records, waiting_segments, active_bytes }) =>
    tables
      .filter(({ table, committed_at }) => committed_at === null && hasName(text, table.toLowerCase()))
      .map(({ table }) => ({ table, stream, hasRecords: records + waiting_segments + active_bytes > 0 })),
  )
}

/** Whether a name stands in a text by itself, and not as a part of another. */
function hasName(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1))
    if (!/\w/.test(text.charAt(at - 1)) && !/\w/.test(text.charAt(at + name.length))) return true
  return false
}
