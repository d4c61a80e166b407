import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageFolder } from '../../src/packageFolder.js'
import { createApp } from '../../src/web/createApp.js'
import { describeApi } from '../../src/web/routes/openapiRoutes.js'
import { bareWorld } from './bareWorld.js'

const app = createApp(bareWorld(), { access: { needsToken: false, hosts: [] }, pageFolder: '/nowhere' })
const paths = Object.entries(describeApi(app, '1.0.0').paths ?? {})
const rows = readFileSync(join(packageFolder(), 'docs', 'api.md'), 'utf8').match(/^\| `[A-Z].*$/gm) ?? []

test.each(paths.map(([path, methods]) => [path, Object.keys(methods).sort().join()]))(
  'docs/api.md has %s with %s',
  (path, methods) => {
    const cells = rows
      .map(row => row.split('|')[1] ?? '')
      .filter(cell => cell.split('`').some(part => part.endsWith(` ${path}`)))
    const named = cells.flatMap(cell =>
      cell.split('·').filter(part => !part.includes('/') || part.includes(` ${path}\``)),
    )
    const found = named.map(part => /[A-Z]+/.exec(part)?.[0].toLowerCase())
    expect([...new Set(found)].sort().join()).toBe(methods)
  },
)

test('every operation says what it is for, and how it can fail', () => {
  const operations = paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, each]) => ({ path, method, each })),
  )
  for (const { path, method, each } of operations) {
    expect([path, method, each.summary]).toEqual([path, method, expect.stringMatching(/^[A-Z].*[^.]$/)])
    expect(Object.keys(each.responses), `${method} ${path}`).toEqual(
      expect.arrayContaining(['400', '401', '403', '500']),
    )
  }
})
