import { Writable } from 'node:stream'
import fc from 'fast-check'
import { parse as parseLossless } from 'lossless-json'
import picocolors from 'picocolors'
import { describe, expect, test } from 'vitest'
import type { Column } from '../../src/output/cells.js'
import { FORMATS, type Format } from '../../src/output/format.js'
import { writeRows } from '../../src/output/rows.js'
import { TextSink } from './textSink.js'

const plain = picocolors.createColors(false)

async function write(
  rows: Iterable<object>,
  columns: readonly (string | Column)[],
  format: Format,
  out = new TextSink(),
): Promise<string> {
  const named = columns.map(column => (typeof column === 'string' ? { name: column } : column))
  await writeRows(rows, named, format, out, plain)
  return out.text
}

describe('data formats are exact', () => {
  const time = new Date(Date.UTC(2026, 0, 20, 1))
  test.each<[string, unknown, string, string]>([
    ['a text', 'a', '"a"', 'a'],
    ['an integer past 2^53', 9_007_199_254_740_993n, '9007199254740993', '9007199254740993'],
    ['a double', 0.1, '0.1', '0.1'],
    ['not a number', Number.NaN, 'null', ''],
    ['infinity', -Infinity, 'null', ''],
    ['true', true, 'true', 'true'],
    ['NULL', null, 'null', ''],
    ['an absent value', undefined, 'null', ''],
    ['an empty text', '', '""', '""'],
    ['a time', time, '"2026-01-20T01:00:00.000Z"', '2026-01-20T01:00:00.000Z'],
    ['no time', new Date(Number.NaN), 'null', ''],
    ['bytes', new Uint8Array([0, 255]), '"00ff"', '00ff'],
    ['a list', [1, 2n, null], '[1,2,null]', '"[1,2,null]"'],
    [
      'a struct',
      { a: 1n, b: [time] },
      '{"a":1,"b":["2026-01-20T01:00:00.000Z"]}',
      '"{""a"":1,""b"":[""2026-01-20T01:00:00.000Z""]}"',
    ],
    ['a map', new Map([['k', 1]]), '{"k":1}', '"{""k"":1}"'],
    ['a text of many lines', 'a\r\n"b",c', '"a\\r\\n\\"b\\",c"', '"a\r\n""b"",c"'],
    ['control characters', '\x1b[31m\x7f\x9b', '"\\u001b[31m\\u007f\\u009b"', '\x1b[31m\x7f\x9b'],
  ])('%s', async (_, value, json, csv) => {
    expect(await write([{ value }], ['value'], 'json')).toBe(`[\n{"value":${json}}\n]\n`)
    expect(await write([{ value }], ['value'], 'jsonl')).toBe(`{"value":${json}}\n`)
    expect(await write([{ value }], ['value'], 'csv')).toBe(`value\n${csv}\n`)
  })

  test.each<[Format, string]>([
    ['json', '[]\n'],
    ['jsonl', ''],
    ['csv', 'a,"b,c"\n'],
    ['markdown', '| a | b,c |\n| --- | --- |\n'],
    ['table', 'a  b,c\n'],
  ])('no rows as %s', async (format, text) => expect(await write([], ['a', 'b,c'], format)).toBe(text))

  test('any rows are read back from JSON and JSON lines', async () => {
    const row = fc.record({ key: fc.string({ unit: 'binary' }), size: fc.option(fc.bigInt()), is_latest: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 5 }), async rows => {
        const columns = ['key', 'size', 'is_latest']
        const readBack = (text: string) => parseLossless(text, undefined, digits => BigInt(digits))
        expect(readBack(await write(rows, columns, 'json'))).toEqual(rows)
        const lines = (await write(rows, columns, 'jsonl')).split('\n').filter(line => line !== '')
        expect(lines.map(readBack)).toEqual(rows)
      }),
    )
  })

  test('any texts are read back from CSV', async () => {
    const texts = fc.array(
      fc.array(fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a', '€') }), { minLength: 2, maxLength: 2 }),
    )
    await fc.assert(
      fc.asyncProperty(texts, async rows => {
        const csv = await write(
          rows.map(([a, b]) => ({ a, b })),
          ['a', 'b'],
          'csv',
        )
        expect(parseCsv(csv)).toEqual([['a', 'b'], ...rows])
      }),
    )
  })

  test('a column of a hostile name is a value like others', async () => {
    const row = Object.fromEntries([['__proto__', 1]])
    expect(await write([row], ['__proto__', 'toString'], 'jsonl')).toBe('{"__proto__":1,"toString":null}\n')
  })

  test('a value can be made from the row', async () => {
    const column: Column = { name: 'n', value: row => Object.keys(row).length }
    expect(await write([{ a: 1, b: 2 }], [column], 'csv')).toBe('n\n2\n')
  })
})

