import { rm, stat } from 'node:fs/promises'
import { EXIT, StocktakeError } from '../errors.js'
import type { Table } from '../iceberg/catalog.js'
import { currentSchema } from '../iceberg/metadata.js'
import type { OutputFile } from '../output/outputFile.js'
import { formatCount } from '../output/quantities.js'
import { formatSuggestion } from '../output/suggestion.js'
import { type AppendEffects, type Appended, AppendUnknownError, appendRows, hasBatch } from './appendRows.js'
import { type CheckedRows, checkRows, type RowsFile } from './checkRows.js'
import { writeRejected } from './rejectedFile.js'
import { requireRules } from './requireRules.js'
import type { DeclaredTable } from './tableSpec.js'

/** A file of rows, and what the person calls it. */
export interface NamedRows extends RowsFile {
  readonly name: string
}

export interface InsertOptions {
  readonly inputs: readonly NamedRows[]
  /** See `Rows.batch`. */
  readonly batch?: string
  /** One bad row refuses all. */
  readonly strict: boolean
  /** Where bad rows are kept apart; made only if there are any. */
  readonly rejected: OutputFile
}

/** A row that isn't in the table. */
export interface ShownRow {
  /** The name of its file. */
  readonly file: string
  readonly line: number
  readonly reason: string
}

/** What became of files of rows. */
export interface Inserted {
  readonly appended: Appended
  /** How many rows were kept apart. */
  readonly badRows: number
  /** The first of them. */
  readonly shown: readonly ShownRow[]
}

/** Rows that the table doesn't take, or not all. Nothing was added. */
export class RowsRefusedError extends StocktakeError {
  override readonly exitCode = EXIT.refused
}

/**
 * Inserts the good rows of files into a table in one snapshot, and keeps the bad ones apart in a file, which is there before
 * the snapshot is. Where nothing is added that file isn't made, unless that is because of its rows.
 * @throws {RowsRefusedError} for a column that the table doesn't have, where no row is good, and for a bad one if it is strict
 * @throws {RulesLostError} where the file doesn't declare the table as it is
 * @throws {RowsFileError} {@link NotFoundError} for a file that can't be read
 * @throws {UsageError} where the file for bad rows can't be made
 * @throws what `appendRows` does
 */
export async function insertRows(
  options: InsertOptions,
  declared: DeclaredTable,
  table: Table,
  effects: AppendEffects,
): Promise<Inserted> {
  if (hasBatch(table.metadata, options.batch)) return { appended: { kind: 'unchanged', why: 'batch' }, ...NONE_BAD }
  requireRules(declared, currentSchema(table.metadata))
  const checked = await checkAll(options.inputs, declared, table, effects)
  const bad = await keepApart(checked, options, effects)
  const goodRows = checked.reduce((sum, each) => sum + each.goodRows, 0)
  if (bad.badRows > 0 && (options.strict || goodRows === 0)) throw refusal(goodRows, bad, options)
  const rows = {
    select: checked.map(({ good }) => good).join('\nunion all\n'),
    params: {},
    count: goodRows,
    ...(options.batch !== undefined && { batch: options.batch }),
  }
  effects.freeMemory()
  const appended = await appendRows(rows, table, effects).catch(async error => {
    if (!(error instanceof AppendUnknownError)) await forget(bad, options)
    throw error
  })
  if (appended.kind === 'appended') return { appended, badRows: bad.badRows, shown: bad.shown }
  await forget(bad, options)
  return { appended, ...NONE_BAD }
}

interface Bad extends Pick<Inserted, 'badRows' | 'shown'> {
  /** Of the file in which they are kept apart: it may be another's by the time it is to go. */
  readonly fileId?: bigint
}
const NONE_BAD: Bad = { badRows: 0, shown: [] }

/** The bad rows are where they came from: they are kept apart only from rows that were added. */
async function forget({ fileId }: Bad, { rejected }: InsertOptions): Promise<void> {
  if (fileId !== undefined && fileId === (await findFileId(rejected.path))) await rm(rejected.path, { force: true })
}

/** Another file of the same name has another. */
const findFileId = async (path: string): Promise<bigint | undefined> =>
  (await stat(path, { bigint: true }).catch(() => undefined))?.ino

type CheckedFile = CheckedRows & Pick<NamedRows, 'name'>

async function checkAll(
  inputs: readonly NamedRows[],
  { columns }: DeclaredTable,
  table: Table,
  { engine, progress }: AppendEffects,
): Promise<CheckedFile[]> {
  const target = { schema: currentSchema(table.metadata), columns }
  const checked: CheckedFile[] = []
  for (const [done, input] of inputs.entries()) {
    progress({ phase: 'check', done, total: inputs.length, unit: 'files' })
    const found = await checkRows(input, target, engine)
    requireKnown(input, found, table)
    checked.push({ ...found, name: input.name })
  }
  return checked
}

function requireKnown({ name }: NamedRows, { unknownColumns }: CheckedRows, table: Table): void {
  const [first] = unknownColumns
  if (first === undefined) return
  const names = currentSchema(table.metadata).fields.map(field => field.name)
  throw new RowsRefusedError({
    subject: name,
    expected: `columns of ${table.name}`,
    got: unknownColumns.map(column => JSON.stringify(column)).join(', '),
    fix: formatSuggestion(first, names) ?? 'nothing was added',
  })
}

async function keepApart(
  checked: readonly CheckedFile[],
  { rejected }: InsertOptions,
  { engine }: AppendEffects,
): Promise<Bad> {
  const withBad = checked.filter(({ badRows }) => badRows > 0)
  if (withBad.length === 0) return NONE_BAD
  await writeRejected(
    withBad.map(({ name, bad }) => ({ bad, ...(checked.length > 1 && { file: name }) })),
    rejected,
    engine,
  )
  const fileId = await findFileId(rejected.path)
  const shown: ShownRow[] = []
  for (const { name, bad } of withBad) {
    if (shown.length >= SHOWN) break
    const rows = await engine.rows(`select line, reason from (${bad}) order by line limit ${SHOWN - shown.length}`)
    shown.push(...rows.map(({ line, reason }) => ({ file: name, line: Number(line), reason: String(reason) })))
  }
  const badRows = withBad.reduce((sum, each) => sum + each.badRows, 0)
  return { badRows, shown, ...(fileId !== undefined && { fileId }) }
}

/** How many bad rows are told one by one. */
const SHOWN = 5

function refusal(goodRows: number, { badRows, shown }: Bad, { inputs, strict, rejected }: InsertOptions) {
  const [first] = shown
  const where = first ? ` (the first: ${placeOf(first, inputs.length > 1)}: ${first.reason})` : ''
  const total = goodRows + badRows
  return new RowsRefusedError({
    subject: inputs.map(({ name }) => name).join(', '),
    expected: strict ? 'good rows only, as --strict says' : 'a good row',
    got: `${formatCount(badRows)} bad of ${formatCount(total)}${where}`,
    fix: `nothing was added; they are in ${rejected.path} with what is wrong with them`,
  })
}

/** `line 3`, or `sales.csv, line 3` where there are several files. */
export const placeOf = ({ file, line }: ShownRow, isOneOfMany: boolean): string =>
  `${isOneOfMany ? `${file}, ` : ''}line ${formatCount(line)}`
