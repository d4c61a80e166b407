import { expect, test } from 'vitest'
import { tableLines } from '../../src/output/table.js'
import { colorsFor } from '../../src/output/terminal.js'
import { TextSink } from './textSink.js'

test('a figure is never cut, as it would read as another one', async () => {
  const rows = [
    ...Array.from({ length: 1000 }, () => ({ size: 1n, key: 'k' })),
    { size: 12_345_678_901n, key: 'a long key' },
  ]
  const columns = [{ name: 'size', kind: 'count' as const }, { name: 'key' }]
  const lines: string[] = []
  for await (const line of tableLines(rows, columns, 30, colorsFor(new TextSink(), {}))) lines.push(line)
  expect([lines[1], lines.at(-1)]).toEqual(['   1  k\n', '12,345,678,901  a …\n'])
})
