import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queryArrow } from '../../src/engine/arrowResult.js'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'
import { ArrowValueError } from '../../src/output/arrowColumn.js'
import { type ArrowForm, arrowBytes } from '../../src/output/arrowStream.js'
import { type ArrowRead, readWithArrow } from '../oracles/independentReaders.js'
import { describeWithOracles } from '../oracles/oracles.js'

let engine: DuckDB
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-arrow-'))
  engine = await openDuckDB({ memoryBytes: 150_000_000, threads: 2, tempFolder: join(folder, 'spill') })
})
afterAll(async () => {
  engine.close()
  await rm(folder, { recursive: true })
})

async function writeFile(sql: string, form: ArrowForm): Promise<string> {
  const path = join(folder, form === 'file' ? 'rows.arrow' : 'rows.arrows')
  await pipeline(Readable.from(arrowBytes(await queryArrow(engine, sql), form)), createWriteStream(path))
  return path
}

// SQL of the value, pyarrow's type, Polars' type, the value as text.
const VALUES: readonly (readonly [sql: string, pyarrow: string, polars: string, value: unknown])[] = [
  ['true', 'bool', 'Boolean', true],
  ['(-128)::tinyint', 'int8', 'Int8', '-128'],
  ['(-32768)::smallint', 'int16', 'Int16', '-32768'],
  ['(-2147483648)::integer', 'int32', 'Int32', '-2147483648'],
  ['9223372036854775807', 'int64', 'Int64', '9223372036854775807'],
  ['(-9223372036854775808)::bigint', 'int64', 'Int64', '-9223372036854775808'],
  ['255::utinyint', 'uint8', 'UInt8', '255'],
  ['65535::usmallint', 'uint16', 'UInt16', '65535'],
  ['4294967295::uinteger', 'uint32', 'UInt32', '4294967295'],
  ['18446744073709551615::ubigint', 'uint64', 'UInt64', '18446744073709551615'],
  [
    '-99999999999999999999999999999999999999::hugeint',
    'decimal128(38, 0)',
    'Decimal(precision=38, scale=0)',
    '-99999999999999999999999999999999999999',
  ],
  ['12.50::decimal(4,2)', 'decimal128(4, 2)', 'Decimal(precision=4, scale=2)', '12.50'],
  ['-0.001::decimal(18,3)', 'decimal128(18, 3)', 'Decimal(precision=18, scale=3)', '-0.001'],
  [
    '-9999999999999999999999999999.9999999999::decimal(38,10)',
    'decimal128(38, 10)',
    'Decimal(precision=38, scale=10)',
    '-9999999999999999999999999999.9999999999',
  ],
  ['0.1::double', 'double', 'Float64', '0.1'],
  ["'nan'::double", 'double', 'Float64', 'nan'],
  ["'-inf'::double", 'double', 'Float64', '-inf'],
  ['0.5::float', 'float', 'Float32', '0.5'],
  ["'é\u{1f4be}\ufeff\n'", 'string', 'String', 'é\u{1f4be}\ufeff\n'],
  ["''", 'string', 'String', ''],
  ["'\\x00\\xff'::blob", 'binary', 'Binary', '00ff'],
  ["date '1969-12-31'", 'date32[day]', 'Date', '1969-12-31'],
  ["date '9999-12-31'", 'date32[day]', 'Date', '9999-12-31'],
  ["time '23:59:59.999999'", 'time64[us]', 'Time', '23:59:59.999999'],
  [
    "timestamp '2026-01-20 01:00:00.123456'",
    'timestamp[us]',
    "Datetime(time_unit='us', time_zone=None)",
    '2026-01-20T01:00:00.123456',
  ],
  [
    "timestamp '1969-12-31 23:59:59.999999'",
    'timestamp[us]',
    "Datetime(time_unit='us', time_zone=None)",
    '1969-12-31T23:59:59.999999',
  ],
  [
    "timestamptz '2026-01-20 01:00:00+02'",
    'timestamp[us, tz=UTC]',
    "Datetime(time_unit='us', time_zone='UTC')",
    '2026-01-19T23:00:00+00:00',
  ],
  [
    "'2026-01-20 01:00:00'::timestamp_s",
    'timestamp[s]',
    "Datetime(time_unit='ms', time_zone=None)",
    '2026-01-20T01:00:00',
  ],
  [
    "'2026-01-20 01:00:00.123'::timestamp_ms",
    'timestamp[ms]',
    "Datetime(time_unit='ms', time_zone=None)",
    '2026-01-20T01:00:00.123000',
  ],
  ['[1, null, 3]', 'list<item: int32>', 'List(Int32)', ['1', null, '3']],
  ["[['a'], [], null]", 'list<item: list<item: string>>', 'List(List(String))', [['a'], [], null]],
  ['[1, 2]::integer[2]', 'list<item: int32>', 'List(Int32)', ['1', '2']],
  [
    "{'n': 1::bigint, 'at': date '2026-01-20', 'none': null::varchar}",
    'struct<n: int64, at: date32[day], none: string>',
    "Struct({'n': Int64, 'at': Date, 'none': String})",
    { n: '1', at: '2026-01-20', none: null },
  ],
  ["uuid '0191fe0b-0000-7000-8000-000000000001'", 'string', 'String', '0191fe0b-0000-7000-8000-000000000001'],
  ["'b'::enum('a', 'b')", 'string', 'String', 'b'],
  ["interval '1 day 2 seconds'", 'string', 'String', '1 day 00:00:02'],
  ['\'{"a": [1]}\'::json', 'string', 'String', '{"a": [1]}'],
  ["'101'::bit", 'string', 'String', '101'],
]

