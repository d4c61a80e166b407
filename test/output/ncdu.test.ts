import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareCodePoints } from '../../src/codePoints.js'
import { type NcduObject, ncduText } from '../../src/output/ncdu.js'
import { describeWithNcdu, ncduProgram } from '../services/ncdu.js'

const TAKEN = new Date('2026-01-20T01:00:00Z')

async function exportOf(keys: readonly (string | NcduObject)[], prefix = ''): Promise<string> {
  const objects = keys.map(key => (typeof key === 'string' ? { key, size: 1n, last_modified_date: null } : key))
  let text = ''
  for await (const part of ncduText(objects, { name: `s3://b/${prefix}`, prefix, takenAt: TAKEN })) text += part
  return text
}

type NcduItem = { name: string; asize?: number; dsize?: number; mtime?: number } | NcduTree
type NcduTree = [NcduItem, ...NcduItem[]]

/** Every object that an export has, by path, with its size; folders that have a size of their own end in a slash. */
function sizesOf(tree: NcduTree): [path: string, size: number][] {
  const found: [string, number][] = []
  const walk = (item: NcduItem, above: string): void => {
    if (!Array.isArray(item)) {
      found.push([`${above}${item.name}`, item.asize ?? 0])
      return
    }
    const [own, ...inside] = item
    const path = `${above}${(own as { name: string }).name}/`
    const size = (own as { asize?: number }).asize
    if (size !== undefined) found.push([path, size])
    for (const each of inside) walk(each, path)
  }
  const [, ...inside] = tree
  for (const each of inside) walk(each, '')
  return found
}

test('folders are nested, and an object of the name of a folder is its own size', async () => {
  const keys = ['a', 'a/', 'a/b/c', 'a/b/d', 'a/e', 'ab/c', 'f'].map((key, i) => ({
    key,
    size: BigInt(i + 1),
    last_modified_date: new Date('2026-01-19T00:00:00.900Z'),
  }))
  const info = (name: string, size: number) => ({ name, asize: size, dsize: size, mtime: 1768780800 })
  expect(JSON.parse(await exportOf(keys))).toEqual([
    1,
    1,
    { progname: 'stocktake', timestamp: 1768870800 },
    [
      { name: 's3://b/' },
      info('a', 1),
      [info('a', 2), [{ name: 'b' }, info('c', 3), info('d', 4)], info('e', 5)],
      [{ name: 'ab' }, info('c', 6)],
      info('f', 7),
    ],
  ])
})

test('below a folder, names begin after it', async () => {
  expect(sizesOf(JSON.parse(await exportOf(['p/x/a', 'p/x/b/c'], 'p/x/'))[3])).toEqual([
    ['a', 1],
    ['b/c', 1],
  ])
})

test('a size past 2^53 is exact, a date before 1970 is none', async () => {
  const text = await exportOf([{ key: 'a', size: 9_007_199_254_740_993n, last_modified_date: new Date(-1) }])
  expect(text).toContain('"asize":9007199254740993,"dsize":9007199254740993,"mtime":0')
})

const keys = fc
  .uniqueArray(
    fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '\u{1f4be}', '-', '.'), minLength: 1, maxLength: 8 }),
    {
      maxLength: 12,
    },
  )
  .map(keys => keys.sort(compareCodePoints))

test('every object is there, under its path, with its size', async () => {
  await fc.assert(
    fc.asyncProperty(keys, async keys => {
      const objects = keys.map((key, i) => ({ key, size: BigInt(i), last_modified_date: TAKEN }))
      const found = sizesOf(JSON.parse(await exportOf(objects))[3])
      const shown = (key: string) =>
        key
          .split('/')
          .map((name, i, all) => (name === '' && i < all.length - 1 ? '(no name)' : name))
          .join('/')
      const expected = objects.map(({ key, size }) => [shown(key), Number(size)])
      const sorted = (pairs: unknown[][]) => pairs.map(pair => JSON.stringify(pair)).sort()
      expect(sorted(found)).toEqual(sorted(expected))
    }),
  )
})

describeWithNcdu('ncdu', () => {
  /** What ncdu makes of an export, which it writes out again. */
  async function openWithNcdu(text: string): Promise<NcduTree> {
    const folder = await mkdtemp(join(tmpdir(), 'stocktake-ncdu-'))
    try {
      const { path, env } = ncduProgram()
      await writeFile(join(folder, 'in.json'), text)
      await promisify(execFile)(path, ['-0', '-e', '-f', 'in.json', '-o', 'out.json'], {
        cwd: folder,
        env: { ...env, TERM: 'dumb' },
      })
      return JSON.parse(await readFile(join(folder, 'out.json'), 'utf8'))[3]
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  test('opens it, and has every object with its size', async () => {
    const names = ['a', 'a/', 'a/b/c', 'a b/"q"\\', 'é/\u{1f4be}', 'x//y', '/z', '.', '..', '\x01\x1b[31m', '\x7f']
    const objects = names
      .sort(compareCodePoints)
      .map((key, i) => ({ key, size: BigInt(i + 1) * 4096n, last_modified_date: TAKEN }))
    const text = await exportOf(objects)
    const found = sizesOf(await openWithNcdu(text))
    expect(found).toHaveLength(names.length)
    expect(found).toEqual(sizesOf(JSON.parse(text)[3]))
  })

  test.each<[string, string[]]>([
    ['nothing', []],
    ['a marker of the folder itself', ['/']],
    ['a hundred folders in one another', [`${'d/'.repeat(100)}x`]],
    ['the deepest key there is', ['/'.repeat(1024)]],
    ['the longest name there is', ['n'.repeat(1024)]],
  ])('opens %s', async (_, keys) => {
    const text = await exportOf(keys)
    expect(sizesOf(await openWithNcdu(text))).toEqual(sizesOf(JSON.parse(text)[3]))
  })
})
