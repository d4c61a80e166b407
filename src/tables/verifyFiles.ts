import { type Engine, QueryError } from '../engine/engine.js'
import { quoteIdentifier, quotePaths } from '../engine/sqlText.js'
import { duckdbType } from '../engine/tableScan.js'
import type { Table } from '../iceberg/catalog.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { currentSchema, currentSnapshot } from '../iceberg/metadata.js'
import { resolveFile } from '../iceberg/plan.js'
import { formatBytes, formatCount } from '../output/quantities.js'
import type { Check } from '../snapshot/connectorChecks.js'
import { lookAt } from './lookAt.js'
import { selectTableFiles } from './selectTableRows.js'
import { tableCommand } from './tableCommand.js'
import type { DeclaredTable, FilledBy } from './tableSpec.js'

/** A table, the data files of its current state, and the objects in its folder: their sizes in bytes by their keys. */
export interface TableFiles {
  readonly table: Table
  readonly files: readonly DataFile[]
  readonly listed: ReadonlyMap<string, number>
}

/** How many footers are read at most. */
export const MOST_FOOTERS = 100

/**
 * Whether the rows that the table's manifests tell of are there: the files, with their exact sizes; their footers; all rows
 * by DuckDB; and the columns that are filled from others. After a step that isn't well the others are left out.
 * @returns whether there are rows, and all can be read
 */
export async function* verifyFiles(
  declared: DeclaredTable,
  { table, files, listed }: TableFiles,
  engine: Engine,
): AsyncGenerator<Check, boolean> {
  const steps = [
    () => checkRowsThere(declared, table, files),
    () => lookAt('files', async () => checkSizes(table, files, listed, declared)),
    () => lookAt('readable', () => checkFooters(table, files, declared, engine)),
    () => lookAt('rows', () => checkCount(table, files, declared, engine)),
    () => lookAt('filled', () => checkFilled(table, files, declared, engine)),
  ]
  for (const step of steps) {
    const check = await step()
    yield check
    if (check.status !== 'ok') return false
  }
  return true
}

/** The rows that the manifests count. */
export const countRows = (files: readonly DataFile[]): number =>
  files.reduce((sum, { recordCount }) => sum + recordCount, 0)

export const sumBytes = (files: readonly DataFile[]): number =>
  files.reduce((sum, { fileSizeBytes }) => sum + fileSizeBytes, 0)

/** A table that was only created is as it should be; of one that had rows something took them all. */
async function checkRowsThere(
  declared: DeclaredTable,
  { metadata }: Table,
  files: readonly DataFile[],
): Promise<Check> {
  const rows = countRows(files)
  if (rows === 0 && !currentSnapshot(metadata))
    return { status: 'warn', check: 'data', found: 'no rows yet', fix: tableCommand(declared, 'insert', 'FILE') }
  if (rows === 0) {
    const fix = `${tableCommand(declared, 'history')} shows what took them; or ${tableCommand(declared, 'insert', 'FILE')}`
    return { status: 'fail', check: 'data', found: 'no rows any more', fix }
  }
  const found = `${formatCount(rows)} row${rows === 1 ? '' : 's'} in ${countFiles(files.length)}, ${formatBytes(sumBytes(files))}`
  return { status: 'ok', check: 'data', found, fix: null }
}

const countFiles = (count: number): string => `${formatCount(count)} file${count === 1 ? '' : 's'}`

/** What brings files back that are gone or cut. */
const restore = (declared: DeclaredTable): string =>
  `put it back from a copy or an earlier version of the object; or ${tableCommand(declared, 'rollback', '--to', 'previous')}`

function checkSizes(
  table: Table,
  files: readonly DataFile[],
  listed: ReadonlyMap<string, number>,
  declared: DeclaredTable,
): Check {
  const faults = files.flatMap(({ path, fileSizeBytes }) => {
    const key = resolveFile(table, path)
    const size = listed.get(key)
    if (size === fileSizeBytes) return []
    return [size === undefined ? `${key} is gone` : `${key} has ${size} bytes instead of ${fileSizeBytes}`]
  })
  if (faults.length > 0) return fault('files', faults, files.length, restore(declared))
  return { status: 'ok', check: 'files', found: `${allOf(files.length)} there, of the right size`, fix: null }
}

const allOf = (count: number): string => (count === 1 ? 'the one file is' : `all ${formatCount(count)} files are`)

const NAMED = 3

/** The first faults by name, and how many there are. */
function fault(check: string, faults: readonly string[], total: number, fix: string): Check {
  const more = faults.length > NAMED ? `; and ${formatCount(faults.length - NAMED)} more` : ''
  const found = `${formatCount(faults.length)} of ${countFiles(total)}: ${faults.slice(0, NAMED).join('; ')}${more}`
  return { status: 'fail', check, found, fix }
}

