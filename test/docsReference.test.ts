import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { generatedPages } from '../scripts/writeDocs/generatedPages.js'
import { drawLineage } from '../scripts/writeDocs/lineage.js'
import { plain } from '../scripts/writeDocs/markdown.js'
import { listSettings } from '../scripts/writeDocs/settings.js'
import { configSchema } from '../src/config/schema.js'
import { packageFolder } from '../src/packageFolder.js'
import { expectationsSchema } from '../src/reconcile/expectationsSchema.js'
import { tableSpecSchema } from '../src/tables/tableSpecSchema.js'

test.each(Object.entries(generatedPages))('%s is what npm run docs writes', async (path, format) => {
  expect(readFileSync(join(packageFolder(), path), 'utf8')).toBe(await format())
})

describe('keys of files', () => {
  const settings = listSettings(configSchema)

  test.each([
    ['engine.memory', { expected: 'a size such as 450MB or 2GiB', fallback: '"450MB"', isRequired: false }],
    ['connectors.NAME.source_bucket', { isRequired: true }],
    ['connectors.NAME.schedule', { expected: 'one of manual, daily, weekly, inventory', fallback: '"weekly"' }],
    ['catalog.type', { expected: '"files", "glue"' }],
    ['notify[].secret_env', { describe: expect.stringMatching(/^of webhook: /) }],
    ['notify[].name', { describe: expect.stringMatching(/^what was told/) }],
  ])('%s is told with its value and default', (key, facts) => {
    expect(settings.find(setting => setting.key === key)).toMatchObject(facts)
  })

  test.each([
    ['stocktake.yaml', configSchema],
    ['data_inventory.yaml', expectationsSchema],
    ['config/tables/*.yaml', tableSpecSchema],
  ])('every key of %s says what it is', (_, schema) => {
    const silent = listSettings(schema).filter(({ describe }) => describe === '')
    expect(silent.map(({ key }) => key)).toEqual([])
  })
})

test.each([
  ['a|b <c> *d* [e]', 'a\\|b \\<c\\> \\*d\\* \\[e\\]'],
  ['import_id and _x_', 'import_id and \\_x\\_'],
  ['`a_*|` and *', '`a_*\\|` and \\*'],
])('%j is plain text as %j', (text, escaped) => {
  expect(plain(text)).toBe(escaped)
})

test('a picture has an arrow from each input, and tells a report from the view of its name', () => {
  const facts = { question: '', grain: '', params: [], dialects: '', files: [] }
  const view = { ...facts, path: 'views/gaps', folder: 'views', name: 'gaps', inputs: ['gaps_v1'] }
  const report = { ...facts, path: 'reports/gaps', folder: 'reports', name: 'gaps', inputs: ['gaps'] }
  const unread = { ...facts, path: 'shared/other', folder: 'shared', name: 'other', inputs: ['gaps'] }
  expect(drawLineage([view, report], [unread]).split('\n')).toEqual([
    '```mermaid',
    'flowchart LR',
    '  n_gaps_v1["gaps_v1"] --> n_gaps["gaps"]',
    '  n_gaps["gaps"] --> report_n_gaps["gaps"]',
    '```',
  ])
})
