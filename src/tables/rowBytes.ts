import type { Engine } from '../engine/engine.js'
import { quoteIdentifier } from '../engine/sqlText.js'
import type { Schema } from '../iceberg/schema.js'

/** SQL of what a row of the table's columns takes in memory, bytes. */
export function rowBytesSql({ fields }: Schema): string {
  const sizes = fields.map(({ name, type }) => {
    const column = quoteIdentifier(name)
    if (type === 'string') return `16 + coalesce(strlen(${column}), 0)`
    if (type === 'binary') return `16 + coalesce(octet_length(${column}), 0)`
    if (typeof type === 'string') return '16'
    const isFlat = type.type === 'list' && typeof type.element === 'string' && FIXED_WIDTH.has(type.element)
    return isFlat ? `16 + 8 * coalesce(len(${column}), 0)` : `16 + 2 * coalesce(strlen(cast(${column} as varchar)), 0)`
  })
  return sizes.join(' + ')
}

const FIXED_WIDTH: ReadonlySet<string> = new Set(['boolean', 'int', 'long', 'float', 'double', 'date', 'timestamp'])

/** What a row takes in memory, from rows at even steps. @param rows a table of the engine, quoted */
export async function measureRows(rows: string, schema: Schema, engine: Engine): Promise<number> {
  const [counted] = await engine.rows(`select count(*) as n from ${rows}`)
  const step = Math.max(1, Math.floor(Number(counted?.n ?? 0) / MEASURED_ROWS))
  const [row] = await engine.rows(`select avg(${rowBytesSql(schema)}) as bytes from ${rows} where rowid % ${step} = 0`)
  return Math.max(MIN_ROW_BYTES, Number(row?.bytes ?? 0))
}

/**
 * How many rows a file has at most.
 * @param rowBytes what a row takes in memory, as {@link rowBytesSql} has it
 */
export function mostRowsOf(schema: Schema, rowBytes: number, targetBytes: number): number {
  const mostBytes = hasNested(schema) ? Math.min(targetBytes, SORTED_BYTES) : targetBytes
  return Math.max(MIN_ROWS, Math.floor(mostBytes / Math.max(MIN_ROW_BYTES, rowBytes)))
}

/** How many rows a row group has. Of wide rows as many as both a processor's cache and the memory hold: a reader unpacks it at once. */
export function rowGroupRowsOf(schema: Schema, rowBytes: number): number {
  const fitting = Math.floor(WIDE_GROUP_BYTES / rowBytes)
  if (hasNested(schema) && fitting < MIN_ROWS)
    return Math.max(MIN_WIDE_ROWS, 2 ** Math.floor(Math.log2(Math.max(1, fitting))))
  return Math.max(MIN_ROWS, Math.min(MAX_GROUP_ROWS, Math.floor(GROUP_BYTES / rowBytes)))
}

/** Whether there are columns of lists and structs, which make rows wide: DuckDB takes 2,048 of them at a time. */
export const hasNested = ({ fields }: Schema): boolean => fields.some(({ type }) => typeof type === 'object')

/** What is sorted at once of wide rows. */
const SORTED_BYTES = 40_000_000
/** What DuckDB takes at a time. */
export const MIN_ROWS = 2048
const MIN_ROW_BYTES = 16
const MAX_GROUP_ROWS = 61_440
const GROUP_BYTES = 16_000_000
/** 512 embeddings of 1,024 doubles: they are searched in two thirds of the time that 2,048 in a row group take. */
const WIDE_GROUP_BYTES = 5_000_000
const MIN_WIDE_ROWS = 128
const MEASURED_ROWS = 2000
