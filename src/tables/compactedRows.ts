import type { Engine } from '../engine/engine.js'
import { quoteIdentifier } from '../engine/sqlText.js'
import { selectFiles } from '../engine/tableScan.js'
import type { Table } from '../iceberg/catalog.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { currentSchema } from '../iceberg/metadata.js'
import type { NestedField } from '../iceberg/schema.js'
import { RowsLostError } from '../snapshot/partitionRows.js'
import { selectTableFiles } from './selectTableRows.js'
import type { LocalDataFile } from './writeDataFiles.js'

/**
 * That local files hold exactly the rows of a table's files: as many as the manifests say, with as many NULLs in each column
 * as they say, and with the same hash of all values when both are read.
 * @throws {RowsLostError}
 */
export async function requireSameRows(
  table: Table,
  old: readonly DataFile[],
  made: readonly LocalDataFile[],
  engine: Engine,
): Promise<void> {
  const facts = made.map(file => file.facts)
  requireEqual(table, old, 'rows', sum(old, 'recordCount'), sum(facts, 'recordCount'))
  const schema = currentSchema(table.metadata)
  for (const field of schema.fields) requireSameNulls(table, field, old, facts)
  const written = selectFiles(
    schema,
    made.map(({ path }) => path),
  )
  const [before, after] = [
    await hashRows(table, selectTableFiles(table, old), engine),
    await hashRows(table, written, engine),
  ]
  requireEqual(table, old, 'a hash of the rows', before, after)
}

type Counts = Pick<DataFile, 'recordCount' | 'nullValueCounts'>

/** The one thing that tells of values which a reader can't find. Files without the column, or without counts, tell nothing. */
function requireSameNulls(
  table: Table,
  { id, name, type }: NestedField,
  old: readonly DataFile[],
  made: readonly Counts[],
): void {
  if (typeof type === 'object') return
  const count = (files: readonly Counts[]) => files.map(file => file.nullValueCounts.get(id))
  const [before, after] = [count(old), count(made)]
  if ([...before, ...after].includes(undefined)) return
  const total = (counts: readonly (number | undefined)[]) => counts.reduce<number>((all, each) => all + (each ?? 0), 0)
  requireEqual(table, old, `NULLs in ${name}`, total(before), total(after))
}

const sum = (files: readonly Counts[], of: 'recordCount'): number => files.reduce((total, file) => total + file[of], 0)

function requireEqual(
  { name }: Table,
  old: readonly DataFile[],
  what: string,
  before: number | string,
  after: number | string,
): void {
  if (before === after) return
  throw new RowsLostError({
    subject: `table ${name}, ${old.length} files to be merged, from ${old[0]?.path}`,
    expected: `${what}: ${before}`,
    got: `${after}`,
    fix: 'nothing has changed; tables verify looks at each file of this table',
  })
}

/** The same text for the same rows, in whatever order. */
async function hashRows({ metadata }: Table, select: string, engine: Engine): Promise<string> {
  const columns = currentSchema(metadata).fields.map(({ name }) => quoteIdentifier(name))
  const [row = {}] = await engine.rows(
    `select count(*) as n, bit_xor(h) as x, sum(h::hugeint) as s from (select hash(${columns.join(', ')}) as h from (${select}))`,
  )
  return `${row.n} ${row.x} ${row.s}`
}
