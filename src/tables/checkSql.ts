import { quoteIdentifier, quoteString } from '../engine/sqlText.js'
import { duckdbType } from '../engine/tableScan.js'
import type { NestedField, Schema } from '../iceberg/schema.js'
import { ruleFaultSql } from './columnRules.js'
import type { DeclaredColumn, FilledBy } from './tableSpec.js'
import type { TextValueSql } from './textValueSql.js'

/** SQL about one column of the rows that are checked. */
export interface GivenColumn {
  /** What was given, as SQL about the source; NULL where nothing was. */
  readonly given: string
  /**
   * The value, exactly typed, and what is wrong where there is none, as SQL about what was given. The fault is asked for
   * bad values only, and may take its time.
   */
  readonly read: (given: string) => TextValueSql
  /** Whether `told` has it already. */
  readonly isTold: (given: string) => string
}

/** What rows are checked against: the columns of the table, and what the spec says of them. */
export interface CheckTarget {
  readonly schema: Schema
  readonly columns: readonly DeclaredColumn[]
}

/** Rows to be checked, as SQL. */
export interface CheckSource {
  readonly from: string
  readonly line: string
  /** What is known to be wrong with a row, or NULL. */
  readonly told: string
  /** The row itself, for bad ones; left out where somebody else has it. */
  readonly row?: string
}

/**
 * A SELECT that checks rows: `line`, `reason` (NULL of good rows), `row` of bad ones, and `v0`, `v1`, … with the values of
 * the table's columns.
 * @param columns by name; a column that isn't there is NULL in all rows
 */
export function checkSql(
  { from, line, told, row }: CheckSource,
  columns: ReadonlyMap<string, GivenColumn>,
  { schema, columns: declared }: CheckTarget,
): string {
  const rules = new Map(declared.map(rule => [rule.name, rule]))
  const checks = schema.fields.map((field, i) => {
    const rule: Partial<DeclaredColumn> = rules.get(field.name) ?? {}
    const fill = rule.filledBy && fillSql(rule.filledBy, field, schema)
    return checkColumn(field, i, columns.get(field.name), rule, fill)
  })
  const reasons = checks.map(({ reason }) => reason)
  const names = row === undefined ? ['line', 'told'] : ['line', 'told', 'row']
  return `select line, nullif(concat_ws('; ', told, ${reasons.join(',\n')}), '') as reason,
  ${row === undefined ? '' : 'row,'} ${checks.map(({ value }) => value).join(', ')}
from (
  select ${names.join(', ')}, ${checks.flatMap(({ read }) => read).join(', ')}
  from (
    select ${line} as line, ${told} as told, ${row === undefined ? '' : `${row} as row,`} ${checks.map(({ given }) => given).join(', ')}
    from ${from}
  )
)`
}

/** The SQL of one column in each of the three SELECTs, the innermost first. */
interface ColumnCheck {
  readonly given: string
  /** The value beside what was given, which its fault is made of. */
  readonly read: readonly string[]
  readonly value: string
  readonly reason: string
}

function checkColumn(
  field: NestedField,
  i: number,
  column: GivenColumn | undefined,
  rule: Partial<DeclaredColumn>,
  fill: string | undefined,
): ColumnCheck {
  const [given, value] = [`g${i}`, `v${i}`]
  const read = column?.read(given) ?? { value: nullOf(field), fault: 'null' }
  const isRequired = field.required || rule.required === true
  const missing = !isRequired ? 'null' : fill === undefined ? "'missing'" : `if(${fill} is null, 'missing', null)`
  const wrong = fill === undefined ? ruleFaultSql(field.type, rule, value) : filledFault(rule, value, fill)
  return {
    given: `${column?.given ?? 'null'} as ${given}`,
    read: [given, `${read.value} as ${value}`],
    value: fill === undefined ? value : `${fill} as ${value}`,
    reason: `${quoteString(`${field.name}: `)} || (case
      ${column ? `when ${column.isTold(given)} then null` : ''}
      when ${given} is null then ${missing}
      when ${value} is null then ${read.fault}
      else ${wrong}
    end)`,
  }
}

function fillSql({ column, transform }: FilledBy, field: NestedField, schema: Schema): string {
  const place = schema.fields.findIndex(({ name }) => name === column)
  return place < 0 ? nullOf(field) : `cast(${transform}(v${place}) as ${duckdbType(field.type)})`
}

/** Who gives a column that is filled must give what it is filled with. */
const filledFault = ({ filledBy }: Partial<DeclaredColumn>, value: string, fill: string): string =>
  `case when ${value} is distinct from ${fill} then ${value} || ${quoteString(` is not the ${filledBy?.transform} of ${filledBy?.column}, `)}
    || coalesce(cast(${fill} as varchar), 'which is missing') end`

const nullOf = (field: NestedField): string => `cast(null as ${duckdbType(field.type)})`

/** The columns of the table in their order, of rows that {@link checkSql} found good. */
export const goodSql = ({ schema }: CheckTarget, from: string): string =>
  `select ${schema.fields.map(({ name }, i) => `v${i} as ${quoteIdentifier(name)}`).join(', ')} from ${from} where reason is null`
