import { StocktakeError } from '../errors.js'

/** The formats of S3 Inventory reports, as manifests spell them. */
export const REPORT_FORMATS = ['CSV', 'ORC', 'Parquet'] as const

export type ReportFormat = (typeof REPORT_FORMATS)[number]

/** A manifest's fileSchema that can't be understood. */
export class FileSchemaError extends StocktakeError {}

/**
 * The names of a report's columns in their order, from the manifest's `fileSchema`: a list of names (CSV), a message
 * (Parquet) or a struct (ORC). White space is free. Types are left to the data files, which state them.
 * @throws {FileSchemaError}
 */
export function parseFileSchema(format: ReportFormat, schema: string): string[] {
  switch (format) {
    case 'CSV':
      return parseCsvSchema(schema)
    case 'Parquet':
      return parseParquetSchema(schema)
    case 'ORC':
      return parseOrcSchema(schema)
  }
}

/** `Bucket, Key, VersionId` */
function parseCsvSchema(schema: string): string[] {
  const names = schema.split(',').map(name => name.trim())
  if (names.includes('')) throw schemaError('CSV', 'names parted by commas', schema)
  return names
}

/** `message s3.inventory {  required binary key (STRING);  optional int64 last_modified_date (TIMESTAMP(MILLIS,true));}` */
function parseParquetSchema(schema: string): string[] {
  const expected = 'message NAME { required|optional TYPE NAME (ANNOTATION); … }'
  const message = /^\s*message\s+[\w.]+\s*\{([^{}]*)\}\s*;?\s*$/.exec(schema)
  if (!message) throw schemaError('Parquet', expected, schema)
  const statements = (message[1] ?? '').split(';').filter(statement => statement.trim() !== '')
  return statements.map(statement => {
    const field = /^\s*(?:required|optional)\s+\w+(?:\s*\(\s*\d+\s*\))?\s+(\w+)\s*(?:\(.*\))?\s*(?:=\s*\d+)?\s*$/s.exec(
      statement,
    )
    if (field?.[1] === undefined) throw schemaError('Parquet', expected, statement.trim())
    return field[1]
  })
}

/** `struct<bucket:string,key:string>` */
function parseOrcSchema(schema: string): string[] {
  const expected = 'struct<NAME:TYPE,…>'
  const struct = /^\s*struct\s*<(.*)>\s*$/s.exec(schema)
  if (struct?.[1] === undefined) throw schemaError('ORC', expected, schema)
  return splitOutsideBrackets(struct[1]).map(part => {
    const field = /^\s*`?(\w+)`?\s*:\s*\S.*$/s.exec(part)
    if (field?.[1] === undefined) throw schemaError('ORC', expected, part.trim())
    return field[1]
  })
}

/** A column that came later may be a `decimal(10,2)` or an `array<…>`: its commas part nothing. */
function splitOutsideBrackets(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < text.length; i++) {
    if ('<('.includes(text.charAt(i))) depth++
    else if ('>)'.includes(text.charAt(i))) depth--
    else if (text[i] === ',' && depth === 0) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  return [...parts, text.slice(start)]
}

function schemaError(format: ReportFormat, expected: string, got: string): FileSchemaError {
  return new FileSchemaError({ subject: `fileSchema of ${format}`, expected, got: JSON.stringify(got.slice(0, 200)) })
}
