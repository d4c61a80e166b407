import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { UsageError } from '../../src/errors.js'
import { OutputFileError, writeOutputFile, writeTextFile } from '../../src/output/outputFile.js'
import { writeText } from '../../src/output/textWriter.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-output-'))
})
afterEach(() => rm(folder, { recursive: true }))

const write = (name: string, text: string, overwrite = false) =>
  writeOutputFile({ path: join(folder, name), overwrite }, path => writeTextFile(path, out => writeText(out, [text])))

test('a file is there when it is whole, and nothing else', async () => {
  let during: string[] = []
  const size = await writeOutputFile({ path: join(folder, 'a.csv'), overwrite: false }, async path => {
    await writeTextFile(path, out => writeText(out, ['a\n', '1\n']))
    during = await readdir(folder)
  })
  expect(during).toEqual([expect.stringMatching(/^\.tmp-/)])
  expect([size, await readdir(folder), await readFile(join(folder, 'a.csv'), 'utf8')]).toEqual([4, ['a.csv'], 'a\n1\n'])
})

test('one that is there stays as it was, unless it may be replaced', async () => {
  await writeFile(join(folder, 'a.csv'), 'old')
  await expect(write('a.csv', 'new')).rejects.toThrow(UsageError)
  await expect(write('a.csv', 'new')).rejects.toThrow('a.csv is there already; --overwrite replaces it')
  expect(await readFile(join(folder, 'a.csv'), 'utf8')).toBe('old')
  await write('a.csv', 'new', true)
  expect([await readFile(join(folder, 'a.csv'), 'utf8'), await readdir(folder)]).toEqual(['new', ['a.csv']])
})

test.each([0o600, 0o640, 0o400])('one that is replaced is readable for those who read it before: %i', async mode => {
  await writeFile(join(folder, 'a.csv'), 'old')
  await chmod(join(folder, 'a.csv'), mode)
  await write('a.csv', 'new', true)
  expect((await stat(join(folder, 'a.csv'))).mode & 0o777).toBe(mode)
  await write('b.csv', 'new', true)
  expect((await stat(join(folder, 'b.csv'))).mode & 0o777).toBe(0o666 & ~process.umask())
})

test('one that appears meanwhile is not replaced', async () => {
  const racing = writeOutputFile({ path: join(folder, 'a.csv'), overwrite: false }, async path => {
    await writeFile(path, 'mine')
    await writeFile(join(folder, 'a.csv'), 'theirs')
  })
  await expect(racing).rejects.toThrow('is there already')
  expect([await readFile(join(folder, 'a.csv'), 'utf8'), await readdir(folder)]).toEqual(['theirs', ['a.csv']])
})

test.each([false, true])('a failure leaves nothing behind (overwrite: %s)', async overwrite => {
  await writeFile(join(folder, 'b.csv'), 'old')
  const failing = writeOutputFile({ path: join(folder, overwrite ? 'b.csv' : 'a.csv'), overwrite }, async path => {
    await writeFile(path, 'half')
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' })
  })
  await expect(failing).rejects.toThrow(OutputFileError)
  const told = /\.csv: expected room on the disk, got ENOSPC: no space left on device; make some, and run it again$/
  await expect(failing).rejects.toThrow(told)
  expect([await readdir(folder), await readFile(join(folder, 'b.csv'), 'utf8')]).toEqual([['b.csv'], 'old'])
})

test('a link stays a link to what is replaced', async () => {
  await writeFile(join(folder, 'real.csv'), 'old')
  await symlink('real.csv', join(folder, 'link.csv'))
  await write('link.csv', 'new', true)
  expect(await readFile(join(folder, 'real.csv'), 'utf8')).toBe('new')
  expect(
    (await readdir(folder, { withFileTypes: true })).find(({ name }) => name === 'link.csv')?.isSymbolicLink(),
  ).toBe(true)
})

describe('where no file can be made, it is said before', () => {
  test('no folder, no folder at all, a folder in its place, a device', async () => {
    await mkdir(join(folder, 'd.csv'))
    await writeFile(join(folder, 'f'), '')
    await symlink('/dev/null', join(folder, 'null.csv'))
    for (const [name, message] of [
      ['none/a.csv', 'expected a folder, got none'],
      ['f/a.csv', 'expected a folder, got something else'],
      ['d.csv', 'expected a file, got a folder'],
      ['null.csv', 'expected a file, got a device'],
    ] as const)
      for (const overwrite of [false, true]) await expect(write(name, 'x', overwrite)).rejects.toThrow(message)
  })

  test('a text is written as UTF-8, however long', async () => {
    await write('a.csv', 'é'.repeat(200_000))
    expect((await stat(join(folder, 'a.csv'))).size).toBe(400_000)
  })
})
