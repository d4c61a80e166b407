import { EXIT, StocktakeError } from '../errors.js'
import type { Table } from '../iceberg/catalog.js'
import { currentSchema } from '../iceberg/metadata.js'
import { formatCount } from '../output/quantities.js'
import { formatSuggestion } from '../output/suggestion.js'
import { type AppendEffects, type Appended, AppendUnknownError, appendRows, hasBatch } from './appendRows.js'
import { SHOWN_ROWS } from './badRows.js'
import { type CheckedRows, checkRows, type RowsFile } from './checkRows.js'
import {
  dropRejected,
  findStaged,
  placeRejected,
  type RejectedPlace,
  requireFree,
  requirePlace,
  type StagedRejected,
  stageRejected,
} from './rejectedFile.js'
import { describeLimit, mostRejected, NONE_REJECTED, type RejectedLimit } from './rejectedLimit.js'
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
  /** More bad rows refuse all. */
  readonly limit: RejectedLimit
  /** Where bad rows are kept apart; made only if there are any. */
  readonly rejected: RejectedPlace
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
  /** Where they are. */
  readonly rejectedFile?: string
  /** The first of them. */
  readonly shown: readonly ShownRow[]
  /** Where the batch is in the table already: files of bad rows that a killed insert left without their name. */
  readonly leftOver?: readonly string[]
}

/** Rows that the table doesn't take, or not all. Nothing was added. */
export class RowsRefusedError extends StocktakeError {
  override readonly exitCode = EXIT.refused
}

/**
 * Inserts the good rows of files into a table in one snapshot, and keeps the bad ones apart in a file: whole before the
 * snapshot is there, under its name once it is. Where nothing is added there is no such file, unless that is because of
 * its rows.
 * @throws {RowsRefusedError} for a column that the table doesn't have, where no row is good, and for more bad ones than allowed
 * @throws {RulesLostError} where the file doesn't declare the table as it is
 * @throws {RowsFileError} {@link NotFoundError} for a file that can't be read
 * @throws {UsageError} {@link OutputFileError} where the file for bad rows can't be made
 * @throws what `appendRows` does
 */
export async function insertRows(
  options: InsertOptions,
  declared: DeclaredTable,
  table: Table,
  effects: AppendEffects,
): Promise<Inserted> {
  if (hasBatch(table.metadata, options.batch)) {
    const leftOver = await findStaged(options.rejected)
    return { appended: { kind: 'unchanged', why: 'batch' }, ...NONE_BAD, leftOver }
  }
  requireRules(declared, currentSchema(table.metadata))
  if (!options.rejected.isDefault) await requirePlace(options.rejected)
  const checked = await checkAll(options.inputs, declared, table, effects)
  const goodRows = checked.reduce((sum, each) => sum + each.goodRows, 0)
  const bad = gatherBad(checked)
  const staged = bad.badRows > 0 ? await stageBad(checked, options) : undefined
  if (staged) await requireFew(goodRows, bad, staged, options)
  const rows = {
    select: checked.map(({ good }) => good).join('\nunion all\n'),
    params: {},
    count: goodRows,
    ...(options.batch !== undefined && { batch: options.batch }),
  }
  effects.freeMemory()
  const appended = await appendRows(rows, table, effects).catch(async error => {
    if (staged) await (error instanceof AppendUnknownError ? keep(staged, options) : dropRejected(staged))
    throw error
  })
  if (appended.kind === 'appended')
    return { appended, ...bad, ...(staged && { rejectedFile: await keep(staged, options) }) }
  if (staged) await dropRejected(staged)
  return { appended, ...NONE_BAD }
}

type Bad = Pick<Inserted, 'badRows' | 'shown'>
const NONE_BAD: Bad = { badRows: 0, shown: [] }

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
    const named = inputs.length > 1 ? { ...input, shownName: input.name } : input
    const found = await checkRows(named, target, engine)
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

function gatherBad(checked: readonly CheckedFile[]): Bad {
  const shown = checked.flatMap(({ name, bad }) => bad.first.map(row => ({ file: name, ...row })))
  return { badRows: checked.reduce((sum, { bad }) => sum + bad.count, 0), shown: shown.slice(0, SHOWN_ROWS) }
}

async function stageBad(checked: readonly CheckedFile[], { rejected }: InsertOptions): Promise<StagedRejected> {
  return stageRejected(
    checked.filter(({ bad }) => bad.count > 0).map(({ bad }) => bad.path),
    rejected,
  )
}

/** @throws {RowsRefusedError} for more bad rows than allowed; they are where it says */
async function requireFew(goodRows: number, bad: Bad, staged: StagedRejected, options: InsertOptions): Promise<void> {
  const total = goodRows + bad.badRows
  if (goodRows > 0 && bad.badRows <= mostRejected(options.limit, total)) return requireFree(staged, options.rejected)
  const path = await keep(staged, options)
  const [first] = bad.shown
  const where = first ? ` (the first: ${placeOf(first, options.inputs.length > 1)}: ${first.reason})` : ''
  const isNone = goodRows === 0 && mostRejected(options.limit, total) > 0
  throw new RowsRefusedError({
    subject: options.inputs.map(({ name }) => name).join(', '),
    expected: isNone ? 'a good row' : describeLimit(options.limit, total),
    got: `${formatCount(bad.badRows)} bad of ${formatCount(total)}${where}`,
    fix: `nothing was added; they are in ${path} with what is wrong with them${isNone || options.limit === NONE_REJECTED ? '' : '; --max-rejected bears more'}`,
  })
}

/** Gives bad rows their name, or one beside it: what became of the good ones is settled. @returns where they are */
const keep = (staged: StagedRejected, { rejected }: InsertOptions): Promise<string> =>
  placeRejected(staged, { ...rejected, isDefault: true }).catch(() => staged.path)

/** `line 3`, or `sales.csv, line 3` where there are several files. */
export const placeOf = ({ file, line }: ShownRow, isOneOfMany: boolean): string =>
  `${isOneOfMany ? `${file}, ` : ''}line ${formatCount(line)}`
