import { type Header, type HeaderLine, headerError } from './header.js'

export interface ModelParam {
  /** As in `$name`. */
  readonly name: string
  readonly type: string
  /** What it is unless a value is given; NULL where there is none. */
  readonly fallback?: ParamValue
  /** The least that a person may give. */
  readonly least?: number | bigint
}

/** What a parameter can be given: whole numbers as bigint; dates and times stay texts. */
export type ParamValue = string | number | bigint | boolean

const TYPES = ['VARCHAR', 'BIGINT', 'INTEGER', 'DOUBLE', 'BOOLEAN', 'DATE', 'TIMESTAMP']

/**
 * The parameters that a header declares, `-- params: $connector VARCHAR, $top BIGINT`, with the values of its lines
 * `-- defaults: $top 20, $under ''` and `-- least: $top 0`.
 * @throws {ModelError} with the line that can't be understood
 */
export function parseParams(header: Header): ModelParam[] {
  const params = new Map<string, ModelParam>()
  for (const at of header.values.get('params') ?? [])
    for (const text of splitList(at.text)) {
      const [, name = '', typed = ''] = /^\$([A-Za-z_]\w*)\s+([A-Za-z]+)$/.exec(text) ?? []
      if (name === '') throw headerError(header, at, { expected: '$name TYPE, …', got: JSON.stringify(text) })
      const type = typed.toUpperCase()
      if (!TYPES.includes(type))
        throw headerError(header, at, { expected: `$${name} as one of ${TYPES.join(', ')}`, got: typed })
      if (params.has(name)) throw headerError(header, at, { expected: `$${name} once`, got: 'it again' })
      params.set(name, { name, type })
    }
  for (const { param, value } of parseValues('defaults', header, params))
    params.set(param.name, { ...param, fallback: value })
  for (const { at, param, value } of parseValues('least', header, params)) {
    if (typeof value !== 'number' && typeof value !== 'bigint')
      throw headerError(header, at, { expected: 'numbers', got: `$${param.name} ${param.type}` })
    params.set(param.name, { ...param, least: value })
  }
  return [...params.values()]
}

/** The value that a text has as a type that headers know, `undefined` for text that is none; and what would be one. */
export function readParam(type: string, text: string): [expected: string, value: ParamValue | undefined] {
  switch (type) {
    case 'BIGINT':
    case 'INTEGER':
      return ['a whole number', /^-?\d{1,18}$/.test(text) ? BigInt(text) : undefined]
    case 'DOUBLE':
      return ['a number', text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined]
    case 'DATE':
      return ['a date such as 2026-01-20', isTime(text, /^\d{4}-\d\d-\d\d$/) ? text : undefined]
    case 'TIMESTAMP':
      return ['a time in UTC such as 2026-01-20 01:00', isTime(text, TIME) ? text : undefined]
    case 'BOOLEAN':
      return ['true or false', text === 'true' ? true : text === 'false' ? false : undefined]
    default:
      return ['text', text]
  }
}

const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?$/

/** Whether the text has the form, and its day is in the calendar: there is no 30 February. */
function isTime(text: string, form: RegExp): boolean {
  if (!form.test(text)) return false
  const time = new Date(`${text.slice(0, 10)}T${text.slice(11) || '00:00'}Z`)
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text.slice(0, 10))
}

interface GivenValue {
  readonly at: HeaderLine
  readonly param: ModelParam
  readonly value: ParamValue
}

/** The values that a line gives to parameters, `$top 20, $under ''`. */
function parseValues(line: string, header: Header, params: ReadonlyMap<string, ModelParam>): GivenValue[] {
  return (header.values.get(line) ?? []).flatMap(at =>
    splitList(at.text).map(text => parseValue(text, at, header, params)),
  )
}

function parseValue(text: string, at: HeaderLine, header: Header, params: ReadonlyMap<string, ModelParam>): GivenValue {
  const [, name, quoted, plain] = /^\$([A-Za-z_]\w*)\s+(?:'((?:[^']|'')*)'|([^\s']+))$/.exec(text) ?? []
  if (name === undefined)
    throw headerError(header, at, { expected: "$name VALUE, … (texts in '')", got: JSON.stringify(text) })
  const param = params.get(name)
  if (!param) throw headerError(header, at, { expected: `$${name} in the line "-- params:"`, got: 'no such parameter' })
  const isText = quoted !== undefined
  const [expected, value] = readParam(param.type, quoted?.replaceAll("''", "'") ?? plain ?? '')
  if (value === undefined || isText !== (typeof value === 'string'))
    throw headerError(header, at, {
      expected: `$${name} as ${isText ? expected : `${expected}${quotes(param)}`}`,
      got: text,
    })
  return { at, param, value }
}

const quotes = ({ type }: ModelParam): string =>
  ['BIGINT', 'INTEGER', 'DOUBLE', 'BOOLEAN'].includes(type) ? '' : " in ''"

/** Parts between commas, but for those in texts; remarks in brackets are left out. */
const splitList = (text: string): string[] =>
  (
    text
      .replaceAll(/'(?:[^']|'')*'|\([^)]*\)/g, part => (part.startsWith('(') ? '' : part))
      .match(/(?:'(?:[^']|'')*'|[^,'])+|'/g) ?? []
  )
    .map(part => part.trim())
    .filter(part => part !== '')
