import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { COMMANDS } from '../src/cli.js'
import { packageFolder } from '../src/packageFolder.js'
import { LAKE_VIEWS } from '../src/snapshot/lakeViews.js'

const read = (name: string): string => readFileSync(join(packageFolder(), 'docs', name), 'utf8')

/** The text under a heading. */
const section = (text: string, heading: string): string =>
  text.split(/^## /m).find(part => part.startsWith(`${heading}\n`)) ?? ''

test.each(COMMANDS.map(({ command }) => [String(command).split(/[ ,]/)[0] ?? '']))(
  'docs/commands.md has a section on %s',
  name => expect(section(read('commands.md'), name).length).toBeGreaterThan(50),
)

test.each(LAKE_VIEWS.filter(name => !/_latest$|_current$/.test(name)))('docs/tables.md has a section on %s', name =>
  expect(section(read('tables.md'), name).length).toBeGreaterThan(50),
)

test('docs/tables.md has the columns of file_info, which is no table, in order', () => {
  const rows = section(read('tables.md'), 'file_info').match(/^\| .*$/gm) ?? []
  const sql = readFileSync(join(packageFolder(), 'sql', 'views', 'file_info.sql'), 'utf8')
  const select = /\nselect\n([\s\S]*?)\nfrom /.exec(sql)?.[1] ?? ''
  const columns = select.split(/,\n {4}(?=\S)/).map(column => /(\w+)\s*$/.exec(column)?.[1])
  expect(rows.slice(1).map(row => /^\| (\w+)/.exec(row)?.[1])).toEqual(columns)
})

test.each(LAKE_VIEWS)('docs/tables.md names %s', name => expect(read('tables.md')).toMatch(new RegExp(`\\b${name}\\b`)))