describe('a table', () => {
  const columns: Column[] = [
    { name: 'path', title: 'folder' },
    { name: 'bytes', title: 'size', kind: 'bytes' },
    { name: 'objects', kind: 'count' },
    { name: 'share', kind: 'share' },
    { name: 'took', kind: 'duration' },
    { name: 'at' },
  ]
  const photos = { path: 'photos/', bytes: 21_400_000_000n, objects: 41_220, share: 0.5, took: 1400, at: new Date(0) }
  const backup = { path: 'backup/', bytes: null, objects: 48, share: 1, took: 31_000, at: new Date(1) }

  test('has titles, figures at the right, quantities for people and nothing for NULL', async () => {
    expect(await write([photos, backup], columns, 'table')).toBe(
      [
        'folder      size  objects  share   took  at',
        'photos/  21.4 GB   41,220   50 %  1.4 s  1970-01-01T00:00:00Z',
        'backup/                48  100 %   31 s  1970-01-01T00:00:00.001Z',
        '',
      ].join('\n'),
    )
  })

  test('as Markdown', async () => {
    expect(await write([photos], columns.slice(0, 2), 'markdown')).toBe(
      '| folder | size |\n| --- | --: |\n| photos/ | 21.4 GB |\n',
    )
  })

  test('as data keeps its names and exact values', async () => {
    expect(await write([photos], columns.slice(0, 2), 'csv')).toBe('path,bytes\nphotos/,21400000000\n')
  })

  test('of numbers without a kind has them at the right', async () => {
    expect(
      await write(
        [
          { n: 1, t: '1' },
          { n: 20n, t: 'x' },
        ],
        ['n', 't'],
        'table',
      ),
    ).toBe(' n  t\n 1  1\n20  x\n')
  })

  test('counts wide characters twice and combining ones not at all', async () => {
    const rows = [
      { key: '写真', n: 'a' },
      { key: 'e\u0301', n: 'b' },
      { key: 'abcd', n: 'c' },
    ]
    expect(await write(rows, ['key', 'n'], 'table')).toBe('key   n\n写真  a\ne\u0301     b\nabcd  c\n')
  })

  test.each([
    ['a\nb', 'a\\nb'],
    ['\x1b[2J', '\\x1b[2J'],
    ['\x9b2J', '\\x9b2J'],
    ['a\r\tb\0', 'a\\r\\tb\\x00'],
    ['\u202egnp.exe', '\\u202egnp.exe'],
    ['\ud800', '\\ud800'],
    ['a\u2028b', 'a\\u2028b'],
    ['C:\\new', 'C:\\new'],
  ])('shows the key %j as %s', async (key, shown) => {
    expect(await write([{ key }], ['key'], 'table')).toBe(`key\n${shown}\n`)
    expect(await write([{ key: { key } }], ['key'], 'table')).not.toMatch(/[^\P{Cc}\n]/u)
  })

  test('escapes hostile column names too', async () => {
    expect(await write([], ['\x1b[31m'], 'table')).toBe('\\x1b[31m\n')
  })

  test.each([
    ['a|b', 'a\\|b'],
    ['a\nb', 'a\\\\nb'],
    ['<img>', '\\<img\\>'],
    ['**', '\\*\\*'],
    ['a&amp;b', 'a\\&amp;b'],
    ['~~a~~', '\\~\\~a\\~\\~'],
  ])('as Markdown shows the key %j as %s', async (key, shown) => {
    expect(await write([{ key }], ['key'], 'markdown')).toBe(`| key |\n| --- |\n| ${shown} |\n`)
  })

  test('is cut to the terminal, widest columns first, and nowhere else', async () => {
    const rows = [{ a: 'short', b: 'x'.repeat(40) }]
    expect(await write(rows, ['a', 'b'], 'table', new TextSink(20))).toBe(`a      b\nshort  ${'x'.repeat(12)}…\n`)
    expect(await write(rows, ['a', 'b'], 'table')).toBe(`a      b\nshort  ${'x'.repeat(40)}\n`)
  })

  test('that fits is not cut', async () => {
    expect(await write([{ a: '1234' }], ['a'], 'table', new TextSink(4))).toBe('a\n1234\n')
  })

  test('takes its widths from the first thousand rows and goes on past them', async () => {
    const rows = [...Array(1000).fill({ a: 'ab', b: 1 }), { a: 'abcd', b: 2 }]
    const lines = (await write(rows, ['a', 'b'], 'table')).split('\n')
    expect(lines).toHaveLength(1003)
    expect(lines.slice(1000)).toEqual(['ab  1', 'abcd  2', ''])
    const onTerminal = (await write(rows, ['a', 'b'], 'table', new TextSink(80))).split('\n')
    expect(onTerminal[1001]).toBe('a…  2')
  })

  test('has its titles in bold where there are colours', async () => {
    const out = new TextSink(80)
    await writeRows([{ a: 1 }], [{ name: 'a' }], 'table', out, picocolors.createColors(true))
    expect(out.text).toBe('\x1b[1ma\x1b[22m\n1\n')
  })
})

