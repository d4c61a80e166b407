import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../src/errors.js'
import { packageFolder } from '../../src/packageFolder.js'
import { parseTableSpec, type SpecValues, toTableSpec } from '../../src/tables/tableSpec.js'
import { formatTablesSchema } from '../../src/tables/tableSpecSchema.js'

const VALUES: SpecValues = { stage: 'dev', region: 'eu-west-1' }
const parse = (text: string, values = VALUES) => parseTableSpec(text, 'config/tables/sales.yaml', values)

const TEXT = `database: shop_{stage}
table: sales
comment: of {stage} in {region}
columns:
  - { name: id, type: long, required: true, comment: whose, min: 1 }
  - { name: price, type: 'decimal(10, 2)', min: '0.00', max: 100 }
  - { name: sold_at, type: timestamp, required: true, min: 2000-01-01 }
  - { name: season, type: string, one_of: [Q1, Q2] }
  - { name: vector, type: list<double>, length: 3 }
  - { name: year, type: int, required: true, from: year(sold_at) }
partition:
  - { column: year }
  - { column: id, transform: 'bucket[16]' }
  - { column: season, transform: 'truncate[1]', name: season_letter }
sort:
  - { column: sold_at }
  - { column: id, direction: desc }
  - { column: price, nulls: last }
properties: { owner: '{stage}', 'a.b': 5 }
queries: sales
sample: sales/sample
`

describe('a file of config/tables', () => {
  test('declares a table', () => {
    const { columns, ...declared } = parse(TEXT)
    expect(declared).toEqual({
      name: 'sales',
      file: 'config/tables/sales.yaml',
      database: 'shop_dev',
      table: 'shop_dev.sales',
      comment: 'of dev in eu-west-1',
      partition: [
        { name: 'year', column: 'year', transform: 'identity' },
        { name: 'id_bucket', column: 'id', transform: 'bucket[16]' },
        { name: 'season_letter', column: 'season', transform: 'truncate[1]' },
      ],
      sort: [
        { column: 'sold_at', direction: 'asc', nullOrder: 'nulls-first' },
        { column: 'id', direction: 'desc', nullOrder: 'nulls-last' },
        { column: 'price', direction: 'asc', nullOrder: 'nulls-last' },
      ],
      properties: { owner: 'dev', 'a.b': '5' },
      queries: 'sales',
      sample: 'sales/sample',
    })
    const list = { type: 'list', 'element-id': 0, element: 'double', 'element-required': false }
    expect(columns).toEqual([
      { name: 'id', type: 'long', required: true, comment: 'whose', min: '1' },
      { name: 'price', type: 'decimal(10,2)', required: false, min: '0.00', max: '100' },
      { name: 'sold_at', type: 'timestamp', required: true, min: '2000-01-01' },
      { name: 'season', type: 'string', required: false, oneOf: ['Q1', 'Q2'] },
      { name: 'vector', type: list, required: false, length: 3 },
      { name: 'year', type: 'int', required: true, filledBy: { column: 'sold_at', transform: 'year' } },
    ])
  })

  test('becomes what a catalog makes a table of', () => {
    const { name, schema, properties } = toTableSpec(parse(TEXT))
    expect([name, schema.fields.map(({ id, name }) => `${id} ${name}`)]).toEqual([
      'shop_dev.sales',
      ['1 id', '2 price', '3 sold_at', '4 season', '5 vector', '6 year'],
    ])
    expect(schema.fields[0]?.doc).toBe('whose')
    expect(properties).toEqual({ comment: 'of dev in eu-west-1', owner: 'dev', 'a.b': '5' })
  })

  test('has a database without -, whatever stage and region have', () => {
    const text = TEXT.replace('shop_{stage}', 'shop_{stage}_{region}')
    expect(parse(text, { stage: 'test_2', region: 'eu-west-1' }).database).toBe('shop_test_2_eu_west_1')
  })

  test('knows its stage where a command without --stage is about another table', () => {
    expect(parse(TEXT, { ...VALUES, stage: 'prod', usualStage: 'dev' })).toMatchObject({ stage: 'prod' })
    expect(parse(TEXT, { ...VALUES, usualStage: 'dev' })).not.toHaveProperty('stage')
    const alike = TEXT.replaceAll('{stage}', 'any')
    expect(parse(alike, { ...VALUES, stage: 'prod', usualStage: 'dev' })).not.toHaveProperty('stage')
  })

  test('may be short', () => {
    const { partition, sort, properties } = parse('database: a\ntable: b\ncolumns: [{ name: c, type: int }]')
    expect([partition, sort, properties]).toEqual([[], [], {}])
  })
})

const columns = (...lines: string[]) =>
  `database: a\ntable: b\ncolumns:\n${lines.map(line => `  - { ${line} }\n`).join('')}`
const AT = 'name: at, type: timestamp'

