import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'
import type { Row } from '../../src/engine/engine.js'
import { quoteString } from '../../src/engine/sqlText.js'
import { NotFoundError } from '../../src/errors.js'
import type { Schema, Type } from '../../src/iceberg/schema.js'
import { parseTypeText } from '../../src/iceberg/typeText.js'
import { SHOWN_ROWS } from '../../src/tables/badRows.js'
import { checkRows, type RowsFile } from '../../src/tables/checkRows.js'
import type { CheckTarget } from '../../src/tables/checkSql.js'
import { RowsFileError } from '../../src/tables/rowsFile.js'
import type { DeclaredColumn } from '../../src/tables/tableSpec.js'

let engine: DuckDB
let folder: string
let made = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-rows-'))
  engine = await openDuckDB({ memoryBytes: 300_000_000, threads: 2, tempFolder: join(folder, 'spill') })
})
afterAll(async () => {
  engine.close()
  await rm(folder, { recursive: true })
})

const list = (element: Type): Type => ({ type: 'list', 'element-id': 0, 'element-required': false, element })

type Column = Partial<DeclaredColumn> & { name: string; type: Type }

function targetOf(columns: readonly Column[]): CheckTarget {
  const declared = columns.map(column => ({ required: false, ...column }))
  const fields = declared.map(({ name, type, required }, i) => ({ id: i + 1, name, type, required }))
  const schema: Schema = { type: 'struct', 'schema-id': 0, fields }
  return { schema, columns: declared }
}

const SALES: readonly Column[] = [
  { name: 'product_id', type: 'string', required: true },
  { name: 'sold_price', type: 'decimal(10,2)', required: true, min: '0.00' },
  { name: 'sold_date', type: 'timestamp', required: true, min: '2000-01-01', max: '2100-01-01' },
  { name: 'season', type: 'string', oneOf: ['Q1', 'Q2', 'Q3', 'Q4'] },
  { name: 'embedding', type: list('double'), length: 3 },
  { name: 'year', type: 'int', filledBy: { column: 'sold_date', transform: 'year' } },
  { name: 'month', type: 'int', filledBy: { column: 'sold_date', transform: 'month' } },
]

interface Found {
  readonly good: Row[]
  readonly bad: { line: number; reason: string; row: string }[]
  readonly unknownColumns: readonly string[]
}

async function check(
  content: string | Buffer,
  format: RowsFile['format'],
  columns: readonly Column[],
  delimiter?: string,
): Promise<Found> {
  const path = join(folder, `rows-${made++}.${format}`)
  await writeFile(path, content)
  return checkFile({ path, format, ...(delimiter !== undefined && { delimiter }) }, columns)
}

/** With all values as DuckDB spells them. */
async function checkFile(input: RowsFile, columns: readonly Column[]): Promise<Found> {
  const checked = await checkRows(input, targetOf(columns), engine)
  const good = await engine.rows(`select cast(columns(*) as varchar) from (${checked.good})`)
  const lines = (await readFile(checked.bad.path, 'utf8')).split('\n').slice(0, -1)
  expect([good.length, lines.length]).toEqual([checked.goodRows, checked.bad.count])
  const bad = lines.map(line => JSON.parse(line) as Found['bad'][number])
  expect(checked.bad.first).toEqual(bad.slice(0, SHOWN_ROWS).map(({ line, reason }) => ({ line, reason })))
  return { good, bad, unknownColumns: checked.unknownColumns }
}

const sale = (more: object = {}): string =>
  JSON.stringify({
    product_id: 'p1',
    sold_price: 12.5,
    sold_date: '2026-03-01T10:00:00Z',
    season: 'Q1',
    embedding: [0.6, 0, 0.8],
    ...more,
  })

test('good rows have the columns of the table, exactly typed, and what is filled', async () => {
  const { good, bad } = await check(`${sale()}\n`, 'ndjson', SALES)
  expect(bad).toEqual([])
  expect(good).toEqual([
    {
      product_id: 'p1',
      sold_price: '12.50',
      sold_date: '2026-03-01 10:00:00',
      season: 'Q1',
      embedding: '[0.6, 0.0, 0.8]',
      year: '2026',
      month: '3',
    },
  ])
  const path = join(folder, 'typed.ndjson')
  await writeFile(path, sale())
  const { good: select } = await checkRows({ path, format: 'ndjson' }, targetOf(SALES), engine)
  const types = await engine.rows(`describe ${select}`)
  expect(types.map(({ column_type }) => column_type)).toEqual([
    'VARCHAR',
    'DECIMAL(10,2)',
    'TIMESTAMP',
    'VARCHAR',
    'DOUBLE[]',
    'INTEGER',
    'INTEGER',
  ])
})

