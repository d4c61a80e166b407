import type { ByteSource } from '../../../src/inventory/orc/byteSource.js'
import type { OrcValue } from '../../../src/inventory/orc/columnChunk.js'
import { openOrc } from '../../../src/inventory/orc/orcFile.js'
import { readOrc } from '../../../src/inventory/orc/orcRows.js'

export const SUBJECT = 's3://reports/data/a.orc'

/** Kinds of which `readOrc` gives values. */
export const READ_KINDS = new Set(
  'BOOLEAN BYTE SHORT INT LONG STRING VARCHAR CHAR TIMESTAMP TIMESTAMP_INSTANT'.split(' '),
)

/** A file in memory that refuses to be read outside of its bounds. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  return {
    sizeBytes: bytes.length,
    read: async (start, end) => {
      if (start < 0 || end > bytes.length || start > end) throw new Error(`read ${start} to ${end} of ${bytes.length}`)
      return bytes.subarray(start, end)
    },
  }
}

/** All values, by column; without names, of every column that can be read. */
export async function readColumns(bytes: Uint8Array, names?: readonly string[]): Promise<Record<string, OrcValue[]>> {
  const file = await openOrc(sourceOf(bytes), SUBJECT)
  const wanted = names ?? file.columns.filter(column => READ_KINDS.has(column.kind)).map(column => column.name)
  const columns: Record<string, OrcValue[]> = Object.fromEntries(wanted.map(name => [name, []]))
  for await (const batch of readOrc(file, wanted))
    for (const [name, values] of batch.columns) for (const value of values) columns[name]?.push(value)
  return columns
}