describe('a mistake is told with its line and column', () => {
  test.each<[text: string, ...lines: string[]]>([
    ['', '1:1: database: expected text, got none', '1:1: table: expected a name', '1:1: columns: expected a list of'],
    ['database: a\ntable: b\ncolumns: []', '3:10: columns: expected a list of columns, got []'],
    ['database: a\ntable: B\ncolumns: [{ name: c, type: int }]', '2:8: table: expected a name of lower-case letters'],
    [columns('name: 1c, type: int'), '4:13: columns[0].name: expected a name of lower-case letters'],
    [columns('name: c, typ: int'), '4:5: columns[0].type: expected text', '4:16: columns[0].typ: unknown key; did you'],
    [columns('name: c, type: int8'), '4:22: columns[0].type: expected a type of Iceberg'],
    [
      columns('name: c, type: "struct<a: int>"', 'name: d, type: "map<string, int>"', 'name: e, type: list<list<int>>'),
      '4:22: columns[0].type: expected a plain type or a list of one, such as string, decimal(10,2) or list<double>, got struct<a: int>; declare bytes as binary',
      '5:22: columns[1].type: expected a plain type or a list of one',
      '6:22: columns[2].type: expected a plain type or a list of one',
    ],
    [columns('name: c, type: "fixed[2]"'), '4:22: columns[0].type: expected a plain type or a list of one'],
    [
      columns('name: c, type: int', 'name: c, type: long'),
      '5:13: columns[1].name: expected each column once, got c again',
    ],
    [columns('name: c, type: int, min: 1.5'), '4:32: columns[0].min: expected int, got "1.5"'],
    [
      columns('name: c, type: "decimal(5,2)", min: "0.005"'),
      '4:43: columns[0].min: expected decimal(5,2), got "0.005"',
    ],
    [columns('name: c, type: date, max: 2026-02-30'), '4:33: columns[0].max: expected a date such as 2026-01-20, got'],
    [columns('name: c, type: int, min: 5, max: 5'), '4:40: columns[0].max: expected more than min, 5, got 5'],
    [columns('name: c, type: double, max: .inf'), '4:35: columns[0].max: expected a value'],
    [columns('name: c, type: long, max: 12345678901234567'), '4:33: columns[0].max: expected a value, in quotes where'],
    [
      columns('name: c, type: string, min: a'),
      '4:35: columns[0].min: expected it for numbers, dates and times only, got',
    ],
    [
      columns('name: c, type: int, one_of: [a]'),
      '4:35: columns[0].one_of: expected it for a column of type string only',
    ],
    [columns('name: c, type: string, length: 5'), '4:38: columns[0].length: expected it for a list only, got string'],
    [
      columns(AT, 'name: y, type: long, from: year(at)'),
      '5:22: columns[1].type: expected int for a filled column, got long',
    ],
    [columns(AT, 'name: y, type: int, from: years(at)'), '5:33: columns[1].from: expected year(COLUMN), month(COLUMN)'],
    [
      columns(AT, 'name: y, type: int, from: year(att)'),
      '5:33: columns[1].from: expected one of the columns, got "att"; did',
    ],
    [
      columns('name: d, type: date', 'name: h, type: int, from: hour(d)'),
      '5:33: columns[1].from: expected a column that has a hour',
    ],
    [
      columns(AT, 'name: y, type: int, from: year(y)'),
      '5:33: columns[1].from: expected a column that is given, got y,',
    ],
    [
      columns(AT, 'name: y, type: int, required: true, from: year(at)'),
      '5:37: columns[1].required: expected false, as at is',
    ],
    [
      `${columns(AT)}partition: [{ column: att }]`,
      '5:23: partition[0].column: expected one of the columns, got "att"; did',
    ],
    [
      `${columns(AT)}partition: [{ column: at, transform: weeks }]`,
      '5:38: partition[0].transform: expected identity, year',
    ],
    [
      `${columns(AT)}partition: [{ column: at, transform: 'truncate[5]' }]`,
      '5:38: partition[0].transform: expected one for at,',
    ],
    [
      `${columns('name: l, type: list<int>')}partition: [{ column: l }]`,
      '5:13: partition[0].transform: expected one for l',
    ],
    [
      `${columns(AT)}partition: [{ column: at }, { column: at }]`,
      '5:29: partition[1]: expected a name of its own, got at, which',
    ],
    [
      `${columns(AT)}partition: [{ column: at, transform: day, name: at }]`,
      '5:13: partition[0]: expected a name of its own',
    ],
    [
      `${columns('name: l, type: list<int>')}sort: [{ column: l }]`,
      '5:18: sort[0].column: expected a column that can be sorted',
    ],
    [
      columns(AT).replace('database: a', 'database: a_{stagee}'),
      '1:11: database: expected lower-case letters, digits and "_"',
    ],
  ])('%j', (text, ...lines) => {
    const told = messageOf(() => parse(text)).split('\n')
    expect(told.map((line, i) => line.slice(0, `config/tables/sales.yaml:${lines[i]}`.length))).toEqual(
      lines.map(line => `config/tables/sales.yaml:${line}`),
    )
  })

  test('a region that is not known', () => {
    const text = columns(AT).replace('database: a', 'database: a_{region}')
    expect(messageOf(() => parse(text, { stage: 'dev', region: '' }))).toBe(
      'config/tables/sales.yaml:1:11: database: expected a region for {region}, got none; set aws.region or AWS_REGION',
    )
  })
})

test('the JSON schema that ships is the one that checks; `npm run schema` writes it', () => {
  const shipped = readFileSync(join(packageFolder(), 'config', 'tables.schema.json'), 'utf8')
  expect(shipped).toBe(formatTablesSchema())
})

function messageOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
  return 'no mistake'
}