const BAD: readonly (readonly [row: string, reason: string])[] = [
  [sale({ product_id: null }), 'product_id: missing'],
  ['{"sold_price":1,"sold_date":"2026-03-01"}', 'product_id: missing'],
  [sale({ product_id: 12 }), 'product_id: 12 is no text'],
  [sale({ product_id: { a: 1 } }), 'product_id: {"a":1} is no text'],
  [sale({ sold_price: 12.345 }), 'sold_price: 12.345 has more than 2 decimals'],
  [sale({ sold_price: '12,5' }), 'sold_price: 12,5 is no number'],
  [sale({ sold_price: 123456789 }), 'sold_price: 123456789 has more than 8 digits before the point'],
  [sale({ sold_price: -0.01 }), 'sold_price: -0.01 is below 0.00'],
  [sale().replace('12.5', 'NaN'), 'sold_price: NaN is no number'],
  [sale({ sold_date: '2026-02-30' }), 'sold_date: 2026-02-30 is no time such as 2026-01-20T01:00:00Z'],
  [sale({ sold_date: 1772359200 }), 'sold_date: 1772359200 is no time such as 2026-01-20T01:00:00Z'],
  [sale({ sold_date: '2100-01-01' }), 'sold_date: 2100-01-01 00:00:00 is not below 2100-01-01'],
  [sale({ sold_date: '1999-12-31T23:59:59.999999' }), 'sold_date: 1999-12-31 23:59:59.999999 is below 2000-01-01'],
  [
    sale({ sold_date: '2026-03-01T10:00:00.1234567' }),
    'sold_date: 2026-03-01T10:00:00.1234567 is finer than microseconds',
  ],
  [sale({ season: 'Q5' }), 'season: Q5 is none of Q1, Q2, Q3, Q4'],
  [sale({ season: '' }), "season: '' is none of Q1, Q2, Q3, Q4"],
  [sale({ embedding: [1, 2] }), 'embedding: 2 values, 3 expected'],
  [sale({ embedding: [1, null, 2] }), 'embedding: value 2, null, is no number'],
  [sale({ embedding: [1, '2', 3] }), 'embedding: value 2, "2", is no number'],
  [sale().replace('0.8', 'NaN'), 'embedding: value 3, NaN, is no number'],
  [sale().replace('0.8', '1e999'), 'embedding: value 3 is inf'],
  [sale({ embedding: 1 }), 'embedding: 1 is no list'],
  [sale({ embedding: [[1], 2, 3] }), 'embedding: value 1, [1], is no number'],
  [sale({ year: 2025 }), 'year: 2025 is not the year of sold_date, 2026'],
  [sale({ month: 'March' }), 'month: March is no whole number'],
  [sale({ sold_date: 'soon', year: 2026 }), 'sold_date: soon is no time such as 2026-01-20T01:00:00Z'],
  [sale({ sold_date: undefined, year: 2026 }), 'sold_date: missing'],
  [
    sale({ sold_date: 'soon', month: 'March' }),
    'sold_date: soon is no time such as 2026-01-20T01:00:00Z; month: March is no whole number',
  ],
  [sale({ colour: 'red' }), 'unknown column "colour"'],
  [sale().replace('{', '{"season":"Q1",'), 'season: given twice'],
  [sale({ product_id: 'a\0b' }), 'product_id: a text with NUL'],
  [sale({ product_id: '\ud800' }), 'product_id: a text with half a character'],
  [
    sale({ sold_price: 12.345, embedding: [1], season: 'x' }),
    'sold_price: 12.345 has more than 2 decimals; season: x is none of Q1, Q2, Q3, Q4; embedding: 1 values, 3 expected',
  ],
  ['12', 'no JSON object: expected { at character 1, got "12"'],
  ['[]', 'no JSON object: expected { at character 1, got "[]"'],
  [
    sale().slice(0, -20),
    'no JSON object: expected the closing quote of a text at character 91, got the end of the line',
  ],
  ['{"product_id":"p1",}', 'no JSON object: expected a name in quotes at character 20, got "}"'],
  ["{'product_id':'p1'}", 'no JSON object: expected a name in quotes at character 2, got "\'product_i"'],
  ['{"product_id":"p1"} {}', 'no JSON object: expected nothing after the object at character 21, got "{}"'],
  ['{"sold_price":012}', 'no JSON object: expected a value at character 15, got "012}"'],
]

