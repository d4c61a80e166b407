import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { COMMANDS } from '../src/cli.js'
import { AUDIT_COLUMNS } from '../src/lake/audit.js'
import { packageFolder } from '../src/packageFolder.js'
import { LAKE_VIEWS } from '../src/snapshot/lakeViews.js'
import { CHANGES, COLLECTIONS, FOLDERS, GAPS, METRICS, OBJECTS, SNAPSHOTS, TASKS } from '../src/snapshot/tables.js'

const read = (name: string): string => readFileSync(join(packageFolder(), 'docs', name), 'utf8')

/** The text under a heading. */
const section = (text: string, heading: string): string =>
  text.split(/^## /m).find(part => part.startsWith(`${heading}\n`)) ?? ''

test.each(COMMANDS.map(({ command }) => [String(command).split(/[ ,]/)[0] ?? '']))(
  'docs/commands.md has a section on %s',
  name => expect(section(read('commands.md'), name).length).toBeGreaterThan(50),
)

test.each([
  ['objects', OBJECTS.schema.fields],
  ['folders', FOLDERS.schema.fields],
  ['changes', CHANGES.schema.fields],
  ['snapshots', SNAPSHOTS.schema.fields],
  ['gaps', GAPS.schema.fields],
  ['tasks', TASKS.schema.fields],
  ['metrics', METRICS.schema.fields],
  ['collections', COLLECTIONS.schema.fields],
  ['audit', AUDIT_COLUMNS],
])('docs/tables.md has the columns of %s, in order', (name, columns) => {
  const rows = section(read('tables.md'), name).match(/^\| .*$/gm) ?? []
  expect(rows.slice(1)).toEqual(columns.map(({ name, type, doc }) => `| ${name} | ${type} | ${doc} |`))
})

test.each(LAKE_VIEWS)('docs/tables.md names %s', name => expect(read('tables.md')).toMatch(new RegExp(`\\b${name}\\b`)))
