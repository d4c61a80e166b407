import { tableFromIPC } from 'apache-arrow'
import picocolors from 'picocolors'
import { describe, expect, test } from 'vitest'
import { typeByName } from '../../src/output/arrowRows.js'
import type { Column } from '../../src/output/cells.js'
import { writeRows } from '../../src/output/rows.js'
import { CHANGES, FOLDERS, OBJECTS, SNAPSHOTS } from '../../src/snapshot/tables.js'
import { BytesSink } from './bytesSink.js'

async function writeArrow(rows: Iterable<object>, columns: readonly Column[]) {
  const out = new BytesSink()
  await writeRows(rows, columns, 'arrow', out, picocolors.createColors(false))
  return tableFromIPC(out.bytes)
}

const AT = new Date('2026-01-20T01:00:00.123Z')

// A column, its values, Arrow's type and how that table shows them.
test.each<[Partial<Column> & { name: string }, unknown[], string, unknown[]]>([
  [{ name: 'key' }, ['a', '', null], 'Utf8', ['a', '', null]],
  [{ name: 'n' }, [9_223_372_036_854_775_807n, null], 'Int64', [9_223_372_036_854_775_807n, null]],
  [{ name: 'n' }, [0.5, 2], 'Float64', [0.5, 2]],
  [{ name: 'n' }, [1n, 0.5], 'Float64', [1, 0.5]],
  [{ name: 'n' }, [true, null, false], 'Bool', [true, null, false]],
  [{ name: 'n' }, [AT, null], 'Timestamp<MICROSECOND>', [AT.getTime(), null]],
  [{ name: 'n' }, [new Uint8Array([0, 255])], 'Binary', [new Uint8Array([0, 255])]],
  [{ name: 'n' }, [[1, 'a'], { b: 2n }], 'Utf8', ['[1,"a"]', '{"b":2}']],
  [{ name: 'n' }, ['a', 1n], 'Utf8', ['a', '1']],
  [{ name: 'n' }, [null], 'Utf8', [null]],
  [{ name: 'size' }, [null], 'Int64', [null]],
  [{ name: 'size' }, [5], 'Int64', [5n]],
  [{ name: 'size' }, ['large'], 'Utf8', ['large']], // a report of one's own may call anything so
  [{ name: 'size' }, [0.5], 'Float64', [0.5]],
  [{ name: 'share', kind: 'share' }, [null], 'Float64', [null]],
  [{ name: 'n', kind: 'count' }, [3], 'Int64', [3n]],
  [{ name: 'is_latest' }, [null], 'Bool', [null]],
  [{ name: 'dt' }, ['2026-01-20'], 'Date32<DAY>', [Date.UTC(2026, 0, 20)]],
  [{ name: 'n', type: 'INTEGER' }, [-5, null], 'Int32', [-5, null]],
  [{ name: 'n', type: 'UBIGINT' }, [18_446_744_073_709_551_615n], 'Uint64', [18_446_744_073_709_551_615n]],
  [{ name: 'size', type: 'VARCHAR' }, ['large'], 'Utf8', ['large']],
  [{ name: 'n', type: 'DATE' }, ['1969-12-31'], 'Date32<DAY>', [-86_400_000]],
  [{ name: 'n', type: 'TIMESTAMP WITH TIME ZONE' }, [AT], 'Timestamp<MICROSECOND, UTC>', [AT.getTime()]],
  [{ name: 'n', type: 'INTEGER[]' }, [[1, 2]], 'Utf8', ['[1,2]']],
  [{ name: 'n', type: 'DOUBLE' }, [null], 'Float64', [null]],
])('$0 is $2', async (column, values, type, shown) => {
  const table = await writeArrow(
    values.map(value => ({ [column.name]: value })),
    [column],
  )
  const vector = table.getChildAt(0)
  expect(String(vector?.type)).toBe(type)
  expect(vector?.toArray === undefined ? [] : values.map((_, i) => vector.get(i))).toEqual(shown)
})

test.each<[string, unknown, bigint]>([
  ['DECIMAL(18,3)', 0.1, 100n],
  ['DECIMAL(15,10)', 1e-7, 1000n],
  ['DECIMAL(4,2)', -12.5, -1250n],
  ['DECIMAL(38,10)', '-9999999999999999999999999999.9999999999', -99999999999999999999999999999999999999n],
  ['HUGEINT', -99999999999999999999999999999999999999n, -99999999999999999999999999999999999999n],
])('a %s of %s is whole', async (type, value, unscaled) => {
  const table = await writeArrow([{ n: value }], [{ name: 'n', type }])
  const words: Uint32Array = table.getChildAt(0)?.get(0)
  expect(
    BigInt.asIntN(
      128,
      words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n),
    ),
  ).toBe(unscaled)
})

test('no rows have columns of the types that their names tell', async () => {
  const table = await writeArrow([], [{ name: 'key' }, { name: 'size' }, { name: 'last_modified_date' }])
  expect(table.numRows).toBe(0)
  expect(table.schema.fields.map(({ type }) => String(type))).toEqual(['Utf8', 'Int64', 'Timestamp<MICROSECOND>'])
})

test('many rows come in batches', async () => {
  const table = await writeArrow(
    Array.from({ length: 5000 }, (_, n) => ({ n })),
    [{ name: 'n', type: 'BIGINT' }],
  )
  expect([table.numRows, table.batches.length > 1, table.getChildAt(0)?.get(4999)]).toEqual([5000, true, 4999n])
})

test('a value that the first batch did not let expect ends it, and says which', async () => {
  const rows = [...Array.from({ length: 2048 }, () => ({ n: 1n })), { n: 'text' }]
  await expect(writeArrow(rows, [{ name: 'n' }])).rejects.toThrow(
    'column n: expected a value of the type Int64, got text',
  )
})

describe('the name of a column of the lake tells its type', () => {
  const TYPES: Readonly<Record<string, string>> = {
    string: 'undefined',
    long: 'Int64',
    double: 'Float64',
    boolean: 'Bool',
    date: 'Date32<DAY>',
    timestamp: 'Timestamp<MICROSECOND>',
  }
  const fields = [OBJECTS, FOLDERS, CHANGES, SNAPSHOTS].flatMap(({ schema }) => schema.fields)
  test.each(fields.map(({ name, type }) => [name, type]))('%s is %s', (name, type) => {
    expect(String(typeByName(name))).toBe(TYPES[String(type)])
  })
})