test('bad rows are told with all that is wrong with them, and good ones beside them are taken', async () => {
  const rows = [sale(), '', ...BAD.map(([row]) => row), sale()]
  const { good, bad } = await check(rows.join('\n'), 'ndjson', SALES)
  expect(bad).toEqual(BAD.map(([row, reason], i) => ({ line: i + 3, reason, row })))
  expect(good).toHaveLength(2)
})

test.each<[type: Type, json: string, value: string | null]>([
  ['decimal(10,2)', '12.340', '12.34'],
  ['decimal(10,2)', '1e2', '100.00'],
  ['decimal(10,2)', '1234.5e-2', null],
  ['decimal(10,2)', '"12.30"', '12.30'],
  ['decimal(10,2)', '99999999.99', '99999999.99'],
  ['decimal(10,2)', '100000000', null],
  ['decimal(38,2)', '123456789012345678901234567890123456.78', '123456789012345678901234567890123456.78'],
  ['decimal(18,2)', '1234567890123456.78', '1234567890123456.78'],
  ['decimal(18,2)', '0.0100000000000000000000001', null],
  ['int', '2147483647', '2147483647'],
  ['int', '2147483648', null],
  ['int', '12.0', '12'],
  ['int', '1.2e1', '12'],
  ['int', '12.5', null],
  ['int', '"12"', '12'],
  ['int', '"1_000"', null],
  ['int', 'true', null],
  ['long', '9223372036854775807', '9223372036854775807'],
  ['long', '9223372036854775808', null],
  ['long', '-9223372036854775808', '-9223372036854775808'],
  ['double', '0.1', '0.1'],
  ['double', '1E5', '100000.0'],
  ['double', '1e400', null],
  ['double', '"inf"', null],
  ['float', '1e39', null],
  ['float', '0.1', '0.1'],
  ['float', '16777217', '16777216.0'], // the nearest that there is, as in any language
  ['double', '9007199254740993', '9007199254740992.0'],
  ['boolean', 'true', 'true'],
  ['boolean', '1', null],
  ['date', '"2024-02-29"', '2024-02-29'],
  ['date', '"2026-02-29"', null],
  ['date', '"0000-01-01"', null],
  ['date', '"0001-01-01"', '0001-01-01'],
  ['date', '"9999-12-31"', '9999-12-31'],
  ['time', '"09:30"', '09:30:00'],
  ['time', '"24:00:00"', null],
  ['timestamp', '"2026-03-01T00:30:00+02:00"', '2026-02-28 22:30:00'],
  ['timestamp', '"2026-03-01 00:30:00.5 -0130"', '2026-03-01 02:00:00.5'],
  ['timestamp', '"2026-03-01T10:00:00.123456000Z"', '2026-03-01 10:00:00.123456'],
  ['timestamp', '"2026-03-01"', '2026-03-01 00:00:00'],
  ['timestamp', '"2026-03-01T24:00:00"', null],
  ['timestamp', '"infinity"', null],
  ['timestamp', '"9999-12-31T23:59:59-01:00"', null],
  ['timestamptz', '"2026-03-01T00:30:00+02:00"', '2026-02-28 22:30:00+00'],
  ['timestamptz', '"2026-03-01T00:30:00"', '2026-03-01 00:30:00+00'],
  ['uuid', '"0191FE0B-0000-7000-8000-000000000001"', '0191fe0b-0000-7000-8000-000000000001'],
  ['uuid', '"0191fe0b"', null],
  ['binary', '"00fF"', '\\x00\\xFF'],
  ['binary', '"0"', null],
  ['string', '"a\\u00e9\\n\\"\\\\ \\ud83d\\udcbe"', 'aé\n"\\ 💾'],
  ['string', '""', ''],
  ['string', '"  x "', '  x '],
  [list('string'), '["a", "b,c", "\\"", ""]', `[a, 'b,c', '"', '']`],
  [list('string'), '["a", 1]', null],
  [list('string'), '["a", null]', null],
  [list('string'), '[]', '[]'],
  [list('long'), '[9223372036854775807, 1e2]', '[9223372036854775807, 100]'],
  [list('long'), '[9223372036854775808]', null],
  [list('decimal(4,2)'), '[1.10, "2"]', '[1.10, 2.00]'],
  [list('date'), '["2024-02-29"]', '[2024-02-29]'],
  [list('double'), '[ 1 , -2.5e-3 ]', '[1.0, -0.0025]'],
  [list('double'), '[]', '[]'],
  [list('double'), '[1,]', null],
  [list('double'), '"[1]"', '[1.0]'],
])('%j from %s is %j', async (type, json, value) => {
  const { good, bad } = await check(`{"a":${json}}`, 'ndjson', [{ name: 'a', type }])
  expect(bad.length === 1 ? null : good[0]?.a).toBe(value)
})

