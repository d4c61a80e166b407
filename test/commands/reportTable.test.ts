import picocolors from 'picocolors'
import { describe, expect, test } from 'vitest'
import type { Context } from '../../src/commands/globals.js'
import { writeReportTable } from '../../src/commands/reportTable.js'
import type { ResultColumn, Row } from '../../src/engine/engine.js'
import { parseHeader } from '../../src/models/header.js'
import { parseShownAs } from '../../src/models/shownAs.js'
import type { Format } from '../../src/output/format.js'
import { writeRows } from '../../src/output/rows.js'
import { TextSink } from '../output/textSink.js'

interface Shown {
  readonly header?: string
  readonly leftOut?: readonly string[]
  readonly format?: Format
  /** Of the terminal; without it there is none. */
  readonly width?: number
  /** Of columns that are no texts. */
  readonly types?: Readonly<Record<string, string>>
}

/** What is written of rows with the columns of the first; `…_time` is a time. */
async function show(
  rows: readonly Row[],
  { header = '', leftOut = [], format = 'table', width, types = {} }: Shown = {},
) {
  const stdout = new TextSink(width)
  const context = {
    stdout,
    format,
    write: (rows, columns) => writeRows(rows, columns, format, stdout, picocolors.createColors(false)),
  } as Pick<Context, 'stdout' | 'format' | 'write'> as Context
  const columns = Object.keys(rows[0] ?? {}).map((name): ResultColumn => {
    return { name, type: types[name] ?? (name.endsWith('_time') ? 'TIMESTAMP' : 'VARCHAR') }
  })
  const given = async function* () {
    yield* rows
  }
  const shownAs = parseShownAs(parseHeader(`${header}\nselect 1`, 'x.sql'))
  const count = await writeReportTable({ columns, rows: given() }, { shownAs, subject: 'x', leftOut }, context)
  return { count, lines: stdout.text.trimEnd().split('\n') }
}

const table = async (rows: readonly Row[], shown: Shown = {}) => (await show(rows, shown)).lines

/** The cells of lines, where none is empty. */
const cells = (lines: readonly string[]): string[][] => lines.map(line => line.trim().split(/ {2,}/))

test('kinds and headings are by the names of columns', async () => {
  const row = {
    ...{
      path: '',
      object_count: 1_204n,
      small_count: 3n,
      total_size_bytes: 1_500n,
      first_bytes: 0n,
      age_ms: 3_600_000,
    },
    ...{ listing_usd: 0.0012, month_usd: 0.0012, size_share: 0.5, sample_rate: 0.1, get_requests: 1_000n, year: 2026n },
    seen_time: new Date('2026-01-20T01:00:59Z'),
  }
  const [titles = [], values = []] = cells(await table([row]))
  expect(titles.map((title, i) => [title, values[i]])).toEqual([
    ['path', '(the root)'],
    ['objects', '1,204'],
    ['small', '3'],
    ['size', '1.5 kB'],
    ['first', '0 B'],
    ['age', '60 min'],
    ['listing', '0.0012 USD'],
    ['month', '<0.01 USD'],
    ['share', '50 %'],
    ['sample', '10 %'],
    ['get requests', '1,000'],
    ['year', '2026'],
    ['seen time', '2026-01-20 01:00'],
  ])
})

test.each([
  ['bytes', '12 B'],
  ['first_bytes', '12 B'],
  ['gigabytes', '12'],
  ['megabytes', '12'],
])('a unit is a word of its own: %s', async (name, text) => {
  expect(cells(await table([{ [name]: 12, end: '|' }]))[1]).toEqual([text, '|'])
})

describe('decimals that come as texts', () => {
  const types = { request_usd: 'DECIMAL(24,4)', n: 'DECIMAL(38,0)', month_usd: 'DECIMAL(24,4)', code: 'VARCHAR' }
  const rows = [
    { request_usd: '1204.0004', n: '90071992547409930', month_usd: '0.0012', code: '007' },
    { request_usd: '0.5000', n: '1', month_usd: null, code: '1.50' },
  ]

  test('are shown and added up as the figures they are', async () => {
    expect(cells(await table(rows, { types, header: '-- totals: request_usd, n, month_usd' }))).toEqual([
      ['request', 'n', 'month', 'code'],
      ['1,204.00 USD', '90071992547409930', '<0.01 USD', '007'],
      ['0.50 USD', '1', '1.50'],
      ['in all: request 1,204.50 USD, n 90071992547409931, month <0.01 USD'],
    ])
  })

  test('are drawn', async () => {
    const lines = await table(rows, { types, header: '-- chart: bar request_usd', width: 100 })
    expect(lines[1]).toContain('█'.repeat(18))
    const grown = ['1.0', '2.0', '4.0'].map(request_usd => ({ connector: 'a', request_usd }))
    const drawn = await table(grown, { types, header: '-- chart: spark request_usd by connector', width: 60 })
    expect(drawn.at(-1)).toBe('a  request  ▁▃█  1.00 USD → 4.00 USD')
  })
})

