import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseBenchArgs } from '../../bench/benchArgs.js'
import type { Standing } from '../../bench/contest.js'
import { compareRatios, type KeptRatio, keepRatios, parseRatios } from '../../bench/ratios.js'
import { UsageError } from '../../src/errors.js'
import { packageFolder } from '../../src/packageFolder.js'

const KEPT: KeptRatio = { what: 'import', beside: 'plain DuckDB', of: 'cpuMs', ratio: 2, tolerance: 1.25 }

const standing = (what: string, by: string, cpuRatio: number | undefined): Standing => ({
  ...{ what, by, leavesOut: '', wallMs: 1, cpuMs: 1, phases: [], peakBytes: 1, perSecond: undefined },
  disk: { endBytes: 0, mostBytes: 0 },
  ratio: cpuRatio === undefined ? undefined : { wallMs: 9, cpuMs: cpuRatio },
})

describe('a ratio beside the one that is kept', () => {
  test.each([
    ['as it was', [standing('import', 'plain DuckDB', 2)], 2, false],
    ['at the bound', [standing('import', 'plain DuckDB', 2.5)], 2.5, false],
    ['over it', [standing('import', 'plain DuckDB', 2.51)], 2.51, true],
    ['of another peer', [standing('import', 'chDB', 9)], undefined, false],
    ['of other work', [standing('diff', 'plain DuckDB', 9)], undefined, false],
    ['ours alone', [standing('import', 'Stocktake', undefined)], undefined, false],
  ])('%s', (_, standings, now, isWorse) =>
    expect(compareRatios([KEPT], standings)).toEqual([{ ...KEPT, now, isWorse }]),
  )

  test('is kept anew with its tolerance; what was not measured stays', () => {
    const other = { ...KEPT, what: 'diff' }
    const wide = { ...KEPT, tolerance: 2 }
    expect(keepRatios([other, wide], [standing('import', 'plain DuckDB', 1.234)])).toEqual([
      { ...wide, ratio: 1.23 },
      other,
    ])
  })
})

test('the ratios that are kept can be read', async () => {
  const file = join(packageFolder(), 'bench', 'ratios.json')
  expect(parseRatios(await readFile(file, 'utf8'), file).length).toBeGreaterThan(0)
})

test.each([
  ['[{"what":"import"}]', /ratios\.json: expected ratios, got .*beside/s],
  [JSON.stringify([{ ...KEPT, tolerance: 0.5 }]), /tolerance/],
])('%s is refused', (text, message) => {
  expect(() => parseRatios(text, 'ratios.json')).toThrow(UsageError)
  expect(() => parseRatios(text, 'ratios.json')).toThrow(message)
})

describe('what a bench is asked for', () => {
  const parse = (line: string) => parseBenchArgs(line.split(' ').filter(Boolean), ['import', 'diff'])
  const plain = { parts: [], sizes: [], quick: false, check: false, keep: false, runs: 3, out: 'build/bench.md' }

  test.each([
    ['', plain],
    ['import 100000000', { ...plain, parts: ['import'], sizes: [100_000_000] }],
    ['1000000 diff 20000 import', { ...plain, parts: ['diff', 'import'], sizes: [1_000_000, 20_000] }],
    ['--check --keep --runs 1', { ...plain, check: true, keep: true, runs: 1 }],
    ['--quick --out a.md', { ...plain, quick: true, out: 'a.md' }],
  ])('"%s"', (line, asked) => expect(parse(line)).toEqual(asked))

  test.each([
    ['imports', /got imports/],
    ['100', /numbers of objects from 10000.*got 100/],
    ['--runs 0', /got --runs 0/],
    ['--runs 1.5', /got --runs 1.5/],
    ['--keep', /got --keep without --check/],
    ['--quik', /'--quik'/],
  ])('"%s" is refused', (line, message) => {
    expect(() => parse(line)).toThrow(UsageError)
    expect(() => parse(line)).toThrow(message)
  })
})