test('every text survives NDJSON and CSV, and stays a text', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 }).filter(text => !text.includes('\0') && text !== '')
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1 }), async texts => {
      const columns: Column[] = [
        { name: 'n', type: 'int' },
        { name: 'a', type: 'string' },
      ]
      const json = texts.map((a, n) => JSON.stringify({ n, a })).join('\n')
      const csv = `n,a\n${texts.map((a, n) => `${n},"${a.replaceAll('"', '""')}"`).join('\n')}`
      for (const found of [await check(json, 'ndjson', columns), await check(csv, 'csv', columns)]) {
        const sorted = found.good.toSorted((a, b) => Number(a.n) - Number(b.n))
        expect(sorted.map(({ a }) => a)).toEqual(texts)
      }
    }),
    { numRuns: 15 },
  )
})

test('a column that no text can be is NULL, and a row that has something in it is bad', async () => {
  const part = { id: 9, name: 'b', type: 'int', required: false } as const
  const columns: Column[] = [
    { name: 'n', type: 'int' },
    { name: 'a', type: { type: 'struct', fields: [part] } },
    { name: 'l', type: list(list('int')) },
  ]
  const rows = ['{"n":1}', '{"n":2,"a":null,"l":null}', '{"n":3,"a":{"b":1}}', '{"n":4,"l":[]}']
  const { good, bad } = await check(rows.join('\n'), 'ndjson', columns)
  expect(good.toSorted((a, b) => Number(a.n) - Number(b.n))).toEqual([
    { n: '1', a: null, l: null },
    { n: '2', a: null, l: null },
  ])
  expect(bad.map(({ reason }) => reason)).toEqual([
    'a: {"b":1} can\'t be inserted into a struct<b: int>: leave it out',
    "l: [] can't be inserted into a list<list<int>>: leave it out",
  ])
})

