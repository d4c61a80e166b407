import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listMatching, matchesPattern } from '../../src/lake/listMatching.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'

test.each([
  ['part-1.parquet', 'part-*.parquet', true],
  ['part-.parquet', 'part-*.parquet', true],
  ['part-1.parquet.tmp', 'part-*.parquet', false],
  ['a', '?', true],
  ['', '?', false],
  ['', '*', true],
  ['', '', true],
  ['a', '', false],
  ['abc', 'a?c', true],
  ['ac', 'a?c', false],
  ['😀.json', '?.json', true],
  ['a.b', 'a.b', true],
  ['axb', 'a.b', false], // a point is a point
  ['[a]+(b)', '[a]+(b)', true],
  ['abcabd', '*abd', true],
  ['aXbXc', 'a*X*c', true],
  ['abc', '***c', true],
  ['abc', 'ABC', false],
])('%j matches %j: %s', (name, pattern, matches) => expect(matchesPattern(name, pattern)).toBe(matches))

test('is what a regular expression would say', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 })
  const glob = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 6 })
  fc.assert(
    fc.property(word, glob, (name, pattern) => {
      const expression = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')
      return matchesPattern(name, pattern) === new RegExp(`^${expression}$`).test(name)
    }),
  )
})

test('a pattern of many stars takes no time', () => {
  expect(matchesPattern('a'.repeat(1000), `${'*a'.repeat(300)}b`)).toBe(false)
})

test('the last name is matched, below the prefix only', async () => {
  const store = new MemoryStore()
  for (const key of ['x/1.json', 'x/y/2.json', 'x/3.jsonl', 'z/4.json', 'x.json/5'])
    await store.put(key, new Uint8Array())
  const keys: string[] = []
  for await (const { key } of listMatching(store, 'x/', '?.json')) keys.push(key)
  expect(keys).toEqual(['x/1.json', 'x/y/2.json'])
})
