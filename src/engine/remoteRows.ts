import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ExactValue } from './exactJson.js'
import type { RemoteResult } from './remoteEngine.js'
import { fieldNames, isNamed, isType, uniqueNames } from './remoteValues.js'
import { quoteIdentifier, quotePath, quoteString } from './sqlText.js'
import type { TrinoType } from './trinoType.js'

/**
 * Puts the rows of a remote engine where DuckDB reads them, in their order and to every digit. They are a file meanwhile,
 * and so as many as the disk holds.
 * @param folder for the file; whoever made it removes it
 * @returns a SELECT of them, with DuckDB's nearest types
 * @throws {QueryError} {RemoteQueryError}
 */
export async function landRows(
  { columns, types, exactRows }: Pick<RemoteResult, 'columns' | 'types' | 'exactRows'>,
  folder: string,
): Promise<string> {
  const path = join(folder, 'rows.jsonl')
  const longest = await writeLines(path, exactRows, types.map(namedOf))
  if (columns.length === 0) return 'select null as nothing where false'
  const names = uniqueNames(columns.map(({ name }) => name))
  const stored = types.map((type, i) => `c${i}: ${quoteString(storedType(type))}`)
  const selected = types.map((type, i) => `${selectValue(`c${i}`, type)} as ${quoteIdentifier(names[i] ?? '')}`)
  return `select ${selected.join(', ')} from read_json(${quotePath(path)}, format = 'newline_delimited',
    columns = {n: 'BIGINT', ${stored.join(', ')}}, maximum_object_size = ${Math.max(longest, LEAST_BUFFER)}) order by n`
}

/** DuckDB holds several times as much for each thread. */
const LEAST_BUFFER = 1024 * 1024

/** Writes each row with its number, as DuckDB reads lines in no order. @returns the bytes of the longest line */
async function writeLines(path: string, rows: RemoteResult['exactRows'], named: readonly Named[]): Promise<number> {
  let longest = 0
  async function* chunks(): AsyncGenerator<string> {
    let [text, n] = ['', 0]
    for await (const row of rows) {
      const line = `${JSON.stringify(Object.fromEntries([['n', n++], ...named.map((name, i) => [`c${i}`, name(row[i] ?? null)])]))}\n`
      longest = Math.max(longest, Buffer.byteLength(line))
      text += line
      if (text.length < CHUNK_LETTERS) continue
      yield text
      text = ''
    }
    yield text
  }
  await pipeline(Readable.from(chunks(), { objectMode: false }), createWriteStream(path))
  return longest
}

/** A chunk for each row would take longer than the rows. */
const CHUNK_LETTERS = 100_000

type Named = (value: ExactValue) => ExactValue

/** Values in which the fields of rows have their names, as DuckDB reads them; Trino sends them by their places. */
function namedOf({ rawType, arguments: parts }: TrinoType): Named {
  const last = parts.at(-1)?.value
  if (rawType === 'row') {
    const fields = parts.map(({ value }) => value).filter(isNamed)
    const [names, inner] = [fieldNames(fields), fields.map(({ typeSignature }) => namedOf(typeSignature))]
    return value =>
      Array.isArray(value) ? Object.fromEntries(inner.map((name, i) => [names[i], name(value[i] ?? null)])) : value
  }
  if (rawType === 'array' && isType(last)) {
    const inner = namedOf(last)
    return value => (Array.isArray(value) ? value.map(inner) : value)
  }
  if (rawType !== 'map' || !isType(last)) return value => value
  const inner = namedOf(last)
  return value =>
    value === null || typeof value !== 'object'
      ? value
      : Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inner(each)]))
}

/** DuckDB's type that JSON is read as: of bytes their text. */
function storedType(type: TrinoType): string {
  return type.rawType === 'varbinary' ? 'VARCHAR' : duckdbTypeOf(type)
}

const selectValue = (column: string, { rawType }: TrinoType): string =>
  rawType === 'varbinary' ? `from_base64(${column})` : column

/** DuckDB's type with all values of Trino's; text where there is none. Bytes inside of other values stay texts. */
export function duckdbTypeOf({ rawType, arguments: parts }: TrinoType): string {
  const [first, second] = parts.map(({ value }) => value)
  switch (rawType) {
    case 'array':
      return isType(first) ? `${duckdbTypeOf(first)}[]` : 'VARCHAR'
    case 'map':
      return isType(first) && isType(second) ? `MAP(${duckdbTypeOf(first)}, ${duckdbTypeOf(second)})` : 'VARCHAR'
    case 'row': {
      const fields = parts.map(({ value }) => value).filter(isNamed)
      const names = fieldNames(fields)
      return `STRUCT(${fields.map((field, i) => `${quoteIdentifier(names[i] ?? '')} ${duckdbTypeOf(field.typeSignature)}`).join(', ')})`
    }
    case 'decimal':
      return `DECIMAL(${first}, ${second})`
    case 'timestamp':
      return Number(first ?? 3) <= 6 ? 'TIMESTAMP' : 'VARCHAR'
    case 'time':
      return Number(first ?? 3) <= 6 ? 'TIME' : 'VARCHAR'
    default:
      return SCALARS[rawType] ?? 'VARCHAR'
  }
}

const SCALARS: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN',
  tinyint: 'TINYINT',
  smallint: 'SMALLINT',
  integer: 'INTEGER',
  bigint: 'BIGINT',
  real: 'FLOAT',
  double: 'DOUBLE',
  date: 'DATE',
  uuid: 'UUID',
  json: 'JSON',
}
