import { expect, test } from 'vitest'
import { formatCsv, formatJson } from '../../src/ui/app/parts/tableFile.js'
import type { ValueColumn } from '../../src/ui/app/parts/tableRows.js'

interface Row {
  readonly key: string | null
  readonly size: number
}

const columns: readonly ValueColumn<Row>[] = [
  { name: 'key', title: 'key', value: ({ key }) => key },
  { name: 'bar', title: '', value: () => null },
  { name: 'size', title: 'size', kind: 'bytes', value: ({ size }) => size },
]
const rows: readonly Row[] = [
  { key: 'a,"b"\n', size: 1_234_567 },
  { key: '', size: 0 },
  { key: null, size: 1 },
]

test('a table is CSV with exact values, and without its bars and buttons', () =>
  expect(formatCsv(rows, columns)).toBe('key,size\n"a,""b""\n",1234567\n"",0\n,1\n'))

test('a table is JSON', () =>
  expect(JSON.parse(formatJson(rows, columns))).toEqual([
    { key: 'a,"b"\n', size: 1_234_567 },
    { key: '', size: 0 },
    { key: null, size: 1 },
  ]))