describe('lines', () => {
  const N: readonly Column[] = [{ name: 'n', type: 'int' }]

  test.each<[what: string, content: string | Buffer, good: number[], bad: number[]]>([
    ['an empty file', '', [], []],
    ['blank lines alone', '\n \n\r\n', [], []],
    ['no line end at the end', '{"n":1}\n{"n":2}', [1, 2], []],
    ['CRLF', '{"n":1}\r\n\r\n{"n":"x"}\r\n', [1], [3]],
    ['a byte order mark', '\ufeff{"n":1}\n', [1], []],
    ['a byte order mark in the second line', '{"n":1}\n\ufeff{"n":2}\n', [1], [2]],
    [
      'bytes that are no UTF-8',
      Buffer.from([...Buffer.from('{"n":1}\n{"n":"'), 0xff, ...Buffer.from('"}\n{"n":3}\n')]),
      [1, 3],
      [2],
    ],
    ['a file cut within a line', '{"n":1}\n{"n":2', [1], [2]],
    ['NUL', '{"n":1}\n\0\n', [1], [2]],
    ['gzip', gzipSync('{"n":1}\n{"n":x}\n'), [1], [2]],
    ['gzip in two members', Buffer.concat([gzipSync('{"n":1}\n'), gzipSync('{"n":2}\n')]), [1, 2], []],
    ['an object without columns', '{}\n', [Number.NaN], []],
  ])('%s', async (_, content, good, bad) => {
    const found = await check(content, 'ndjson', N)
    expect(found.good.map(({ n }) => Number(n ?? Number.NaN)).toSorted()).toEqual(good)
    expect(found.bad.map(({ line }) => line)).toEqual(bad)
  })

  test('a line of 20 MB is a row, one beyond 32 MiB is not', async () => {
    const columns: Column[] = [...N, { name: 'a', type: 'string' }]
    const long = (length: number, n: number) => JSON.stringify({ n, a: 'é'.repeat(length / 2) })
    const rows = ['{"n":1}', long(20_000_000, 2), long(34_000_000, 3), long(20_000_000, 4).replace('4', 'x'), '{"n":5}']
    const { good, bad } = await check(rows.join('\n'), 'ndjson', columns)
    expect(good.map(({ n, a }) => [n, String(a ?? '').length]).toSorted()).toEqual([
      ['1', 0],
      ['2', 10_000_000],
      ['5', 0],
    ])
    expect(bad.map(({ line, row }) => [line, row.length > 9_000_000])).toEqual([
      [3, false],
      [4, true],
    ])
    expect(bad[0]?.reason).toBe('a line of 34,000,014 bytes, at most 33,554,432 can be read')
  })

  test('line numbers go on over parts', async () => {
    const filler = 'x'.repeat(1000)
    const rows = Array.from({ length: 40_000 }, (_, n) =>
      JSON.stringify({ n: n % 10_000 === 9_999 ? 'bad' : n, a: filler }),
    )
    const { good, bad } = await check(rows.join('\n'), 'ndjson', [...N, { name: 'a', type: 'string' }])
    expect(bad.map(({ line }) => line)).toEqual([10_000, 20_000, 30_000, 40_000])
    expect(new Set(good.map(({ n }) => n)).size).toBe(39_996)
  })
})

describe('CSV', () => {
  const AB: readonly Column[] = [
    { name: 'a', type: 'string' },
    { name: 'b', type: 'decimal(10,2)' },
  ]

  test.each<[content: string, good: (string | null)[][], bad: [number, string][]]>([
    ['', [], []],
    ['a,b\n', [], []],
    ['b,a\n1,x\n', [['x', '1.00']], []],
    ['a\nx\n', [['x', null]], []],
    [
      'a,b\r\nx, 1.5 \r\n,\r\n',
      [
        ['x', '1.50'],
        [null, null],
      ],
      [],
    ],
    ['\ufeffa,b\nx,1\n', [['x', '1.00']], []],
    [
      'a,b\n"x, ""y""\r\nz",1e1\n\n5" pipe,2\n',
      [
        ['x, "y"\r\nz', '10.00'],
        ['5" pipe', '2.00'],
      ],
      [],
    ],
    ['a,b\n"",1\n', [[null, '1.00']], []],
    [
      'a,b\n"1\n2",x\n3\n4,5,6\n',
      [],
      [
        [2, 'b: x is no number'],
        [4, '1 fields, 2 expected'],
        [5, '3 fields, 2 expected'],
      ],
    ],
    ['a,b\n"x"y,1\nz,2\n', [['z', '2.00']], [[2, 'field 1: text after its closing quote']]],
    ['a,b\n12,1.005\n', [], [[2, 'b: 1.005 has more than 2 decimals']]],
  ])('%j', async (content, good, bad) => {
    const found = await check(content, 'csv', AB)
    expect(found.bad.map(({ line, reason }) => [line, reason])).toEqual(bad)
    expect(found.good.map(({ a, b }) => [a, b])).toEqual(good)
  })

  test('the row is kept as it is in the file', async () => {
    const { bad } = await check('a,b\n"1\r\n2",x\r\n', 'csv', AB)
    expect(bad).toEqual([{ line: 2, reason: 'b: x is no number', row: '"1\r\n2",x' }])
  })

  test('another delimiter', async () => {
    expect((await check('a;b\n"x;y";1\n', 'csv', AB, ';')).good).toEqual([{ a: 'x;y', b: '1.00' }])
  })

  test('lists are written as in JSON', async () => {
    const columns: Column[] = [
      { name: 'a', type: list('double'), length: 2 },
      { name: 'b', type: list('string') },
    ]
    const { good, bad } = await check('a;b\n[1,2];["x"]\n[1];[x]\n', 'csv', columns, ';')
    expect(good).toEqual([{ a: '[1.0, 2.0]', b: '[x]' }])
    expect(bad.map(({ reason }) => reason)).toEqual([
      'b: no list, expected a value at character 2, got "x]"; a: 1 values, 2 expected',
    ])
  })

  test('unknown columns are told, and no row is read', async () => {
    expect(await check('a,colour,b,\nx,red,1,\n', 'csv', AB)).toEqual({
      good: [],
      bad: [],
      unknownColumns: ['colour', ''],
    })
  })

  test.each([
    ['a,b\nx,"1\ny,2\n', ':2: expected a closing quote, got the end of the file'],
    ['a,b,a\n', ':1: expected each column once, got "a"'],
  ])('%j is refused', async (content, message) => {
    await expect(check(content, 'csv', AB)).rejects.toThrow(message)
  })
})

