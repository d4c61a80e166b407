import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { connectorGuid } from '../../src/config/connector.js'
import { columnComment } from '../../src/lake/glueText.js'
import { parsePrestoView, prestoViewInput } from '../../src/publish/prestoView.js'
import { type HeldState, orderStates } from '../../src/publish/replay.js'
import { reportTableNames } from '../../src/publish/reportEntries.js'
import { glueName } from '../../src/publish/tableEntries.js'

const namesOf = (...names: string[]) =>
  [...reportTableNames(names.map(name => ({ name, guid: connectorGuid(name) }))).values()].map(name =>
    name.replace(/_[0-9a-f]{8}$/, '_…'),
  )

test.each([
  [['photos'], ['report_photos']],
  [['My-Photos.2'], ['report_my_photos_2']],
  [
    ['my-photos', 'my_photos'],
    ['report_my_photos_…', 'report_my_photos'],
  ], // the one that has the name keeps it
  [
    ['my-photos', 'my.photos'],
    ['report_my_photos_…', 'report_my_photos_…'],
  ],
  [
    ['A', 'a'],
    ['report_a_…', 'report_a'],
  ],
])('connectors %j have the tables %j', (names, tables) => expect(namesOf(...names)).toEqual(tables))

test('no two connectors have one table', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[A-Ca-c][A-Ca-c._-]{0,3}$/)), names => {
      const tables = [...reportTableNames(names.map(name => ({ name, guid: connectorGuid(name) }))).values()]
      return new Set(tables).size === names.length && tables.every(name => /^report_[a-z0-9_]+$/.test(name))
    }),
  )
})

test.each([
  ['objects_v1', { database: 'lake', name: 'objects_v1' }],
  ['pricing_dev.sales', { database: 'pricing_dev', name: 'sales' }],
])('the table %s is %j', (table, name) => expect(glueName(table, 'lake')).toEqual(name))

test.each([
  ['bytes', 'bytes'],
  ['two\nlines\tand a tab', 'two lines and a tab'],
  ['x'.repeat(300), `${'x'.repeat(254)}…`],
  [`${'x'.repeat(253)}😀 and more`, `${'x'.repeat(253)}…`], // no half of a letter
])('a comment %j is %j', (text, comment) => expect(columnComment(text)).toBe(comment))

test('a view is in the form in which Athena and Trino keep theirs', () => {
  const columns = [
    { name: 'key', type: 'varchar', comment: "it's é" },
    { name: 'at', type: 'timestamp(6)' },
    { name: 'n', type: 'bigint' },
  ]
  const view = { name: 'v', sql: "select 'é' as key", catalog: 'awsdatacatalog', database: 'lake', columns }
  const input = prestoViewInput(view, { mark: '1' })
  expect(input).toMatchObject({
    TableType: 'VIRTUAL_VIEW',
    Parameters: { presto_view: 'true', comment: 'Presto View', mark: '1' },
    ViewExpandedText: '/* Presto View */',
    StorageDescriptor: { Columns: [{ Type: 'string' }, { Type: 'timestamp' }, { Type: 'bigint' }] },
  })
  expect(input.ViewOriginalText).toMatch(/^\/\* Presto View: [A-Za-z0-9+/=]+ \*\/$/)
  expect(parsePrestoView(input.ViewOriginalText)).toMatchObject({
    ...{ originalSql: view.sql, catalog: 'awsdatacatalog', schema: 'lake', columns },
  })
  expect(parsePrestoView('select 1')).toBeUndefined()
  expect(parsePrestoView('/* Presto View: bm8= */')).toBeUndefined()
})

describe('the states that Glue is led through', () => {
  /** A lake that imports, imports again and drops, as its protocol has it; each step changes one table. */
  const history = fc.array(fc.record({ snapshot: fc.nat(3), isDropped: fc.boolean() }), { maxLength: 8 }).map(deeds => {
    const tables: Record<string, HeldState[]> = { objects_v1: [], folders_v1: [], changes_v1: [], snapshots_v1: [] }
    const now: Record<string, Set<string>> = Object.fromEntries(Object.keys(tables).map(name => [name, new Set()]))
    const note = (name: string) => {
      const states = tables[name] ?? []
      states.push({ version: states.length + 1, imports: new Set(now[name]) })
    }
    const rows = ['objects_v1', 'folders_v1', 'changes_v1']
    const held = new Map<number, string>()
    for (const name of Object.keys(tables)) note(name)
    for (const [i, { snapshot, isDropped }] of deeds.entries()) {
      const before = held.get(snapshot)
      if (!isDropped) {
        for (const name of rows) {
          if (name === 'changes_v1' && i % 2 === 0) continue // an import without changes
          now[name]?.add(`import ${i}`)
          note(name)
        }
        now.snapshots_v1?.add(`import ${i}`)
        held.set(snapshot, `import ${i}`)
      } else held.delete(snapshot)
      if (before !== undefined) now.snapshots_v1?.delete(before)
      note('snapshots_v1')
      for (const name of rows) if (before !== undefined && now[name]?.delete(before)) note(name)
    }
    return tables
  })

  test('have the rows of all their receipts, and end with the newest', () => {
    fc.assert(
      fc.property(history, tables => {
        const names = Object.keys(tables)
        const at: Record<string, HeldState | undefined> = Object.fromEntries(
          names.map(name => [name, tables[name]?.[0]]),
        )
        const rows = names.slice(0, 3)
        const states = (table: string) => ({ table, states: tables[table] ?? [] })
        for (const { table, version } of orderStates(rows.map(states), states('snapshots_v1'))) {
          at[table] = tables[table]?.find(state => state.version === version)
          for (const id of at.snapshots_v1?.imports ?? [])
            for (const name of rows) {
              const everHeld = tables[name]?.some(({ imports }) => imports.has(id))
              if (everHeld && !at[name]?.imports.has(id)) return false
            }
        }
        return names.every(name => at[name] === tables[name]?.at(-1))
      }),
    )
  })
})