describeWithOracles('pyarrow and Polars read', () => {
  const found: Partial<Record<ArrowForm, Awaited<ReturnType<typeof readWithArrow>>>> = {}
  beforeAll(async () => {
    const values = VALUES.map(([sql], i) => `${sql} as c${i}`)
    const nulls = VALUES.map((_, i) => `null as c${i}`)
    const sql = `from (select 1 as n, ${values} union all select 2, ${nulls}) order by n`
    for (const form of ['stream', 'file'] as const) found[form] = await readWithArrow(await writeFile(sql, form))
  })

  test.each(VALUES.map((each, i) => [each[0], each, i] as const))('%s', (_, [, pyarrow, polars, value], i) => {
    for (const form of ['stream', 'file'] as const) {
      const columnOf = ({ columns = [], rows = [] }: Partial<ArrowRead> = {}) => [
        columns[i + 1]?.[1],
        ...rows.map(row => row[i + 1]),
      ]
      expect(columnOf(found[form]?.pyarrow)).toEqual([pyarrow, value, null])
      expect(columnOf(found[form]?.polars)).toEqual([polars, value, null])
    }
  })

  test('a map as pairs', async () => {
    const path = await writeFile("select map {'a': 1, 'b': null} as value union all select map {}", 'stream')
    const { pyarrow } = await readWithArrow(path)
    expect(pyarrow.columns).toEqual([['value', 'map<string, int32>']])
    expect(pyarrow.rows).toContainEqual([
      [
        ['a', '1'],
        ['b', null],
      ],
    ])
    expect(pyarrow.rows).toContainEqual([[]])
  })

  test('a column of NULLs, and no rows, under the types of the query', async () => {
    const sql = "select 1::bigint as n, null::timestamp as at, null as nothing, ['a'] as list where $1"
    for (const rows of [[], [['1', null, null, ['a']]]]) {
      const path = await writeFile(sql.replace('$1', rows.length > 0 ? 'true' : 'false'), 'stream')
      const { pyarrow, polars } = await readWithArrow(path)
      expect(pyarrow).toEqual({
        columns: [
          ['n', 'int64'],
          ['at', 'timestamp[us]'],
          ['nothing', 'int32'],
          ['list', 'list<item: string>'],
        ],
        rows,
      })
      expect(polars.rows).toEqual(rows)
    }
  })

  test('many rows, in batches and in order', async () => {
    const sql = "select range as n, if(range % 3 = 0, null, 'v' || range) as v from range(50000)"
    const { pyarrow, batches } = await readWithArrow(await writeFile(sql, 'stream'))
    expect(batches).toBeGreaterThan(2)
    expect(pyarrow.rows).toHaveLength(50_000)
    expect(pyarrow.rows[49_999]).toEqual(['49999', 'v49999'])
    expect(pyarrow.rows.every(([n], i) => Number(n) === i)).toBe(true)
  })
})

describe('what Arrow has no value for is refused, with what to do', () => {
  test.each<[string, string]>([
    ["date 'infinity'", 'expected a date or time, got infinity'],
    ["timestamp '-infinity'", 'expected a date or time, got -infinity'],
    ['170141183460469231731687303715884105727::hugeint', 'expected at most 38 digits'],
    ['340282366920938463463374607431768211455::uhugeint', 'expected at most 38 digits'],
  ])('%s', async (sql, message) => {
    const table = await queryArrow(engine, `select ${sql} as value`)
    const bytes = Readable.from(arrowBytes(table, 'stream')).toArray()
    await expect(bytes).rejects.toThrow(ArrowValueError)
    await expect(
      Readable.from(arrowBytes(await queryArrow(engine, `select ${sql}`), 'stream')).toArray(),
    ).rejects.toThrow(message)
  })
})

test('columns of one name, of none and of odd ones are kept apart', async () => {
  const sql = 'select 1 as a, 2 as a, 3 as " ", 4 as "é ""q"""'
  const bytes = await Readable.from(arrowBytes(await queryArrow(engine, sql), 'stream')).toArray()
  const { schema } = tableFromIPC(Buffer.concat(bytes))
  expect(schema.fields.map(({ name }) => name)).toEqual(['a', 'a:1', ' ', 'é "q"'])
})
