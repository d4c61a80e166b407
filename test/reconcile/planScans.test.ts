import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planScans } from '../../src/reconcile/planScans.js'

const plan = (...key_prefixes: string[]): string[] =>
  planScans([{ connector: 'a', key_prefixes }]).map(({ prefix }) => prefix)

const days = (folder: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${folder}/${String(i).padStart(3, '0')}/x.json`)

const roots = (count: number): string[] => days('', count).map(key => key.slice(1))

describe('the folders that gaps lie in', () => {
  test.each<[what: string, keys: string[], prefixes: string[]]>([
    ['one key', ['raw/2026/a.json'], ['raw/2026/']],
    ['keys at the root', ['b.json', 'a.json'], ['a.json', 'b.json']],
    ['many folders at the root', roots(20), roots(20).map(key => key.replace('x.json', ''))],
    ['a folder', ['raw/2026/'], ['raw/2026/']],
    ['what a key starts with', ['raw/2026/part_'], ['raw/2026/']],
    ['several of one folder', ['raw/b', 'raw/a', 'raw/'], ['raw/']],
    ['one above the other', ['raw/2026/a', 'raw/b'], ['raw/']],
    ['names that start alike', ['raw/a/x', 'raw/ab/x'], ['raw/a/', 'raw/ab/']],
    ['many beside each other', days('raw', 17), ['raw/']],
    ['as many as are listed each', days('raw', 16), days('raw', 16).map(key => key.replace('x.json', ''))],
    ['many, and one apart', [...days('raw', 30), 'other/deep/er/x'], ['other/deep/er/', 'raw/']],
  ])('%s', (_, keys, prefixes) => expect(plan(...keys)).toEqual(prefixes))

  test('are those of each connector', () => {
    const tasks = [
      { connector: 'b', key_prefixes: ['x/1'] },
      { connector: 'a', key_prefixes: ['x/1', 'y/1'] },
    ]
    expect(planScans(tasks)).toEqual([
      { connector: 'b', prefix: 'x/' },
      { connector: 'a', prefix: 'x/' },
      { connector: 'a', prefix: 'y/' },
    ])
  })

  test('are few, hold every key, and none lies in another', () => {
    const name = fc.constantFrom('a', 'b', 'ab')
    const key = fc.array(name, { minLength: 2, maxLength: 6 }).map(parts => parts.join('/'))
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 200 }), keys => {
        const prefixes = plan(...keys)
        return (
          prefixes.length <= 16 && keys.every(key => prefixes.filter(prefix => key.startsWith(prefix)).length === 1)
        )
      }),
    )
  })
})