describe('Parquet', () => {
  async function checkSelect(select: string, columns: readonly Column[]): Promise<Found> {
    const path = join(folder, `rows-${made++}.parquet`)
    await engine.run(`copy (${select}) to ${quoteString(path)} (format parquet)`)
    return checkFile({ path, format: 'parquet' }, columns)
  }

  test.each<[sql: string, type: Type, value: string | null]>([
    ['12.34::double', 'decimal(10,2)', '12.34'],
    ['12.345::double', 'decimal(10,2)', null],
    ['12.340::decimal(9,3)', 'decimal(10,2)', '12.34'],
    ['1e30::double', 'decimal(10,2)', null],
    ['3000000000::bigint', 'int', null],
    ['12::utinyint', 'int', '12'],
    ['12.0::double', 'int', '12'],
    ['9007199254740993::bigint', 'double', null],
    ['0.1::double', 'float', null],
    ["'nan'::double", 'double', null],
    ["timestamptz '2026-03-01 00:00:00+02'", 'timestamp', '2026-02-28 22:00:00'],
    ["'2026-03-01 00:00:00.000000001'::timestamp_ns", 'timestamp', null],
    ["'infinity'::timestamp", 'timestamp', null],
    ["date '2026-03-01'", 'timestamp', '2026-03-01 00:00:00'],
    ["'12.5'", 'decimal(10,2)', '12.50'],
    ["'12.555'", 'decimal(10,2)', null],
    ['[1, 2]::integer[]', list('double'), '[1.0, 2.0]'],
    ['[1, null]::double[]', list('double'), null],
    ["[1, 'inf'::double]", list('double'), null],
    ['[0.1]::double[]', list('float'), null],
  ])('%s as %j is %j', async (sql, type, value) => {
    const { good, bad } = await checkSelect(`select ${sql} as a`, [{ name: 'a', type }])
    expect(bad.length === 1 ? null : good[0]?.a).toBe(value)
  })

  test.each<[sql: string, type: string]>([
    ['{ red: 1 }', 'struct<red: int>'],
    ["map { 'a': 1 }", 'map<string, int>'],
    ['[[1]]', 'list<list<int>>'],
    ["'abc'::blob", 'fixed[2]'],
  ])('%s is not taken for a column of %s', async (sql, type) => {
    const refused = checkSelect(`select ${sql} as a`, [{ name: 'a', type: parseTypeText(type, 'a') }])
    await expect(refused).rejects.toThrow(`column a: expected no column of type ${type}, which can't be inserted into`)
  })

  test('bad rows are kept as JSON, with their number', async () => {
    const { bad, good } = await checkSelect(
      `select case n when 1 then -1 else n end::decimal(9,3) as sold_price, 'p' as product_id, timestamp '2026-03-01' as sold_date, 2020 + n as year
      from range(5, 8) t(n) union all by name select -1.005 as sold_price, 'q' as product_id`,
      SALES,
    )
    expect(good.map(({ year, month }) => [year, month])).toEqual([['2026', '3']])
    expect(bad.map(({ reason }) => reason).toSorted()).toEqual([
      'sold_price: -1.005 is no decimal(10,2), exactly; sold_date: missing',
      'year: 2025 is not the year of sold_date, 2026',
      'year: 2027 is not the year of sold_date, 2026',
    ])
    expect(JSON.parse(bad[0]?.row ?? '')).toHaveProperty('product_id')
  })

  test('bad rows are in order, however many and wide they are', async () => {
    const { bad, good } = await checkSelect(
      "select if(n % 3 = 0, null, n) as n, repeat('x', 4000) as a from range(12000) t(n)",
      [
        { name: 'n', type: 'int', required: true },
        { name: 'a', type: 'string' },
      ],
    )
    expect(good).toHaveLength(8000)
    expect(bad.map(({ line }) => line)).toEqual(Array.from({ length: 4000 }, (_, i) => 3 * i + 1))
    expect(bad.every(({ row }) => JSON.parse(row).a.length === 4000)).toBe(true)
  })

  test('a text with NUL is bad as in JSON, in lists too', async () => {
    const nul = "'a' || chr(0) || 'b'"
    const { bad, good } = await checkSelect(
      `select ${nul} as a, null::varchar[] as l union all select 'ab', ['c', ${nul}] union all select '', ['']`,
      [
        { name: 'a', type: 'string' },
        { name: 'l', type: list('string') },
      ],
    )
    expect(good).toEqual([{ a: '', l: `['']` }])
    expect(bad.map(({ reason }) => reason)).toEqual(['a: a text with NUL', 'l: value 2 is a text with NUL'])
  })

  test('a column of another kind is refused', async () => {
    await expect(checkSelect('select true as a', [{ name: 'a', type: 'int' }])).rejects.toThrow(
      'column a: expected int, got BOOLEAN',
    )
  })

  test('unknown columns are told', async () => {
    expect((await checkSelect('select 1 as b', [{ name: 'a', type: 'int' }])).unknownColumns).toEqual(['b'])
  })
})

