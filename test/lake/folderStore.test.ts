import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { FolderStore, TEMPORARY_PREFIX } from '../../src/lake/folderStore.js'
import { ObjectKeyError, readText } from '../../src/lake/objectStore.js'
import { compileFolderStore, startWriter } from './writers.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

let root: string
let store: FolderStore
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'stocktake-folder-'))
  store = new FolderStore(root)
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function listKeys(prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(prefix)) keys.push(key)
  return keys
}

describe('keys that leave the folder, or that no file can have, are refused everywhere', () => {
  test.each(['', '/', '/etc/passwd', '..', '../x', 'a/../../x', 'a/..', './a', 'a/./b', 'a//b', 'a/', 'a\0b'])(
    '%j',
    async key => {
      const file = join(root, 'finished')
      await writeFile(file, 'x')
      await expect(store.put(key, bytes('x'))).rejects.toThrow(ObjectKeyError)
      await expect(store.putIfAbsent(key, bytes('x'))).rejects.toThrow(ObjectKeyError)
      await expect(store.putFile(key, file)).rejects.toThrow(ObjectKeyError)
      await expect(store.read(key)).rejects.toThrow(ObjectKeyError)
      await expect(store.stream(key)[Symbol.asyncIterator]().next()).rejects.toThrow(ObjectKeyError)
      await expect(store.find(key)).rejects.toThrow(ObjectKeyError)
      await expect(store.remove(key)).rejects.toThrow(ObjectKeyError)
      expect(() => store.locate(key)).toThrow(ObjectKeyError)
      expect(await readdir(root)).toEqual(['finished'])
    },
  )

  test.each(['../', '/', 'a/../', './', 'a//'])('also as a prefix: %j', async prefix => {
    await expect(listKeys(prefix)).rejects.toThrow(ObjectKeyError)
    await expect(store.listFolders(prefix)[Symbol.asyncIterator]().next()).rejects.toThrow(ObjectKeyError)
  })

  test.each(['...', '..a', 'a..', 'C:\\x', '~', '-', 'a b', '€', 'a\nb'])('%j is a name like others', async key => {
    await store.put(key, bytes('x'))
    expect(await listKeys('')).toEqual([key])
    expect(await readdir(root)).toEqual([key])
  })
})

test('its URL and paths are those of the folder', () => {
  expect(new FolderStore('/data/my lake/').url).toBe('file:///data/my%20lake')
  expect(new FolderStore('/data').locate('a/b.parquet')).toBe('/data/a/b.parquet')
})

test('unfinished files, pipes and links are no objects', async () => {
  await store.put('a/b', bytes('x'))
  await writeFile(join(root, 'a', `${TEMPORARY_PREFIX}1-abc`), 'half')
  await symlink(join(root, 'nowhere'), join(root, 'a', 'dangling'))
  expect(await listKeys('')).toEqual(['a/b'])
})

test.each(['file', 'folder'])('a %s whose name is not UTF-8 is told, and not passed over', async kind => {
  await store.put('a/\ufffd', bytes('x')) // the sign that stands for such bytes is a name like others
  expect(await listKeys('')).toEqual(['a/\ufffd'])
  const odd = Buffer.concat([Buffer.from(`${root}/a/caf`), Buffer.of(0xe9)])
  await (kind === 'file' ? writeFile(odd, 'x') : mkdir(odd))
  await expect(listKeys('')).rejects.toThrow(/caf\ufffd: expected a name in UTF-8/)
  await expect(store.listDirectly('a/')[Symbol.asyncIterator]().next()).rejects.toThrow(ObjectKeyError)
})

test('an empty folder is none', async () => {
  await mkdir(join(root, 'empty'))
  expect(await listKeys('')).toEqual([])
})

test.each([
  ['a', 'a/b'], // a file stands where a folder would have to be
  ['a/b', 'a'], // and the other way round
])('with %s there, %s cannot be put, and nothing is left behind', async (there, key) => {
  await store.put(there, bytes('x'))
  await expect(store.put(key, bytes('y'))).rejects.toThrow()
  expect(await readText(store, there)).toBe('x')
  expect(await readdir(root)).toEqual(['a'])
})

