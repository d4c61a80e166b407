import { isDeepStrictEqual } from 'node:util'
import { parse } from 'lossless-json'
import { parseExactJson } from '../../../../src/engine/exactJson.js'
import { splitStatements } from '../../../../src/engine/splitStatements.js'
import { ModelError } from '../../../../src/models/header.js'
import { parseModel } from '../../../../src/models/parseModel.js'
import { CsvError, parseCsv } from '../../../../src/reconcile/csvTable.js'
import { JsonFault, readJsonMembers } from '../../../../src/tables/jsonText.js'
import { type FuzzTarget, require } from '../fuzzTarget.js'
import { JSON_WORDS } from './jsonWords.js'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
const seeds = (...texts: readonly string[]): Buffer[] => texts.map(each => Buffer.from(each))

/** A CSV file that data_inventory.yaml names. */
const csvTable: FuzzTarget = {
  name: 'csv-table',
  refusals: [CsvError],
  dictionary: ['"', '""', ',', '\r\n', '\r', '\n', '\ufeff', ';', '\0'],
  open: async () => ({
    seeds: seeds('season,date\n2024-25,2024-10-22\n', 'a,b\r\n"x ""y""\n",2\r\n\r\n', '\ufeffa\n1\n"2"\n'),
    read(input) {
      const { columns, rows } = parseCsv(text(input), 'a.csv', 5000)
      const quote = (value: string): string => `"${value.replaceAll('"', '""')}"`
      const written = [columns, ...rows.map(({ values }) => values)].map(each => each.map(quote).join(',')).join('\n')
      const again = parseCsv(written, 'a.csv', 5000)
      require(isDeepStrictEqual(again.columns, columns), 'columns are others when they are written and read')
      require(isDeepStrictEqual(
        again.rows.map(({ values }) => values),
        rows.map(({ values }) => values),
      ), 'rows are others when they are written and read')
    },
  }),
}

/** A line of NDJSON that `tables insert` is given: what is taken is JSON, and of the same members. */
const jsonRow: FuzzTarget = {
  name: 'json-row',
  refusals: [],
  dictionary: [...JSON_WORDS, 'NaN', 'Infinity', '9'.repeat(40)],
  open: async () => ({
    seeds: seeds(
      '{"a": 1, "b": "x\\u00e9\\n", "c": [1, 2.5, null], "d": {"e": true}, "f": null, "g": -1.5e10}',
      '{}',
      ' { "a" : "\\\\" } ',
    ),
    read(input) {
      const json = text(input)
      let members: (readonly [string, { readonly kind: string; readonly text: string }])[]
      try {
        members = [...readJsonMembers(json)]
      } catch (error) {
        if (!(error instanceof JsonFault)) throw error
        require(!isObject(json), `JSON is refused: ${error.message}`)
        return
      }
      if (!isObject(json)) return // NaN, and what is within arrays is looked at by who needs it
      const expected = JSON.parse(json)
      require(isDeepStrictEqual(
        new Set(members.map(([name]) => name)),
        new Set(Object.keys(expected)),
      ), 'its members are others')
      for (const [name, { kind, text: value }] of new Map(members))
        require(isDeepStrictEqual(kind === 'text' ? value : JSON.parse(value), expected[name]), `${name} is another`)
    },
  }),
}

function isObject(json: string): boolean {
  try {
    const value = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

/** An answer of Trino: JSON.parse must take it where it takes this, and differ in long numbers alone. */
const exactJson: FuzzTarget = {
  name: 'exact-json',
  refusals: [],
  dictionary: [
    ...JSON_WORDS,
    '1234567890123456789',
    '-9223372036854775808',
    '1234567890123456.5',
    '12345678901234567e2',
  ],
  open: async () => ({
    seeds: seeds(
      '{"data":[[1,"a 1234567890123456789",-1234567890123456789,1.5e3,null]],"stats":{"state":"RUNNING"}}',
      '["\\"12345678901234567", 0]',
    ),
    read(input) {
      const json = text(input)
      if (!isJson(json)) return // it may be taken or not: engines send none
      const exact = parseExactJson(json)
      const slow = parseSlowly(json)
      require(slow === undefined || isDeepStrictEqual(exact, slow.value), 'it is another value')
    },
  }),
}

/** The same by other means; `undefined` for members of one name, which that refuses. */
function parseSlowly(json: string): { readonly value: unknown } | undefined {
  const number = (digits: string): unknown => (/^-?\d{16,}$/.test(digits) ? digits : Number(digits))
  try {
    return { value: parse(json, undefined, number) }
  } catch {
    return undefined
  }
}

function isJson(json: string): boolean {
  try {
    JSON.parse(json)
    return true
  } catch {
    return false
  }
}

/** A model in sql/, of a person's own, too. */
const model: FuzzTarget = {
  name: 'model',
  refusals: [ModelError],
  dictionary: [
    '-- model: ',
    '-- params: ',
    '$a INTEGER',
    '-- least: a 1',
    '-- defaults: ',
    '-- prunes: ',
    '-- chart: ',
    "'",
    '"',
    '/*',
    '*/',
    '$$',
    '$1',
    '\r\n',
  ],
  open: async () => ({
    seeds: seeds(
      "-- model:    a\n-- report:   Which?\n-- grain:    one row per b\n-- inputs:   c, d\n-- params:   $e VARCHAR, $f BIGINT\n-- defaults: f 3\n-- chart:    bars size by key\n-- dialects: duckdb, trino\n-- notes:    more\n\nselect $e as e, '$x' as t -- $y\nfrom c limit $f\n",
    ),
    read(input) {
      parseModel(text(input), 'a.sql')
    },
  }),
}

/** What is typed at the shell. */
const statements: FuzzTarget = {
  name: 'statements',
  refusals: [],
  dictionary: ["'", '"', '$$', '$a$', '--', '/*', '*/', ';', '\\', "E'", '\n'],
  open: async () => ({
    seeds: seeds("select ';', \";\", $$;$$, $a$;$a$ -- ;\n/* ; /* */ ; */; select E'\\';' ; select 1"),
    read(input) {
      const typed = text(input)
      const { statements: found, rest } = splitStatements(typed)
      require(found.every(each => typed.includes(each)) && typed.endsWith(rest), 'it has what was not typed')
      // Each is one by itself: nothing of it ends before its end.
      for (const each of found) require(splitStatements(`${each};`).statements.length <= 1, 'a statement holds two')
    },
  }),
}

export const TEXT_TARGETS: readonly FuzzTarget[] = [csvTable, jsonRow, exactJson, model, statements]