test.each([
  [0, '0 USD'],
  [0.004, '<0.01 USD'],
  [0.005, '0.01 USD'],
  [0.0149, '0.01 USD'],
  [1234.567, '1,234.57 USD'],
])('%s USD a month are shown to the cent: %s', async (usd, text) => {
  expect(cells(await table([{ month_usd: usd, end: '|' }]))[1]).toEqual([text, '|'])
})

describe('a header', () => {
  const rows = [
    { connector: 'a', size_bytes: 3n, odd: 0n, word: 'x', month_usd: 0.5 },
    { connector: 'b', size_bytes: null, odd: null, word: 'y', month_usd: 0.25 },
  ]

  test('leaves out what says nothing, and what is for programs', async () => {
    expect(await table(rows, { header: '-- quiet: odd, word\n-- data: connector' })).toEqual([
      'size  word     month',
      ' 3 B  x     0.50 USD',
      '      y     0.25 USD',
    ])
  })

  test('adds up what is shown, below a table only', async () => {
    const header =
      '-- totals: size_bytes, month_usd, odd\n-- quiet: odd\n-- titles: size_bytes bytes, month_usd a month'
    expect((await table(rows, { header })).at(-1)).toBe('in all: bytes 3 B, a month 0.75 USD')
    expect((await table(rows, { header, format: 'markdown' })).at(-1)).toMatch(/^\| b \|/)
  })

  test('can give no title that a terminal obeys', async () => {
    const grown = [1n, 2n, 3n].map(n => ({ connector: 'a', n }))
    const header = '-- totals: n\n-- titles: n \x1b[31mred\n-- chart: spark n by connector'
    const lines = await table(grown, { header, width: 60 })
    expect(lines.join('')).not.toContain('\x1b')
    expect(lines.slice(-2)).toEqual(['in all: \\x1b[31mred 6', 'a  \\x1b[31mred  ▁▅█  1 → 3'])
  })

  test('adds up nothing to a word', async () => {
    const unknown = rows.map(row => ({ ...row, size_bytes: null }))
    expect((await table(unknown, { header: '-- totals: size_bytes' })).at(-1)).toBe('in all: size unknown')
    expect(await table([{ n: 2n }, { n: 0.5 }], { header: '-- totals: n' })).toContain('in all: n 2.5')
  })

  test.each(['chart: bar nothing', 'totals: nothing', 'quiet: nothing', 'data: nothing', 'titles: nothing at all'])(
    'is refused where there is no such column: %s',
    async line => {
      await expect(show(rows, { header: `-- ${line}` })).rejects.toThrow(
        'x: expected the column nothing that its header names, got only connector, size_bytes, odd, word, month_usd',
      )
    },
  )
})

test('a column whose value is known is left out', async () => {
  expect(await table([{ connector: 'a', n: 1n }], { leftOut: ['connector'] })).toEqual(['n', '1'])
})

describe('a chart', () => {
  const rows = [
    { connector: 'a', total_size_bytes: 10n },
    { connector: 'b', total_size_bytes: 5n },
  ]
  const header = '-- chart: bar total_size_bytes'

  test('of bars is drawn on a terminal that has room', async () => {
    expect(await table(rows, { header, width: 100 })).toEqual([
      'connector  size',
      `a          10 B  ${'█'.repeat(18)}`,
      `b           5 B  ${'█'.repeat(9)}`,
    ])
  })

  test.each<[string, Shown]>([
    ['off a terminal', {}],
    ['where there is no room', { width: 20 }],
    ['in Markdown', { width: 100, format: 'markdown' }],
  ])('is not drawn %s', async (_, shown) => {
    expect((await table(rows, { header, ...shown })).join('')).not.toContain('█')
  })

  test('of growth is a line for each connector of three rows or more', async () => {
    const grown = [
      ...[10n, 20n, 40n].map(total_size_bytes => ({ connector: 'a', total_size_bytes })),
      ...[1n, 2n].map(total_size_bytes => ({ connector: 'b', total_size_bytes })),
      ...[3n, null, 2n, 1n].map(total_size_bytes => ({ connector: 'c', total_size_bytes })),
    ]
    const lines = await table(grown, { header: '-- chart: spark total_size_bytes by connector', width: 60 })
    expect(lines.slice(10)).toEqual(['a  size  ▁▃█  10 B → 40 B', 'c  size  █▅▁  3 B → 1 B'])
  })
})

test('of very many rows every one is written, and all columns', async () => {
  const rows = Array.from({ length: 2_500 }, (_, i) => ({ n: BigInt(i), odd: null }))
  const { count, lines } = await show(rows, { header: '-- quiet: odd\n-- chart: bar n\n-- totals: n', width: 100 })
  expect(count).toBe(2_500)
  expect(lines).toHaveLength(2_502)
  expect(lines[0]).toMatch(/^ +n +odd$/)
  expect(lines.at(-1)).toBe('in all: n 3123750')
})

test('without rows there are headings', async () => {
  expect(await show([], { header: '' })).toEqual({ count: 0, lines: [''] })
})