/** As many rows in each footer as in the manifests. */
async function checkFooters(
  table: Table,
  files: readonly DataFile[],
  declared: DeclaredTable,
  engine: Engine,
): Promise<Check> {
  const looked = evenly(files, MOST_FOOTERS)
  const faults = await findFooterFaults(table, looked, engine)
  if (faults.length > 0) return fault('readable', faults, looked.length, restore(declared))
  const part = looked.length < files.length ? `${looked.length} of ${countFiles(files.length)} looked at: ` : ''
  const found = `${part}the rows of ${looked.length === 1 ? 'its footer are' : 'the footers are'} those of the manifests`
  return { status: 'ok', check: 'readable', found, fix: null }
}

/** So many of them at even steps; all where there are no more. */
function evenly<T>(items: readonly T[], most: number): T[] {
  const step = Math.max(1, items.length / most)
  return items.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step))
}

/** All at once, and where DuckDB can't read one of them, one by one: its message may be about any. */
async function findFooterFaults(table: Table, files: readonly DataFile[], engine: Engine): Promise<string[]> {
  try {
    return await compareFooters(table, files, engine)
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    const [file, ...others] = files
    if (file && others.length === 0) return [`${resolveFile(table, file.path)} can't be read: ${error.message}`]
    const faults: string[] = []
    for (const each of files) faults.push(...(await findFooterFaults(table, [each], engine)))
    return faults.length > 0 ? faults : [error.message]
  }
}

async function compareFooters(table: Table, files: readonly DataFile[], engine: Engine): Promise<string[]> {
  const located = files.map(file => ({ file, key: resolveFile(table, file.path) }))
  const paths = located.map(({ key }) => table.store.locate(key))
  const rows = await engine.rows(`select file_name, num_rows from parquet_file_metadata(${quotePaths(paths)})`)
  const counts = new Map(rows.map(({ file_name, num_rows }) => [String(file_name), Number(num_rows)]))
  return located.flatMap(({ file, key }, i) => {
    const count = counts.get(paths[i] ?? '')
    if (count === file.recordCount) return []
    return [
      `${key} has ${count === undefined ? 'no footer' : `${formatCount(count)} rows`}, not ${formatCount(file.recordCount)}`,
    ]
  })
}

async function checkCount(
  table: Table,
  files: readonly DataFile[],
  declared: DeclaredTable,
  engine: Engine,
): Promise<Check> {
  const [row] = await engine.rows(`select count(*) as n from (${selectTableFiles(table, files)})`)
  const [counted, told] = [Number(row?.n ?? 0), countRows(files)]
  if (counted === told)
    return {
      status: 'ok',
      check: 'rows',
      found: `DuckDB counts ${formatCount(counted)}, as the manifests do`,
      fix: null,
    }
  const found = `DuckDB counts ${formatCount(counted)}, the manifests ${formatCount(told)}`
  return { status: 'fail', check: 'rows', found, fix: restore(declared) }
}

/** Queries leave files out by these columns: a wrong value would hide its row. */
async function checkFilled(
  table: Table,
  files: readonly DataFile[],
  declared: DeclaredTable,
  engine: Engine,
): Promise<Check> {
  const filled = listFilled(table, declared)
  const declaredCount = declared.columns.filter(({ filledBy }) => filledBy).length
  if (filled.length < declaredCount)
    return {
      status: 'fail',
      check: 'filled',
      found: `${declaredCount - filled.length} of the columns that ${declared.file} fills, or what they are filled from, are not there`,
      fix: 'declare what the table has',
    }
  if (filled.length === 0)
    return { status: 'ok', check: 'filled', found: 'no columns are filled from others', fix: null }
  const counts = filled.map(({ name, type, filledBy }, i) => {
    const value = `cast(${filledBy.transform}(${quoteIdentifier(filledBy.column)}) as ${duckdbType(type)})`
    return `count(*) filter (where ${quoteIdentifier(name)} is distinct from ${value}) as c${i}`
  })
  const [row = {}] = await engine.rows(`select ${counts.join(', ')} from (${selectTableFiles(table, files)})`)
  const wrong = filled.flatMap((column, i) => {
    const count = Number(row[`c${i}`])
    return count > 0 ? [`${spellRule(column)} doesn't hold in ${formatCount(count)} row${count === 1 ? '' : 's'}`] : []
  })
  if (wrong.length === 0)
    return { status: 'ok', check: 'filled', found: `${filled.map(spellRule).join(', ')} in all rows`, fix: null }
  const fix = `${tableCommand(declared, 'history')} shows who added rows; roll back to before, and insert them again`
  return { status: 'fail', check: 'filled', found: wrong.join('; '), fix }
}

const spellRule = ({ name, filledBy }: { readonly name: string; readonly filledBy: FilledBy }): string =>
  `${name} = ${filledBy.transform}(${filledBy.column})`

/** The columns with such a rule that the table has. */
function listFilled(table: Table, { columns }: DeclaredTable) {
  const names = new Set(currentSchema(table.metadata).fields.map(({ name }) => name))
  return columns.flatMap(({ name, type, filledBy }) =>
    filledBy && names.has(name) && names.has(filledBy.column) ? [{ name, type, filledBy }] : [],
  )
}