describe('a slow or vanished reader', () => {
  /** Rows that count how many were asked for, and know whether their end was waited for. */
  function countedRows(most: number) {
    const state = { given: 0, closed: false }
    async function* rows() {
      try {
        for (; state.given < most; state.given++) yield { text: 'x'.repeat(1000) }
      } finally {
        state.closed = true
      }
    }
    return { state, rows: rows() }
  }
  const failing = (after: number, error: Error) => {
    let chunks = 0
    return new Writable({ write: (_chunk, _encoding, done) => done(chunks++ < after ? null : error) }).on(
      'error',
      () => {},
    )
  }

  test.each(FORMATS)('is waited for: %s', async format => {
    const { state, rows } = countedRows(3000)
    const given: number[] = []
    const out = new Writable({
      write(_chunk, _encoding, done) {
        given.push(state.given)
        setImmediate(done)
      },
    })
    await writeRows(rows, [{ name: 'text' }], format, out, plain)
    expect(state.given).toBe(3000)
    expect(given.length).toBeGreaterThan(format === 'arrow' ? 3 : 20)
    expect(given[0]).toBeLessThan(1100) // no more than a sample and a batch ahead
  })

  test.each(FORMATS)('that has gone ends it quietly, and the rows are told: %s', async format => {
    const { state, rows } = countedRows(100_000)
    const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
    await writeRows(rows, [{ name: 'text' }], format, failing(1, gone), plain)
    expect(state.given).toBeLessThan(2000)
    expect(state.closed).toBe(true)
  })

  test('a full disk is an error', async () => {
    const full = Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' })
    const { state, rows } = countedRows(100_000)
    await expect(writeRows(rows, [{ name: 'text' }], 'csv', failing(0, full), plain)).rejects.toBe(full)
    expect(state.closed).toBe(true)
    await expect(writeRows([], [{ name: 'text' }], 'json', failing(0, full), plain)).rejects.toBe(full)
  })

  test('rows that fail are an error', async () => {
    async function* rows() {
      yield { a: 1 }
      throw new Error('no more')
    }
    await expect(writeRows(rows(), [{ name: 'a' }], 'json', new TextSink(), plain)).rejects.toThrow('no more')
  })
})

/** Fields by RFC 4180: a quote ends a quoted field unless another follows. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]]
  const field = /(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/gy
  for (let match = field.exec(text); match; match = field.exec(text)) {
    rows.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    if (match[3] === '\n') rows.push([])
  }
  return rows.slice(0, -1)
}
