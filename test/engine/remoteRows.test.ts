import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'
import type { ExactValue } from '../../src/engine/exactJson.js'
import { landRows } from '../../src/engine/remoteRows.js'
import type { TrinoType } from '../../src/engine/trinoType.js'
import { arrayOf, mapOf, rowOf, typeOf } from './trinoTypes.js'

let folder: string
let engine: DuckDB
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-landed-'))
  engine = await openDuckDB({ memoryBytes: 100_000_000, threads: 2, tempFolder: join(folder, 'spill') })
})
afterAll(async () => {
  engine.close()
  await rm(folder, { recursive: true })
})

async function land(types: readonly (string | TrinoType)[], rows: ExactValue[][], names?: string[]) {
  const signatures = types.map(type => (typeof type === 'string' ? typeOf(type) : type))
  const columns = signatures.map((_, i) => ({ name: names?.[i] ?? `n${i}`, type: '' }))
  async function* exactRows() {
    yield* rows
  }
  return engine.rows(await landRows({ columns, types: signatures, exactRows: exactRows() }, folder))
}

test('values come through to every digit', async () => {
  const types = [
    ...[typeOf('bigint'), typeOf('decimal', 38, 2), typeOf('double'), typeOf('varbinary'), typeOf('date')],
    ...[typeOf('varchar'), arrayOf(typeOf('bigint')), mapOf(typeOf('varchar'), typeOf('bigint'))],
    ...[rowOf(['x', typeOf('bigint')], ['Y "z"', typeOf('varchar')]), typeOf('boolean')],
  ]
  const rows: ExactValue[][] = [
    [
      '9223372036854775807',
      '123456789012345678901234567890123456.78',
      'NaN',
      'AP8=',
      '2026-01-20',
      '😀 \' " \\ \n',
      ['-9223372036854775808', null],
      { 'a b': 1 },
      [1, 'x'],
      'true',
    ],
    types.map(() => null),
  ]
  const [first, second] = await land(types, rows)
  expect(Object.values(first ?? {})).toEqual([
    ...[9223372036854775807n, '123456789012345678901234567890123456.78', Number.NaN, Buffer.from([0, 255])],
    ...['2026-01-20', '😀 \' " \\ \n', [-9223372036854775808n, null], { 'a b': 1n }, { x: 1n, 'Y "z"': 'x' }, true],
  ])
  expect(Object.values(second ?? {})).toEqual(types.map(() => null))
})

test('times keep their microseconds', async () => {
  const select = await land([typeOf('timestamp', 6)], [['2026-01-20 01:00:00.123456']])
  expect(select).toHaveLength(1)
  const rows = await engine.rows(
    `select cast(n as varchar) as n from (${await landRows(
      {
        columns: [{ name: 'n', type: '' }],
        types: [typeOf('timestamp', 6)],
        exactRows: one('1969-12-31 23:59:59.999999'),
      },
      folder,
    )})`,
  )
  expect(rows).toEqual([{ n: '1969-12-31 23:59:59.999999' }])
})

async function* one(value: ExactValue) {
  yield [value]
}

test('rows are in their order, and one of several megabytes is one', async () => {
  const long = 'ä'.repeat(2_000_000)
  const rows = await land(
    ['integer', 'varchar'],
    Array.from({ length: 5000 }, (_, i) => [5000 - i, i === 7 ? long : 'a']),
  )
  expect(rows.map(({ n0 }) => n0)).toEqual(Array.from({ length: 5000 }, (_, i) => 5000 - i))
  expect(rows[7]?.n1).toBe(long)
})

test('two columns of a name, and none at all', async () => {
  expect(await land(['integer', 'integer'], [[1, 2]], ['a', 'a'])).toEqual([{ a: 1, 'a:1': 2 }])
  expect(await land([], [])).toEqual([])
})
