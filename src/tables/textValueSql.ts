import { quoteString } from '../engine/sqlText.js'
import { duckdbType } from '../engine/tableScan.js'
import { formatType, type PrimitiveType, parseDecimalType, type Type } from '../iceberg/schema.js'

/** SQL that makes a value of a text with its tag (`textRow.ts`). */
export interface TextValueSql {
  /** Gives the value, exactly typed; NULL for a text that isn't one. */
  readonly value: string
  /** Says of a text whose value is NULL what is wrong with it; no use for others. */
  readonly fault: string
}

/**
 * How texts become values of a type: by their meaning and never by rounding, but for float and double, which hold what is
 * nearest to a number. It may be spelled in any way that has the same value (`12.340` is a decimal of two places, `12.0` a
 * whole number), in quotes too; a text column takes nothing but texts; a time with an offset is brought to UTC, one without
 * is UTC; a day alone is its midnight; binary is hex. A struct, a map, and a list of these or of lists no text becomes:
 * rows go in without one.
 * @param tagged the SQL of the tagged text, not NULL
 */
export function textValueSql(type: Type, tagged: string): TextValueSql {
  if (typeof type === 'string') return singleSql(type, tagged)
  if (type.type !== 'list' || typeof type.element !== 'string') return nestedSql(type, tagged)
  return type.element === 'double' || type.element === 'float'
    ? numberListSql(type.element, `substr(${tagged}, 2)`)
    : listSql(type.element, tagged)
}

/** Another engine's column, which must not keep rows out that have none of it. */
const nestedSql = (type: Type, tagged: string): TextValueSql => ({
  value: `cast(null as ${duckdbType(type)})`,
  fault: `${shownSql(`substr(${tagged}, 2)`)} || ${quoteString(` can't be inserted into a ${formatType(type)}: leave it out`)}`,
})

/** A long text is cut for a message; an empty one would be nothing. */
export const shownSql = (text: string): string =>
  `case when length(${text}) > 40 then left(${text}, 40) || '…' when ${text} = '' then '''''' else ${text} end`

function listSql(element: PrimitiveType, tagged: string): TextValueSql {
  const elements = `from_json(if(starts_with(${tagged}, '=['), substr(${tagged}, 2), null), '["VARCHAR"]')`
  const single = singleSql(element, 'tagged')
  const faults = `list_transform(${elements}, lambda tagged, i: case when tagged is not null and (${single.value}) is null then 'value ' || i || ', ' || (${single.fault}) end)`
  const isWhole = `len(list_filter(${faults}, lambda fault: fault is not null)) = 0`
  return {
    value: `case when ${isWhole} then list_transform(${elements}, lambda tagged: ${single.value}) end`,
    fault: `coalesce(list_filter(${faults}, lambda fault: fault is not null)[1], ${notA('list', `substr(${tagged}, 2)`)})`,
  }
}

/** A list as JSON spells it; DuckDB takes more for numbers than the letters that are allowed here. */
function numberListSql(element: 'double' | 'float', text: string): TextValueSql {
  const list =
    element === 'double' ? `try(from_json(${text}, '["DOUBLE"]'))` : `try_cast(${text} as ${duckdbType(element)}[])`
  const elements = `list_transform(string_split(${text}[2:-2], ','), lambda x: trim(x, ${SPACE}))`
  const wrong = `list_position(list_transform(${elements}, lambda x: regexp_full_match(x, ${quoteString(NUMBER)})), false)`
  return {
    // DuckDB's JSON is read twice as fast as its lists, but takes a comma at the end, and has no float.
    value: `case when regexp_full_match(${text}, '\\[([-+0-9.eE,\\s]*[0-9])?\\s*\\]') then ${list} end`,
    fault: `case
      when not (starts_with(${text}, '[') and ends_with(${text}, ']')) then ${notA('list', text)}
      else coalesce('value ' || ${wrong} || ', ' || ${shownSql(`${elements}[${wrong}]`)} || ', is no number', ${notA('list of numbers', text)})
    end`,
  }
}

const SPACE = `' ' || chr(9) || chr(10) || chr(13)`

const notA = (name: string, text: string): string => `${shownSql(text)} || ${quoteString(` is no ${name}`)}`

const beyond = (what: string, text: string): string => `${shownSql(text)} || ${quoteString(` is beyond ${what}`)}`

const NUMBER = '[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?'

