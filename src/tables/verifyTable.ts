import type { Table } from '../iceberg/catalog.js'
import { tableFolder } from '../iceberg/location.js'
import { planFiles } from '../iceberg/plan.js'
import { formatCount } from '../output/quantities.js'
import type { Check } from '../snapshot/connectorChecks.js'
import { lookAt, lookFor } from './lookAt.js'
import { tableCommand } from './tableCommand.js'
import type { DeclaredTable } from './tableSpec.js'
import type { VerifyEffects, VerifyOptions } from './verification.js'
import { verifyCare } from './verifyCare.js'
import { verifyDeclared } from './verifyDeclared.js'
import { type TableFiles, verifyFiles } from './verifyFiles.js'
import { verifyQuery } from './verifyQuery.js'
import { verifySnapshots } from './verifySnapshots.js'

/**
 * Looks at a declared table, from its database to what it costs: whether it is there as it is declared, whether its rows are,
 * and whether a query answers. It reads the metadata, lists the table's folder once, and asks nothing of each file but of a
 * hundred their footers.
 */
export async function* verifyTable(
  declared: DeclaredTable,
  options: VerifyOptions,
  effects: VerifyEffects,
): AsyncGenerator<Check> {
  const { check, tables } = await findDatabase(declared, effects)
  yield check
  const loaded = await lookFor('table', () => effects.catalog.load(declared.table))
  if (loaded.kind === 'failed') return yield loaded.check
  const table = loaded.value
  yield judgeTable(declared, table)
  if (!table) return
  yield* verifyDeclared(declared, table.metadata)
  const planned = await lookFor('data', () => findFiles(table))
  if (planned.kind === 'failed') return yield planned.check
  const files = planned.value
  const isReadable = yield* verifyFiles(declared, files, effects.engine)
  if (isReadable) yield* verifyQuery(declared, table, options, effects)
  yield await verifySnapshots(declared, files)
  yield* verifyCare(declared, { ...files, catalogTables: tables, isReadable }, options, effects)
}

/** A catalog of files knows databases by the names of their tables. */
async function findDatabase(
  declared: DeclaredTable,
  { catalog }: VerifyEffects,
): Promise<{ readonly check: Check; readonly tables: number }> {
  const { database } = declared
  let [all, inside] = [0, 0]
  const check = await lookAt('database', async () => {
    for await (const each of catalog.list()) {
      all++
      if (each.startsWith(`${database}.`)) inside++
    }
    const fix = `${tableCommand(declared, 'create')}; or name another --stage`
    if (inside === 0) return { status: 'fail', check: 'database', found: `${database}: no tables in this lake`, fix }
    const found = `${database}, ${inside} table${inside === 1 ? '' : 's'}`
    return { status: 'ok', check: 'database', found, fix: null }
  })
  return { check, tables: all }
}

function judgeTable(declared: DeclaredTable, table: Table | undefined): Check {
  const check = 'table'
  const called = declared.table
  if (!table)
    return { status: 'fail', check, found: `${called}: none in this lake`, fix: tableCommand(declared, 'create') }
  const { metadata, version } = table
  const found = `${called}, format ${metadata['format-version']}, version ${formatCount(version)} of its metadata`
  return { status: 'ok', check, found, fix: null }
}

/** @throws what `planFiles` does: for a table that can't be read rightly */
async function findFiles(table: Table): Promise<TableFiles> {
  const files = await planFiles(table, [])
  const listed = new Map<string, number>()
  for await (const { key, sizeBytes } of table.store.list(`${tableFolder(table)}/`)) listed.set(key, sizeBytes)
  return { table, files, listed }
}
