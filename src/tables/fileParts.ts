import type { Engine, Params, Row } from '../engine/engine.js'
import { quoteIdentifier } from '../engine/sqlText.js'
import { ColumnValueError } from '../iceberg/errors.js'
import type { PartitionValue } from '../iceberg/partitionSpec.js'
import type { Schema } from '../iceberg/schema.js'
import { parseValueText } from '../iceberg/valueText.js'
import { orderBy, type PartitionColumn } from './fileLayout.js'
import { hasNested, measureRows, mostRowsOf, rowGroupRowsOf } from './rowBytes.js'

/** Rows that wait in a table of the engine to be written, with the values of their partition and {@link PIECE} beside them. */
export interface StagedRows {
  /** The table, quoted. */
  readonly rows: string
  readonly schema: Schema
  readonly columns: readonly PartitionColumn[]
  /** Terms of an ORDER BY. */
  readonly order: readonly string[]
}

/** The rows of one file. */
export interface FilePart {
  readonly where: readonly string[]
  readonly params: Params
  readonly partition: Readonly<Record<string, PartitionValue>>
  readonly rowGroupRows: number
  /** How many pieces of so many rows the rows are at most. */
  readonly rowGroups: number
}

/**
 * Decides which rows go into which file, and marks those of partitions that are of several.
 * @param targetBytes no file is of more rows than take that many bytes in memory
 * @returns by partition, in the order of its values, and then in the table's order
 */
export async function splitByFiles(staged: StagedRows, targetBytes: number, engine: Engine): Promise<FilePart[]> {
  const rowBytes = await measureRows(staged.rows, staged.schema, engine)
  const mostRows = mostRowsOf(staged.schema, rowBytes, targetBytes)
  const rowGroupRows = rowGroupRowsOf(staged.schema, rowBytes)
  const groups = await findPartitions(staged, engine)
  const parts = groups.map(({ rows, ...group }) => {
    const pieces = Math.ceil(rows / mostRows)
    return { ...group, pieces, rowGroups: Math.ceil(Math.ceil(rows / pieces) / rowGroupRows) }
  })
  const parted = parts.filter(({ pieces }) => pieces > 1)
  for (const part of parted) await splitPartition(staged, part, engine)
  return parts.flatMap(({ pieces, where, ...part }) =>
    Array.from({ length: pieces }, (_, piece) => ({
      ...part,
      where: pieces === 1 ? where : [...where, `${PIECE} = ${piece}`],
      rowGroupRows,
    })),
  )
}

type Group = Pick<FilePart, 'where' | 'params' | 'partition'> & { readonly rows: number }

/** The partitions of the rows, in the order of their values. */
async function findPartitions({ rows, columns }: StagedRows, engine: Engine): Promise<Group[]> {
  const texts = columns.map(({ text }, i) => `${text} as v${i}`)
  const by = columns.map(({ column }) => column)
  const grouped = by.length === 0 ? ' having count(*) > 0' : ` group by ${by.join(', ')}${orderBy(by)}`
  const found = await engine.rows(`select ${[...texts, 'count(*) as n'].join(', ')} from ${rows}${grouped}`)
  return found.map((row, n) => {
    const given = columns.filter((_, i) => row[`v${i}`] !== null)
    return {
      rows: Number(row.n),
      partition: Object.fromEntries(columns.map((column, i) => [column.name, partitionValue(column, row, i)])),
      where: [
        'true',
        ...columns.map(({ column, fromText }, i) => toCondition(column, fromText, row[`v${i}`], `p${n}_${i}`)),
      ],
      params: Object.fromEntries(
        given.map(column => [`p${n}_${columns.indexOf(column)}`, textOf(row, columns.indexOf(column))]),
      ),
    }
  })
}

const textOf = (row: Row, i: number): string => String(row[`v${i}`])

const toCondition = (column: string, fromText: (param: string) => string, value: unknown, param: string): string =>
  value === null ? `${column} is null` : `${column} = ${fromText(`$${param}`)}`

function partitionValue({ name, type }: PartitionColumn, row: Row, i: number): PartitionValue {
  if (row[`v${i}`] === null) return null
  const value = parseValueText(type, textOf(row, i))
  if (value !== undefined) return value
  throw new ColumnValueError({
    subject: `partition field ${name}`,
    expected: `a value of ${type}`,
    got: textOf(row, i),
  })
}

/** Numbers the rows of a partition by the files that they go to: as many in each, in the table's order. */
async function splitPartition(
  { rows, order }: StagedRows,
  { where, params, pieces }: Pick<FilePart, 'where' | 'params'> & { pieces: number },
  engine: Engine,
): Promise<void> {
  const narrow = `select rowid as id, ntile(${pieces}) over (${orderBy([...order, 'rowid'])}) - 1 as piece
    from ${rows} where ${where.join(' and ')}`
  await engine.run(
    `update ${rows} set ${PIECE} = placed.piece from (${narrow}) as placed where ${rows}.rowid = placed.id`,
    params,
  )
}

/**
 * Each file of wide rows is found by a scan of all of them. Where they are many, the rows of some files at a time are put
 * apart first: so many at a time that the scans of all and of those are about as many.
 */
export function groupParts(parts: readonly FilePart[], schema: Schema): FilePart[][] {
  const length =
    hasNested(schema) && parts.length > FEW_PARTS ? Math.ceil(Math.sqrt(parts.length)) : Math.max(1, parts.length)
  return Array.from({ length: Math.ceil(parts.length / length) }, (_, i) => parts.slice(i * length, (i + 1) * length))
}

const FEW_PARTS = 32

/** Of the rows of a file, in the table that they wait in; its parameters are the part's. */
export const conditionOf = ({ where }: FilePart): string => where.join(' and ')

/** The piece of its partition that a row goes to, where a partition is of several files. */
export const PIECE = quoteIdentifier('the piece of a partition')
