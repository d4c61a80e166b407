import { createWriteStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { encodeCsvKey } from './csvKey.js'
import type { LoadedManifest } from './loadManifest.js'
import type { ByteSource } from './orc/byteSource.js'
import type { OrcValue } from './orc/columnChunk.js'
import { openOrc } from './orc/orcFile.js'
import { readOrc } from './orc/orcRows.js'
import type { OrcBatch } from './orc/stripe.js'

/**
 * Writes the rows of a staged ORC file as the CSV report that S3 would have made of them, since DuckDB reads no ORC. Lines
 * are rows: line 7 is the seventh row. Columns that the report's table doesn't hold are left empty.
 *
 * @param file its path, and its URL for errors
 * @throws {OrcError} if the file is cut or damaged, or lacks a column that the manifest names
 */
export async function stageOrcAsCsv(
  { manifest, columns }: LoadedManifest,
  file: { path: string; url: string },
  csvPath: string,
  signal: AbortSignal,
): Promise<void> {
  const handle = await open(file.path, 'r')
  try {
    const orc = await openOrc(await byteSource(handle), file.url)
    const names = new Map(orc.columns.map(({ name }) => [name.toLowerCase(), name]))
    const wanted = columns.fields.map(({ reportColumn, position, field }) => ({
      name: names.get(reportColumn.toLowerCase()) ?? reportColumn,
      position,
      format: field.column === 'key' ? formatKey : field.type === 'timestamp' ? formatTime : formatValue,
    }))
    const rows = readOrc(
      orc,
      wanted.map(({ name }) => name),
    )
    const formatters = new Map(wanted.map(({ position, name, format }) => [position, { name, format }]))
    const layout = manifest.columns.map((_, i) => formatters.get(i))
    async function* lines(): AsyncGenerator<string> {
      for await (const batch of rows) yield formatBatch(batch, layout)
    }
    await pipeline(Readable.from(lines()), createWriteStream(csvPath), { signal })
  } finally {
    await handle.close()
  }
}

async function byteSource(handle: FileHandle): Promise<ByteSource> {
  const { size } = await handle.stat()
  return {
    sizeBytes: size,
    read: async (start, end) => {
      const bytes = Buffer.alloc(end - start)
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
      return bytes.subarray(0, bytesRead)
    },
  }
}

interface ColumnFormat {
  readonly name: string
  readonly format: (value: OrcValue) => string
}

function formatBatch(batch: OrcBatch, layout: readonly (ColumnFormat | undefined)[]): string {
  const columns = layout.map(
    column => column && { values: batch.columns.get(column.name) ?? [], format: column.format },
  )
  const lines: string[] = []
  for (let row = 0; row < batch.rowCount; row++) {
    const values = columns.map(column => `"${column ? column.format(column.values[row] ?? null) : ''}"`)
    lines.push(values.join(','))
  }
  return `${lines.join('\n')}\n`
}

const formatKey = (value: OrcValue): string => (value === null ? '' : encodeCsvKey(String(value)))

const formatValue = (value: OrcValue): string => (value === null ? '' : String(value).replaceAll('"', '""'))

/** Microseconds since 1970 as `2026-01-20T01:00:00.000000Z`. */
function formatTime(value: OrcValue): string {
  if (typeof value !== 'bigint') return formatValue(value)
  const micros = ((value % 1000n) + 1000n) % 1000n
  const millis = Number((value - micros) / 1000n)
  return `${new Date(millis).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`
}
