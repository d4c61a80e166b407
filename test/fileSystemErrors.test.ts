import { afterAll, beforeAll, expect, test } from 'vitest'
import { FileSystemError, toFileSystemError, UsageError } from '../src/errors.js'
import { FolderStore } from '../src/lake/folderStore.js'
import { closeTestEngine, openTestEngine, type TestEngine } from './engine/engines.js'

let open: TestEngine
beforeAll(async () => {
  open = await openTestEngine()
})
afterAll(() => closeTestEngine(open))

const systemError = (message: string, facts: object) =>
  Object.assign(new Error(message), { syscall: 'write', ...facts })

test.each<[code: string, what: string, told: string]>([
  ['ENOSPC', 'no space left on device', 'expected room on the disk'],
  ['EDQUOT', 'disk quota exceeded', 'expected room within the quota'],
  ['ENAMETOOLONG', 'name too long', 'expected names of 255 bytes at most, and 4,095 with all folders'],
  ['ENOTDIR', 'not a directory', 'expected folders on the way to it'],
  ['EROFS', 'read-only file system', 'expected a file system that can be written to'],
  ['EACCES', 'permission denied', 'expected the right to it'],
  ['EPERM', 'operation not permitted', 'expected the right to it'],
])('%s is told with the file, and what mends it', (code, what, told) => {
  const error = systemError(`${code}: ${what}, open '/lake/a'`, { code, path: '/lake/a' })
  const explained = toFileSystemError(error) as FileSystemError
  expect(explained).toBeInstanceOf(FileSystemError)
  expect(explained.message).toMatch(`/lake/a: ${told}, got ${code}: ${what}; `)
  expect([explained.exitCode, explained.facts.fix, explained.cause]).toEqual([1, expect.any(String), error])
  const written = systemError(`${code}: ${what}, write`, { code })
  expect((toFileSystemError(written, '/lake/b') as FileSystemError).facts.subject).toBe('/lake/b')
  expect(toFileSystemError(written)).toBe(written)
})

test.each([
  new UsageError({ subject: 'a' }),
  new TypeError('a'),
  systemError("ENOENT: no such file, open 'a'", { code: 'ENOENT', path: 'a', syscall: 'open' }),
  systemError('EEXIST: file already exists', { code: 'EEXIST', path: 'a' }),
  'a',
])('%s is what it is', error => expect(toFileSystemError(error)).toBe(error))

// The kernel's own folder takes no folder from anybody, and its full device no byte.
test.skipIf(process.platform !== 'linux')('a folder that takes no file is told by each write', async () => {
  const store = new FolderStore('/sys/kernel')
  for (const write of [
    () => store.put('a/b', new Uint8Array(1)),
    () => store.putIfAbsent('a/b', new Uint8Array(1)),
    () => store.putFile('a/b', '/proc/self/stat'),
  ]) {
    const refused = write()
    await expect(refused).rejects.toThrow(FileSystemError)
    await expect(refused).rejects.toThrow('/sys/kernel/a/b: expected ')
  }
})

test.skipIf(process.platform !== 'linux')('a disk that is full under the engine has its fix', async () => {
  const full = open.engine.run("copy (select range from range(100000)) to '/dev/full' (format csv)")
  await expect(full).rejects.toThrow(/No space left on device.*; make room on that disk, and run it again$/s)
})
