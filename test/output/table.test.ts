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

test.each([
  [60, 'a long text,… 2026-01-20T0… 12,345,678,901 12,345,678,901'],
  [30, 'a long text, longer tha… 2026-01-20T01-00Z 12,345,678,901 12,345,678,901'], // folded anyhow
])('on %i columns', async (width, expected) => {
  const row = { text: 'a long text, longer than any line', snapshot: '2026-01-20T01-00Z', a: 12_345_678_901n }
  const columns = [{ name: 'text' }, { name: 'snapshot' }, { name: 'a', kind: 'count' as const }]
  const lines: string[] = []
  const again = { ...columns[2], name: 'b', value: ({ a }: typeof row) => a, kind: 'count' as const }
  for await (const line of tableLines([row], [...columns, again], width, colorsFor(new TextSink(), {})))
    lines.push(line)
  expect(lines[1]?.trim().replaceAll(/ {2,}/g, ' ')).toBe(expected)
})
