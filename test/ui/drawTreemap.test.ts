import { describe, expect, test } from 'vitest'
import { redactedNames } from '../../src/snapshot/redaction.js'
import { drawTreemap } from '../../src/ui/page/drawTreemap.js'
import { buildFolderTree, type FolderNode, type MapRow } from '../../src/ui/page/folderTree.js'

const takenAt = new Date('2026-01-20T01:00:00Z')

const row = (path: string, sizeBytes: number, more: Partial<MapRow> = {}): MapRow => ({
  path,
  parent: path === '' ? null : path.replace(/[^/]*\/$/, ''),
  part: 'folder',
  folder_count: null,
  object_count: 1n,
  total_size_bytes: BigInt(sizeBytes),
  last_modified: takenAt,
  ...more,
})

function treeOf(rows: readonly MapRow[]): FolderNode {
  const root = buildFolderTree(rows, 'photos')
  if (!root) throw new Error('no root')
  return root
}

const draw = (rows: readonly MapRow[]) =>
  drawTreemap({ root: treeOf(rows), by: 'bytes', folderCount: 9n, takenAt, sql: '' }, 'bucket')

describe('the tree', () => {
  test('has the largest first, then what lies directly in a folder, then the others', () => {
    const root = treeOf([
      row('', 100),
      row('', 30, { part: 'direct' }),
      row('', 50, { part: 'others', folder_count: 7n }),
      row('a/', 5),
      row('b/', 15),
    ])
    expect(root.children.map(({ name, part }) => [name, part])).toEqual([
      ['b', 'folder'],
      ['a', 'folder'],
      ['', 'direct'],
      ['', 'others'],
    ])
  })

  test('has empty names where folders have them', () => {
    const root = treeOf([row('', 10), row('/', 10), row('//', 10)])
    expect(root.children[0]?.name).toBe('')
    expect(root.children[0]?.children[0]).toMatchObject({ name: '', part: 'folder' })
  })

  test('has tokens for redacted names, in an order that says nothing of them', () => {
    const names = redactedNames(Buffer.alloc(32, 1))
    const letters = [...'abcdefgh']
    const rows = [row('', 80), ...letters.map(name => row(`${name}/`, 10))]
    const shown = buildFolderTree(rows, 'photos', names)?.children.map(({ name }) => name)
    const tokens = letters.map(name => names.folder('photos', `${name}/`))
    expect(shown).toEqual([...tokens].sort())
    expect(shown).not.toEqual(tokens)
  })

  test('is none without rows', () => expect(buildFolderTree([], 'photos')).toBeUndefined())
})

describe('the map', () => {
  test('has a view for each folder that is parted, and links to them', () => {
    const { views, folderCount } = draw([row('', 100), row('a/', 60), row('b/', 40), row('a/x/', 60)])
    expect(folderCount).toBe(4)
    expect([...views.html.matchAll(/ id="(f\d+)"/g)].map(([, id]) => id)).toEqual(['f1', 'f0'])
    expect(new Set([...views.html.matchAll(/href="#(f\d+)"/g)].map(([, id]) => id))).toEqual(new Set(['f0', 'f1']))
  })

  test('gathers what is too small to be seen, with all that it has', () => {
    const small = Array.from({ length: 30 }, (_, i) => row(`s${i}/`, 1))
    const { views, folderCount } = draw([
      row('', 100_000),
      row('a/', 99_960),
      ...small,
      row('', 10, { part: 'others', folder_count: 5n, object_count: 4n }),
    ])
    expect(folderCount).toBe(2)
    expect(views.html).toContain('35 smaller folders in the root: 40 B · 34 objects')
  })

  test.each<[ageDays: number, name: string]>([
    [-1, 'a0'], // written while the report was made
    [7, 'a0'],
    [8, 'a1'],
    [91, 'a2'],
    [366, 'a3'],
    [1096, 'a4'],
  ])('what was last written %d days before is of the colour %s', (ageDays, name) => {
    const last_modified = new Date(takenAt.getTime() - ageDays * 86_400_000)
    expect(draw([row('', 10), row('a/', 10, { last_modified })]).views.html).toContain(`class="t ${name} `)
  })

  test('of unknown date there is a colour of its own', () => {
    expect(draw([row('', 10), row('a/', 10, { last_modified: null })]).views.html).toContain('class="t ax ')
  })

  test('draws empty objects nowhere and lists them all the same', () => {
    const { views } = draw([row('', 10), row('a/', 10), row('empty/', 0)])
    expect(views.html).toContain('1 smaller folder')
  })
})
