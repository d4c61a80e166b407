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
  /** The row itself as SQL, of what was given of a column by its place; for bad ones. Left out where somebody else has it. */
  readonly row?: (given: (place: number) => string) => string
}

/**
 * A SELECT that checks rows: `line`, `reason` (NULL of good rows), `row` of bad ones, and `v0`, `v1`, … with the values of
 * the table's columns. A column that is filled isn't told of where the one that it is filled from is.
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
    const fill = rule.filledBy && planFill(rule.filledBy, field, schema, rules)
    return checkColumn(field, i, columns.get(field.name), rule, fill)
  })
  const checked = `select line, nullif(concat_ws('; ', told, ${checks.map(({ reason }) => reason).join(',\n')}), '') as reason,
  ${[...(row ? schema.fields.map((_, i) => givenName(i)) : []), ...checks.map(({ value }) => value)].join(', ')}
from (
  select line, told, ${checks.flatMap(({ read }) => read).join(', ')}
  from (
    select ${line} as line, ${told} as told, ${checks.map(({ given }) => given).join(', ')}
    from ${from}
  )
)`
  if (!row) return checked
  return `select line, reason, case when reason is not null then ${row(givenName)} end as row,
  ${schema.fields.map((_, i) => valueName(i)).join(', ')} from (${checked})`
}

const givenName = (place: number): string => `g${place}`
const valueName = (place: number): string => `v${place}`

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
  fill: Fill | undefined,
): ColumnCheck {
  const [given, value] = [givenName(i), valueName(i)]
  const read = column?.read(given) ?? { value: nullOf(field), fault: 'null' }
  const isRequired = field.required || rule.required === true
  const missing = fill ? `if(${fill.value} is null, 'missing', null)` : "'missing'"
  const wrong = fill ? filledFault(rule, value, fill) : ruleFaultSql(field.type, rule, value)
  return {
    given: `${column?.given ?? 'null'} as ${given}`,
    read: [given, `${read.value} as ${value}`],
    value: fill ? `${fill.value} as ${value}` : value,
    reason: `${quoteString(`${field.name}: `)} || (case
      ${column ? `when ${column.isTold(given)} then null` : ''}
      ${fill ? `when ${given} is null and ${fill.isTold} then null` : ''}
      when ${given} is null then ${isRequired ? missing : 'null'}
      when ${value} is null then ${read.fault}
      ${fill ? `when ${fill.isTold} then null` : ''}
      else ${wrong}
    end)`,
  }
}

/** What a column is filled with. */
interface Fill {
  readonly value: string
  /** Whether there is nothing to fill it with, as is told of the column that it is made of. */
  readonly isTold: string
}

function planFill(
  { column, transform }: FilledBy,
  field: NestedField,
  schema: Schema,
  rules: ReadonlyMap<string, DeclaredColumn>,
): Fill {
  const place = schema.fields.findIndex(({ name }) => name === column)
  const source = schema.fields[place]
  if (!source) return { value: nullOf(field), isTold: 'false' }
  const isRequired = source.required || rules.get(column)?.required === true
  const isNone = `${valueName(place)} is null`
  return {
    value: `cast(${transform}(${valueName(place)}) as ${duckdbType(field.type)})`,
    isTold: isRequired ? isNone : `${isNone} and ${givenName(place)} is not null`,
  }
}

/** Who gives a column that is filled must give what it is filled with. */
const filledFault = ({ filledBy }: Partial<DeclaredColumn>, value: string, fill: Fill): string =>
  `case when ${value} is distinct from ${fill.value} then ${value} || ${quoteString(` is not the ${filledBy?.transform} of ${filledBy?.column}, `)}
    || coalesce(cast(${fill.value} as varchar), 'which is missing') end`

const nullOf = (field: NestedField): string => `cast(null as ${duckdbType(field.type)})`

/** The columns of the table in their order, of rows that {@link checkSql} found good. */
export const goodSql = ({ schema }: CheckTarget, from: string): string =>
  `select ${schema.fields.map(({ name }, i) => `v${i} as ${quoteIdentifier(name)}`).join(', ')} from ${from} where reason is null`
