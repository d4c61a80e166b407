import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageFolder } from '../src/packageFolder.js'

const root = packageFolder()
const page = readFileSync(join(root, 'docs', 'requirements.md'), 'utf8')

/** How many there are of each part. */
const PARTS = { A: 5, B: 13, C: 9, D: 6, E: 6, F: 4, G: 8 }
const IDS = Object.entries(PARTS).flatMap(([part, count]) => [...Array(count).keys()].map(i => `${part}${i + 1}`))

const rows = [...page.matchAll(/^\| ([A-Z]\d+) \| (.*) \| (.*) \| (.*) \| ?(.*) ?\|$/gm)].map(
  ([, id = '', what = '', how = '', shown = '', missing = '']) => ({ id, what, how, shown, missing }),
)

test('docs/requirements.md has all that was asked for, in order', () => {
  expect(rows.map(({ id }) => id)).toEqual(IDS)
})

test.each(rows.map(row => [row.id, row] as const))('%s says how, and is shown by tests that there are', (_, row) => {
  expect(row.how).not.toBe('')
  const files = [...row.shown.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file)
  expect(files.some(file => /^test\/.*\.(test|engines)\.ts$/.test(file))).toBe(true)
  expect(files.filter(file => !existsSync(join(root, file)))).toEqual([])
})
