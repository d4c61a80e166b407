import { quoteString } from '../engine/sqlText.js'
import { duckdbType } from '../engine/tableScan.js'
import type { Type } from '../iceberg/schema.js'
import type { DeclaredColumn } from './tableSpec.js'
import { shownSql } from './textValueSql.js'

/**
 * SQL that says what is wrong with a value that its type allows: by the column's rules (`one_of`, `min`, `max`, `length`),
 * and by what no table is to hold: NaN and infinity, NULL within lists, years beyond 1 to 9999, where engines differ, and NUL,
 * which DuckDB, Trino and Spark keep, but programs in C, PostgreSQL and readers of CSV cut a text at, or refuse.
 * @param value the SQL of the value, typed, not NULL
 * @returns NULL where nothing is; several with '; ' between, each without the column's name
 */
export function ruleFaultSql(type: Type, rules: Partial<DeclaredColumn>, value: string): string {
  const { oneOf, min, max, length } = rules
  const shown = shownSql(`cast(${value} as varchar)`)
  const faults = [...soundFaults(type, value, shown)]
  if (oneOf)
    faults.push(
      fault(
        `cast(${value} as varchar) not in (${oneOf.map(quoteString).join(', ')})`,
        shown,
        ` is none of ${oneOf.join(', ')}`,
      ),
    )
  if (min !== undefined) faults.push(fault(`${value} < ${bound(type, min)}`, shown, ` is below ${min}`))
  if (max !== undefined) faults.push(fault(`${value} >= ${bound(type, max)}`, shown, ` is not below ${max}`))
  if (length !== undefined) {
    const expected = ` values, ${length.toLocaleString('en')} expected`
    faults.push(fault(`len(${value}) <> ${length}`, `format('{:,}', len(${value}))`, expected))
  }
  return faults.length === 0 ? 'cast(null as varchar)' : `nullif(concat_ws('; ', ${faults.join(', ')}), '')`
}

const fault = (condition: string, shown: string, text: string): string =>
  `case when ${condition} then ${shown} || ${quoteString(text)} end`

const bound = (type: Type, text: string): string => `cast(${quoteString(text)} as ${duckdbType(type)})`

function soundFaults(type: Type, value: string, shown: string): string[] {
  if (typeof type === 'object') return type.type === 'list' ? [elementFault(type.element, value)] : []
  if (type === 'string') return [fault(hasNul(value), "''", WITH_NUL)]
  const unsound = unsoundSql(type, value)
  return unsound === undefined ? [] : [fault(unsound.condition, shown, unsound.text)]
}

const hasNul = (text: string): string => `contains(${text}, chr(0))`
const WITH_NUL = 'a text with NUL'

/** What is wrong with the first element of a list that can't be. */
function elementFault(element: Type, value: string): string {
  const unsound = unsoundSql(element, 'x')
  const isSound = unsound ? `not coalesce(${unsound.condition}, true)` : 'x is not null'
  const place = `nullif(list_position(list_transform(${value}, lambda x: ${isSound}), false), 0)`
  const shown = shownSql(`coalesce(cast(${value}[${place}] as varchar), 'NULL')`)
  const found = element === 'string' ? `if(${hasNul(`${value}[${place}]`)}, ${quoteString(WITH_NUL)}, ${shown})` : shown
  return `'value ' || ${place} || ' is ' || ${found}`
}

function unsoundSql(type: Type, value: string): { condition: string; text: string } | undefined {
  switch (type) {
    case 'string':
      return { condition: hasNul(value), text: '' }
    case 'float':
    case 'double':
      return { condition: `not isfinite(${value})`, text: ' is no finite number' }
    case 'date':
    case 'timestamp':
    case 'timestamptz':
      return {
        condition: `not isfinite(${value}) or year(${value}) not between 1 and 9999`,
        text: ' is beyond the years 1 to 9999',
      }
    default:
      return undefined
  }
}
