import { openBooleanColumn } from './booleanColumn.js'
import { BooleanReader } from './booleanRunLength.js'
import type { ColumnChunk, OrcValue, ValueReader } from './columnChunk.js'
import type { OrcColumn, OrcKind } from './footer.js'
import { openByteColumn, openIntegerColumn } from './numberColumn.js'
import { OrcUnsupportedError } from './orcError.js'
import { openStringColumn } from './stringColumn.js'
import { openTimestampColumn } from './timestampColumn.js'

/**
 * Opens a column of a stripe (ORC v1, "Column Encodings"): its reader gives a value or null for each row.
 * @throws {OrcUnsupportedError} for a kind or an encoding that isn't read, or timestamps of another zone than UTC
 */
export function openColumn(chunk: ColumnChunk): ValueReader<OrcValue> {
  const values = openerOf(chunk.column, chunk.place)(chunk)
  if (!chunk.has('PRESENT')) return values
  const present = new BooleanReader(chunk.open('PRESENT'), chunk.capacity)
  return {
    next: async rowCount => {
      const flags = await present.next(rowCount)
      const count = countOnes(flags, rowCount)
      return spread(await values.next(count), flags, rowCount)
    },
    finish: async () => {
      await present.finish()
      await values.finish()
    },
  }
}

/** @throws {OrcUnsupportedError} if columns of this kind aren't read */
export function checkKind(column: OrcColumn, subject: string): void {
  openerOf(column, `${subject}, column ${column.name}`)
}

type Opener = (chunk: ColumnChunk) => ValueReader<OrcValue>

const OPENERS: { readonly [kind in OrcKind]?: Opener } = {
  BOOLEAN: openBooleanColumn,
  BYTE: openByteColumn,
  SHORT: openIntegerColumn,
  INT: openIntegerColumn,
  LONG: openIntegerColumn,
  STRING: openStringColumn,
  VARCHAR: openStringColumn,
  CHAR: openStringColumn,
  TIMESTAMP: openTimestampColumn,
  TIMESTAMP_INSTANT: openTimestampColumn,
}

function openerOf({ kind }: OrcColumn, place: string): Opener {
  const opener = OPENERS[kind]
  if (opener) return opener
  throw new OrcUnsupportedError({
    subject: place,
    expected: `one of the kinds ${Object.keys(OPENERS).join(', ')}`,
    got: kind,
    fix: 'leave the column out, or have the report written with a kind that is read',
  })
}

function countOnes(flags: Uint8Array, rowCount: number): number {
  let count = 0
  for (let i = 0; i < rowCount; i++) count += flags[i] as number
  return count
}

function spread(values: readonly OrcValue[], flags: Uint8Array, rowCount: number): readonly OrcValue[] {
  if (values.length === rowCount) return values
  const rows = new Array<OrcValue>(rowCount).fill(null)
  let next = 0
  for (let i = 0; next < values.length; i++) if (flags[i] === 1) rows[i] = values[next++] as OrcValue
  return rows
}
