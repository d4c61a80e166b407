import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageFolder } from '../src/packageFolder.js'
import { parseExamples } from './commands/docExamples.js'
import { PAGES_ELSEWHERE, PAGES_OF_DEMO } from './commands/docPages.js'

const root = packageFolder()
const read = (page: string): string => readFileSync(join(root, page), 'utf8')

test('no page shows a session that no test runs', () => {
  const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map(page => join('docs', page))
  const shown = ['README.md', ...pages].filter(page => page.endsWith('.md') && parseExamples(read(page)).length > 0)
  expect(shown.filter(page => !PAGES_OF_DEMO.includes(page) && PAGES_ELSEWHERE[page] === undefined)).toEqual([])
})

test.each(Object.entries(PAGES_ELSEWHERE))('the examples of %s are run by %s', (page, file) => {
  expect(parseExamples(read(page)).length).toBeGreaterThan(0)
  expect(existsSync(join(root, file))).toBe(true)
  expect(read(file)).toContain(page.split('/').at(-1))
})

test.each([
  ['$ stocktake a "b c"\nx …\n', [['stocktake a "b c"', 'x anything\n', true]]],
  [
    '$ a\n1.5\n$ b\n',
    [
      ['a', '1x5\n', false],
      ['b', '', true],
    ],
  ],
] as const)('%j is read as what is typed and what is shown', (block, expected) => {
  const examples = parseExamples(`\`\`\`console\n${block}\`\`\`\n`)
  expect(
    examples.map(({ command, shown }, i) => [command, expected[i]?.[1], shown.test(expected[i]?.[1] ?? '')]),
  ).toEqual(expected)
})