function singleSql(type: PrimitiveType, tagged: string): TextValueSql {
  const whole = `substr(${tagged}, 2)`
  if (type === 'string')
    return { value: `case when starts_with(${tagged}, '"') then ${whole} end`, fault: notA('text', whole) }
  const text = `trim(${whole}, ${SPACE})`
  const matches = (pattern: string) => `regexp_full_match(${text}, ${quoteString(pattern)})`
  const castIf = (pattern: string, value: string) => `case when ${matches(pattern)} then ${value} end`
  const decimal = parseDecimalType(type)
  if (decimal) return decimalSql(decimal, text, type)
  switch (type) {
    case 'int':
    case 'long': {
      const pattern = '[+-]?[0-9]+(\\.0*)?'
      return {
        value: castIf(pattern, `try_cast(split_part(${text}, '.', 1) as ${duckdbType(type)})`),
        fault: `case when ${matches(pattern)} then ${beyond(`${type}, a whole number of ${type === 'int' ? 32 : 64} bits`, text)} else ${notA('whole number', text)} end`,
      }
    }
    case 'float':
    case 'double':
      return {
        value: castIf(NUMBER, `try_cast(${text} as ${duckdbType(type)})`),
        fault: `case when ${matches(NUMBER)} then ${beyond(type, text)} else ${notA('number', text)} end`,
      }
    case 'boolean':
      return {
        value: `case lower(${text}) when 'true' then true when 'false' then false end`,
        fault: notA('true or false', text),
      }
    case 'date':
      return { value: castIf(DAY, `try_cast(${text} as date)`), fault: notA('day such as 2026-01-20', text) }
    case 'time':
      return {
        value: castIf(CLOCK, `try_cast(regexp_extract(${text}, '^[^.]*(\\.[0-9]{1,6})?') as time)`),
        fault: notA('time of day such as 09:30:00', text),
      }
    case 'timestamp':
    case 'timestamptz':
      return timestampSql(type, text)
    case 'uuid':
      return { value: castIf(UUID, `try_cast(${text} as uuid)`), fault: notA('UUID', text) }
    default:
      return { value: castIf('([0-9A-Fa-f]{2})*', `unhex(${text})`), fault: notA('hex', text) }
  }
}

const DAY = '[0-9]{4}-[0-9]{2}-[0-9]{2}'
/** Finer than a microsecond only as far as that is nothing. */
const CLOCK = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,6}0*)?)?'
const OFFSET = '(Z|z|[+-](0[0-9]|1[0-8])(:?[0-5][0-9])?)'
const MOMENT = `${DAY}([Tt ]${CLOCK}( ?${OFFSET})?)?`
const FINER = `${DAY}[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\\.[0-9]{7,}( ?${OFFSET})?`
const UUID = '[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}'

function decimalSql(
  { precision, scale }: { precision: number; scale: number },
  text: string,
  type: Type,
): TextValueSql {
  const number = '[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)'
  const matches = (pattern: string) => `regexp_full_match(${text}, ${quoteString(pattern)})`
  const fits = `${matches(number)} and ${matches(`[^.]*(\\.[0-9]{0,${scale}}0*)?`)}`
  return {
    value: `case when ${fits} then try_cast(regexp_extract(${text}, '^[^.]*(\\.[0-9]{0,${scale}})?') as ${duckdbType(type)}) end`,
    fault: `case
      when not ${matches(number)} then ${notA('number', text)}
      when ${fits} then ${shownSql(text)} || ${quoteString(` has more than ${precision - scale} digits before the point`)}
      else ${shownSql(text)} || ${quoteString(scale === 0 ? ' is no whole number' : ` has more than ${scale} decimals`)}
    end`,
  }
}

// DuckDB's own cast to TIMESTAMP takes an offset and passes over it.
function timestampSql(type: 'timestamp' | 'timestamptz', text: string): TextValueSql {
  const matches = (pattern: string) => `regexp_full_match(${text}, ${quoteString(pattern)})`
  const local = `try_cast(replace(upper(regexp_extract(${text}, '^[^ Tt]+([Tt ][0-9:]+(\\.[0-9]{1,6})?)?')), 'T', ' ') as timestamp)`
  const offset = `regexp_extract(${text}, ':[0-9.:]+ ?([+-])([0-9]{2}):?([0-9]{2})?$', ['sign', 'hours', 'minutes'])`
  const minutes = `coalesce(try_cast((${offset}).hours as integer) * 60 + coalesce(try_cast((${offset}).minutes as integer), 0), 0)`
  const moment = `${local} - to_minutes(cast(if((${offset}).sign = '-', -1, 1) * ${minutes} as bigint))`
  return {
    value: `case when ${matches(MOMENT)} then ${type === 'timestamp' ? moment : `timezone('UTC', ${moment})`} end`,
    fault: `case when ${matches(FINER)} then ${shownSql(text)} || ' is finer than microseconds'
      else ${notA('time such as 2026-01-20T01:00:00Z', text)} end`,
  }
}
