import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packageFolder } from '../../../src/packageFolder.js'
import { fuzz } from './fuzzRun.js'
import type { FuzzTarget } from './fuzzTarget.js'
import { keptFolder, listKept } from './keptInputs.js'
import { TARGETS } from './targets.js'
import { tryInput } from './tryInput.js'

/** What other tests of the process take counts here, too: its time and memory are for `npm run fuzz`, a hang for everybody. */
const unmeasured = (target: FuzzTarget): FuzzTarget => ({
  ...target,
  mostMs: 30_000,
  mostBytes: Number.POSITIVE_INFINITY,
})

/** What an input that once found something comes to: it is read, or refused by that class. */
const EXPECTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'iceberg-manifest': {
    'found-37b6b79a0abb': 'TableFormatError', // a record where a text should be, told as [object Object]
    'found-nulls-in-a-block': 'TableFormatError', // 2^50 of them, which take no byte
    'found-nulls-in-an-array': 'TableFormatError', // 10^9, in 60 kB
  },
  'iceberg-manifest-list': {
    'found-9577e2b5f54f': 'TableFormatError',
    'found-a-schema-of-2-to-the-50': 'TableFormatError', // records of two records, fifty deep
  },
  'data-inventory-yaml': {
    'found-027635d6bd61': 'UsageError', // the parser's stack was at its end
    'found-dashes': 'UsageError',
    'found-lists-in-lists': 'UsageError',
  },
  'report-rows-csv': {
    'found-lines-of-windows': 'read', // a line that isn't UTF-8 was counted as two, after one that ends in CR LF
    'found-told-twice': 'read', // more lines were told than were left out
    'found-wrong-values-of-windows': 'read', // the line feed before them was counted as a line
  },
  'stream-message': {
    'found-47bf0bcea4cb': 'read', // a name twice, beside a number past 2^53: a SyntaxError
    'found-a-number-beside-a-name-twice': 'read',
    'found-a-number-beside-much-depth': 'read', // the stack's end
    'found-an-error-of-much-depth': 'read',
  },
}

const find = (name: string): FuzzTarget => {
  const target = TARGETS.find(each => each.name === name)
  if (!target) throw new Error(`no target ${name}`)
  return target
}

describe('what once was found', () => {
  test('is all here', () => {
    const root = join(packageFolder(), 'test/fixtures/fuzz')
    const kept = Object.fromEntries(readdirSync(root).map(name => [name, listKept(name, 'found')]))
    const expected = Object.fromEntries(Object.entries(EXPECTED).map(([name, of]) => [name, Object.keys(of).sort()]))
    expect(Object.fromEntries(Object.entries(kept).filter(([, names]) => names.length > 0))).toEqual(expected)
  })

  test.each(Object.entries(EXPECTED))('%s', async (name, expected) => {
    const target = unmeasured(find(name))
    const opened = await target.open()
    for (const [file, outcome] of Object.entries(expected)) {
      const { told, kind } = await tryInput(target, opened, readFileSync(join(keptFolder(name), file)))
      expect([file, kind, told.split(':')[0]]).toEqual([file, outcome === 'read' ? 'read' : 'refused', outcome])
    }
    await opened.close?.()
  })
})

// An engine, and what is fast: the others are for `npm run fuzz`.
const SLOW = new Set([
  ...[
    'table-rows-csv',
    'table-rows-ndjson',
    'table-rows-parquet',
    'stream-rows',
    'orc',
    'report-rows-csv',
    'report-rows-parquet',
  ],
])

describe('some inputs of each parser', () => {
  test.each(TARGETS.filter(({ name }) => !SLOW.has(name)))('$name', async target => {
    const opened = await target.open()
    const findings: string[] = []
    const run = { seed: 7, goesOn: (inputs: number) => inputs < opened.seeds.length + 60 }
    const counts = await fuzz(unmeasured(target), opened, {
      ...run,
      found: ({ finding, told }) => findings.push(`${finding} ${told}`),
    })
    await opened.close?.()
    expect(findings).toEqual([])
    expect(counts.read).toBeGreaterThan(0) // the seeds at least
  })
})

test('a law that is broken is found, and so is an error of another kind', async () => {
  const target: FuzzTarget = {
    name: 'a',
    refusals: [],
    dictionary: ['x'],
    open: async () => ({ seeds: [], read: () => {} }),
  }
  const found: string[] = []
  const read = (input: Uint8Array): void => {
    if (input.includes(0x78)) throw new TypeError('an x')
  }
  const run = {
    seed: 1,
    goesOn: (inputs: number) => inputs < 500,
    found: ({ finding }: { finding: string }) => found.push(finding),
  }
  await fuzz(target, { seeds: [Buffer.from('a')], read }, run)
  expect(found).toEqual([expect.stringMatching(/^error: TypeError: an x/)])
  expect(existsSync(keptFolder('a'))).toBe(false)
})
