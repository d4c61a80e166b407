import { describe, expect, test } from 'vitest'
import type { ReportAnswer } from '../../src/api/results.js'
import { planChart } from '../../src/ui/app/results/planChart.js'

type Rows = ReportAnswer['rows']
const column = (name: string, kind: ReportAnswer['columns'][number]['kind'] = 'text') => {
  return { name, title: name, kind, type: 'ANY' }
}
const STORAGE = [column('connector'), column('path'), column('objects', 'count'), column('size', 'bytes')]
const GROWTH = [column('connector'), column('snapshot'), column('size', 'bytes')]
const bars = (rows: Rows, columns = STORAGE) => planChart({ columns, rows, chart: { kind: 'bar', columns: ['size'] } })
const lines = (rows: Rows) =>
  planChart({ columns: GROWTH, rows, chart: { kind: 'spark', columns: ['size', 'connector'] } })

describe('bars', () => {
  test.each<[string, Rows, { label: string; value: number }[]]>([
    [
      'are called by what differs',
      [
        ['demo', 'a/', 1, 5],
        ['demo', 'b/', 1, 3],
      ],
      [
        { label: 'a/', value: 5 },
        { label: 'b/', value: 3 },
      ],
    ],
    [
      'of several connectors have their names, too',
      [
        ['x', 'a/', 1, 5],
        ['y', 'a/', 1, 3],
      ],
      [
        { label: 'x', value: 5 },
        { label: 'y', value: 3 },
      ],
    ],
    [
      'of both',
      [
        ['x', 'a/', 1, 5],
        ['y', 'b/', 1, 3],
      ],
      [
        { label: 'x  a/', value: 5 },
        { label: 'y  b/', value: 3 },
      ],
    ],
    ['one alone has the nearest text', [['demo', 'a/', 1, 5]], [{ label: 'a/', value: 5 }]],
    [
      'without a name say so',
      [
        ['demo', null, 1, 5],
        ['demo', 'b/', 1, 3],
      ],
      [
        { label: '(none)', value: 5 },
        { label: 'b/', value: 3 },
      ],
    ],
    [
      'are left out where the figure is not known',
      [
        ['demo', 'a/', 1, 5],
        ['demo', 'b/', 1, null],
      ],
      [{ label: 'a/', value: 5 }],
    ],
  ])('%s', (_, rows, expected) => expect(bars(rows)).toMatchObject({ shape: 'bars', kind: 'bytes', bars: expected }))

  test('have no word that most of them have, where the others tell them apart', () => {
    const columns = [column('path'), column('counted'), column('size', 'bytes')]
    const labels = (rows: Rows) => {
      const plan = bars(rows, columns)
      return plan?.shape === 'bars' ? plan.bars.map(({ label }) => label) : undefined
    }
    const [a, b, c] = [
      ['a/', 'all', 9],
      ['b/', 'all', 5],
      ['c/', 'direct', 1],
    ]
    if (!a || !b || !c) throw new Error('three rows')
    expect(labels([a, b, c])).toEqual(['a/', 'b/', 'c/'])
    expect(labels([a, b, ['a/', 'direct', 1]])).toEqual(['a/  all', 'b/  all', 'a/  direct'])
    expect(labels([a, b, ['', 'direct', 1]])).toEqual(['a/', 'b/', 'direct'])
  })

  test('of ranges have both ends', () => {
    const columns = [column('connector'), column('from', 'bytes'), column('to', 'bytes'), column('size', 'count')]
    const plan = bars(
      [
        ['demo', 0, 1, 4],
        ['demo', 100, 1000, 9],
        ['demo', null, null, 1],
      ],
      columns,
    )
    expect(plan?.shape === 'bars' && plan.bars.map(({ label }) => label)).toEqual([
      '0 B – 1 B',
      '100 B – 1.0 kB',
      '(none) – (none)',
    ])
  })

  test('are the first of many, and say of how many', () => {
    const rows = Array.from({ length: 70 }, (_, i) => ['demo', `${i}/`, 1, 70 - i])
    const plan = bars(rows)
    expect(plan?.shape === 'bars' && [plan.bars.length, plan.count, plan.bars[0]?.label]).toEqual([30, 70, '0/'])
  })

  test.each<[string, Rows]>([
    ['no rows', []],
    ['nothing but zeros', [['demo', 'a/', 1, 0]]],
    ['nothing known', [['demo', 'a/', 1, null]]],
  ])('are not drawn of %s', (_, rows) => expect(bars(rows)).toBeUndefined())
})

describe('lines', () => {
  test('go through the times of snapshots, of reports and of scans', () => {
    const plan = lines([
      ['demo', '2026-01-19T01-00Z', 5],
      ['demo', '2026-01-20T10-31-07Z', 7],
      ['demo', 'no snapshot', 9],
    ])
    expect(plan?.shape === 'lines' && plan.points).toEqual([
      { series: 'demo', time: new Date('2026-01-19T01:00:00Z'), value: 5 },
      { series: 'demo', time: new Date('2026-01-20T10:31:07Z'), value: 7 },
    ])
  })
  test('of nothing are not drawn', () => expect(lines([])).toBeUndefined())
})

test.each([null, { kind: 'bar', columns: ['no such column'] }, { kind: 'bar', columns: [] }])(
  '%j is no chart',
  chart => {
    expect(planChart({ columns: STORAGE, rows: [['demo', 'a/', 1, 5]], chart })).toBeUndefined()
  },
)
