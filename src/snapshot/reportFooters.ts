import type { Engine } from '../engine/engine.js'
import { isPlainUrl } from '../engine/httpfs.js'
import { quotePaths } from '../engine/sqlText.js'
import { ReportRefusedError } from '../errors.js'
import type { FieldType } from '../inventory/fields.js'
import type { LoadedManifest } from '../inventory/loadManifest.js'
import type { DataFile } from '../inventory/manifest.js'
import type { OrcKind } from '../inventory/orc/footer.js'
import { openOrc } from '../inventory/orc/orcFile.js'
import { inParallel } from '../lake/inParallel.js'
import type { ObjectStore } from '../lake/objectStore.js'
import type { Transport } from './remoteFiles.js'

export interface FooterEffects {
  readonly reports: ObjectStore
  readonly engine: Engine
  readonly transport: Pick<Transport, 'openHttpfs'>
}

/**
 * Reads the footers of a report's data files, which an engine elsewhere reads as its table says they are: one that lacks a column
 * would give NULLs without a word.
 * @returns the rows that they have; `undefined` where that can't be known: CSV has no footers
 * @throws {ReportRefusedError} for a file that is another than the table says, which DuckDB may yet read
 */
export async function readFooters(loaded: LoadedManifest, effects: FooterEffects): Promise<number | undefined> {
  const { format, files } = loaded.manifest
  if (format === 'CSV') return undefined
  return files.length === 0
    ? 0
    : format === 'ORC'
      ? readOrcFooters(loaded, effects)
      : readParquetFooters(loaded, effects)
}

/** A column of a file, by its own name. */
interface FileColumn {
  readonly name: string
  readonly type: string
}

async function readParquetFooters(
  loaded: LoadedManifest,
  { reports, engine, transport }: FooterEffects,
): Promise<number | undefined> {
  const paths = loaded.manifest.files.map(({ key }) => reports.locate(key))
  if (!paths.every(isPlainUrl) || !(await transport.openHttpfs())) return undefined
  const list = quotePaths(paths)
  const columns = new Map<string, FileColumn[]>()
  for (const { file_name, name, type } of await engine.rows(
    `select file_name, name, concat_ws(' ', type, converted_type, logical_type) as type from parquet_schema(${list})`,
  )) {
    const found = columns.get(String(file_name)) ?? []
    columns.set(String(file_name), found)
    found.push({ name: String(name), type: String(type) })
  }
  for (const path of paths) requireColumns(path, columns.get(path) ?? [], PARQUET_TYPES, loaded)
  const [counted] = await engine.rows(`select sum(num_rows)::bigint as n from parquet_file_metadata(${list})`)
  return Number(counted?.n)
}

const PARQUET_TYPES: Readonly<Record<FieldType, RegExp>> = {
  string: /^BYTE_ARRAY/,
  long: /^INT(32|64)($| INT)/i,
  boolean: /^BOOLEAN/,
  timestamp: /^(INT64 TIMESTAMP|INT96)/i,
}

/** How many footers are read at once. */
const WIDTH = 8

async function readOrcFooters(loaded: LoadedManifest, { reports }: FooterEffects): Promise<number> {
  const names = loaded.manifest.columns.map(name => name.toLowerCase())
  let rows = 0
  await inParallel(loaded.manifest.files, WIDTH, async file => {
    const url = `${reports.url}/${file.key}`
    const { columns, rowCount } = await openOrc(byteSource(file, reports), url)
    requireColumns(
      url,
      columns.map(({ name, kind }) => ({ name, type: kind })),
      ORC_KINDS,
      loaded,
    )
    const found = columns.map(({ name }) => name.toLowerCase())
    if (names.some((name, i) => found[i] !== name))
      throw unlike(url, `columns in the manifest's order: ${names.join(', ')}`, found.join(', '))
    rows += rowCount
  })
  return rows
}

const kinds = (...all: OrcKind[]): RegExp => new RegExp(`^(${all.join('|')})$`)

const ORC_KINDS: Readonly<Record<FieldType, RegExp>> = {
  string: kinds('STRING', 'VARCHAR', 'CHAR'),
  long: kinds('LONG', 'INT', 'SHORT', 'BYTE'),
  boolean: kinds('BOOLEAN'),
  timestamp: kinds('TIMESTAMP'),
}

const byteSource = ({ key, sizeBytes }: DataFile, reports: ObjectStore) => ({
  sizeBytes,
  read: (start: number, end: number) => reports.read(key, { start, end }),
})

function requireColumns(
  url: string,
  found: readonly FileColumn[],
  types: Readonly<Record<FieldType, RegExp>>,
  { columns: { fields } }: LoadedManifest,
): void {
  const byName = new Map(found.map(({ name, type }) => [name.toLowerCase(), type]))
  for (const { reportColumn, field } of fields) {
    const type = byName.get(reportColumn.toLowerCase())
    if (type === undefined) throw unlike(url, `a column ${reportColumn}`, 'none')
    if (!types[field.type].test(type)) throw unlike(url, `a ${field.type} in column ${reportColumn}`, type)
  }
}

const unlike = (subject: string, expected: string, got: string): ReportRefusedError =>
  new ReportRefusedError({
    subject,
    expected,
    got,
    fix: 'wait for the next delivery, or import it with --engine duckdb',
  })