test.each<[what: string, content: string | Buffer, format: RowsFile['format'], message: string]>([
  ['a text', 'a,b', 'parquet', 'expected Parquet that is whole'],
  ['gzip that is cut', gzipSync('{"n":1}\n').subarray(0, 20), 'ndjson', 'expected gzip that is whole'],
  ['UTF-16', Buffer.from('\ufeff{"n":1}\n', 'utf16le'), 'ndjson', 'expected UTF-8, got UTF-16'],
])('%s is refused', async (_, content, format, message) => {
  const refused = check(content, format, [{ name: 'n', type: 'int' }])
  await expect(refused).rejects.toThrow(RowsFileError)
  await expect(refused).rejects.toThrow(message)
})

test.each(['ndjson', 'csv', 'parquet'] as const)('no such file of %s', async format => {
  const missing = checkRows({ path: join(folder, 'none'), format }, targetOf(SALES), engine)
  await expect(missing).rejects.toThrow(NotFoundError)
})

test('a required column that nothing fills is missing', async () => {
  const columns: Column[] = [
    { name: 'at', type: 'timestamp' },
    { name: 'year', type: 'int', required: true, filledBy: { column: 'at', transform: 'year' } },
  ]
  const rows = ['{"at":"2026-01-20"}', '{}', '{"year":2026}', '{"at":"today"}', '{"at":"today","year":2026}']
  const { good, bad } = await check(rows.join('\n'), 'ndjson', columns)
  expect(good).toHaveLength(1)
  expect(bad.map(({ reason }) => reason)).toEqual([
    'year: missing',
    'year: 2026 is not the year of at, which is missing',
    'at: today is no time such as 2026-01-20T01:00:00Z',
    'at: today is no time such as 2026-01-20T01:00:00Z',
  ])
})

test('names of columns are what they are, whatever is in them', async () => {
  const name = `"; drop table x; --'\n\${a}`
  const columns: Column[] = [
    { name, type: 'int', required: true },
    { name: 'line', type: 'int' },
    { name: 'v0', type: 'int' },
    { name: 'reason', type: 'int' },
  ]
  const { good, bad } = await check(
    `${JSON.stringify({ [name]: 1, line: 2, v0: 3, reason: 4 })}\n{}\n`,
    'ndjson',
    columns,
  )
  expect(good).toEqual([{ [name]: '1', line: '2', v0: '3', reason: '4' }])
  expect(bad[0]?.reason).toBe(`${name}: missing`)
})