test('a file that is taken over keeps nothing beside it when it cannot be', async () => {
  await store.put('a/b', bytes('x'))
  const file = join(root, 'finished')
  await writeFile(file, 'y')
  await expect(store.putFile('a', file)).rejects.toThrow()
  await expect(store.putFile('c', join(root, 'missing'))).rejects.toThrow()
  expect((await readdir(root)).sort()).toEqual(['a', 'finished'])
})

test.skipIf(process.getuid?.() === 0)('a folder that may not be read is an error, and not an empty one', async () => {
  await store.put('a/b', bytes('x'))
  await chmod(join(root, 'a'), 0)
  await expect(listKeys('')).rejects.toThrow('EACCES')
  await expect(store.find('a/b')).rejects.toThrow('EACCES')
  await chmod(join(root, 'a'), 0o700)
})

describe('processes', () => {
  let compiled: string
  let folderStore: string
  beforeAll(async () => {
    compiled = await mkdtemp(join(tmpdir(), 'stocktake-compiled-'))
    folderStore = await compileFolderStore(compiled)
  })
  afterAll(() => rm(compiled, { recursive: true, force: true }))

  test('of 50 racing creators, in ten processes, one wins each key', async () => {
    const script = `
      const wins = []
      for (let key = 0; key < 10; key++)
        await Promise.all([0, 1, 2, 3, 4].map(async i => {
          const text = process.pid + '-' + i + ' ' + 'x'.repeat(20_000)
          if (await store.putIfAbsent('race/' + key, Buffer.from(text))) wins.push([key, text])
        }))
      process.send(wins)
    `
    const writers = await Promise.all(Array.from({ length: 10 }, () => startWriter(folderStore, root, script)))
    const answers = Promise.all(writers.map(writer => once(writer, 'message')))
    for (const writer of writers) writer.send('go')
    const wins: [number, string][] = (await answers).flatMap(([won]) => won)

    expect(wins.map(([key]) => key).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    for (const [key, text] of wins) expect(await readText(store, `race/${key}`)).toBe(text)
    expect((await readdir(join(root, 'race'))).filter(name => name.startsWith(TEMPORARY_PREFIX))).toEqual([])
  })

  test('killed writers leave whole objects, and beside them only unfinished files', async () => {
    // Each object says in its name how many bytes it has; half of them replace an older one.
    const script = `
      for (let n = 0; ; n++) {
        const length = 200_000 + (n % 7) * 400_000
        const bytes = Buffer.alloc(length, n % 251)
        await store.putIfAbsent(process.pid + '/' + n + '-' + length, bytes)
        await store.put('replaced', bytes)
      }
    `
    for (let round = 0; round < 8; round++) {
      const writer = await startWriter(folderStore, root, script)
      writer.send('go')
      await sleep(20 + round * 15)
      writer.kill('SIGKILL')
      await once(writer, 'exit')
    }
    const keys = (await listKeys('')).filter(key => key !== 'replaced')
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) {
      const [n, length] = key
        .slice(key.indexOf('/') + 1)
        .split('-')
        .map(Number)
      expect(Buffer.alloc(length ?? 0, (n ?? 0) % 251).equals(await store.read(key))).toBe(true)
    }
    const replaced = await store.read('replaced')
    expect(replaced.every(byte => byte === replaced[0])).toBe(true)
    expect((replaced.length - 200_000) % 400_000).toBe(0)
    const names = await readdir(root, { recursive: true })
    const files: string[] = []
    for (const name of names) if ((await stat(join(root, name))).isFile()) files.push(name)
    const others = files.filter(name => name !== 'replaced' && !keys.includes(name))
    expect(others.every(name => name.split('/').at(-1)?.startsWith(TEMPORARY_PREFIX))).toBe(true)
  })
})
