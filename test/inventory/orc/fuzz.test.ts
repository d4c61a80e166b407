import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OrcError } from '../../../src/inventory/orc/orcError.js'
import { openOrc } from '../../../src/inventory/orc/orcFile.js'
import { readOrc } from '../../../src/inventory/orc/orcRows.js'
import { type BuiltColumn, buildOrc } from './buildOrc.js'
import { READ_KINDS, SUBJECT, sourceOf } from './readRows.js'

const FILES = [
  'integers.plain',
  'integers.zlib-v11',
  'strings.dictionary-v11',
  'strings.direct',
  'times.plain-v11',
  'inventory.plain-v11',
  'inventory.zlib',
].map(name => readFileSync(join(import.meta.dirname, `../../fixtures/orc/${name}.orc`)))

/** Reads all rows. True if each column gave as many values as the file says; false if it was refused as it should be. */
async function readsOrRefuses(bytes: Uint8Array): Promise<boolean> {
  try {
    const file = await openOrc(sourceOf(bytes), SUBJECT)
    const names = [...new Set(file.columns.filter(column => READ_KINDS.has(column.kind)).map(column => column.name))]
    let rows = 0
    for await (const { rowCount, columns } of readOrc(file, names)) {
      for (const values of columns.values()) expect(values.length).toBe(rowCount)
      rows += rowCount
    }
    expect(rows).toBe(file.rowCount)
    return true
  } catch (error) {
    if (error instanceof OrcError) return false
    throw error
  }
}

const file = fc.nat(FILES.length - 1).map(i => FILES[i] ?? Buffer.alloc(0))
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

/** The tail, where one wrong bit matters most, is hit as often as all the rest. */
const hit = fc.record({ fromEnd: fc.boolean(), place, byte: fc.nat(255) }).map(({ fromEnd, place, byte }) => ({
  byte,
  at: (length: number) =>
    fromEnd ? length - 1 - Math.floor(place * Math.min(length, 600)) : Math.floor(place * length),
}))

test('a file with flipped bytes gives rows or an OrcError', async () => {
  await fc.assert(
    fc.asyncProperty(file, fc.array(hit, { minLength: 1, maxLength: 4 }), async (original, hits) => {
      const bytes = Buffer.from(original)
      for (const { at, byte } of hits) bytes[at(bytes.length)] = byte
      await readsOrRefuses(bytes)
    }),
    { numRuns: 1500 },
  )
})

test('a file that is cut gives an OrcError', async () => {
  await fc.assert(
    fc.asyncProperty(file, place, async (original, place) => {
      expect(await readsOrRefuses(original.subarray(0, Math.floor(place * original.length)))).toBe(false)
    }),
    { numRuns: 200 },
  )
})

test('a file with a part cut out, or bytes put in, gives rows or an OrcError', async () => {
  await fc.assert(
    fc.asyncProperty(
      file,
      place,
      fc.integer({ min: 1, max: 50 }),
      fc.uint8Array({ maxLength: 20 }),
      async (original, place, cut, added) => {
        const at = Math.floor(place * original.length)
        await readsOrRefuses(Buffer.concat([original.subarray(0, at), added, original.subarray(at + cut)]))
      },
    ),
    { numRuns: 400 },
  )
})

test('streams of random bytes give rows or an OrcError', async () => {
  const bytes = fc.uint8Array({ maxLength: 40 })
  const column: fc.Arbitrary<BuiltColumn> = fc.record({
    kind: fc.constantFrom('BOOLEAN', 'BYTE', 'INT', 'STRING', 'TIMESTAMP'),
    encoding: fc.constantFrom('DIRECT', 'DICTIONARY', 'DIRECT_V2', 'DICTIONARY_V2'),
    dictionarySize: fc.oneof(fc.nat(20), fc.nat()),
    streams: fc.record(
      { PRESENT: bytes, DATA: bytes, LENGTH: bytes, SECONDARY: bytes, DICTIONARY_DATA: bytes },
      { requiredKeys: ['DATA'] },
    ),
  })
  await fc.assert(
    fc.asyncProperty(
      column,
      fc.oneof(fc.nat(30), fc.nat(2 ** 31)),
      fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
      async (column, rowCount, blockSizeBytes) => {
        await readsOrRefuses(buildOrc({ columns: [column], rowCount, blockSizeBytes }))
      },
    ),
    { numRuns: 1500 },
  )
})

test('what all of that took stayed small', () => {
  expect(process.resourceUsage().maxRSS / 1024).toBeLessThan(300) // MiB; a runner by itself takes 80
})
