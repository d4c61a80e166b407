import { mkdtemp, rm, rmdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeFolder } from '../../src/lake/makeFolder.js'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'stocktake-folders-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

test('makes a folder and those above it, once and again', async () => {
  const path = join(root, 'a', 'b', 'c')
  for (let i = 0; i < 2; i++) await makeFolder(path)
  expect((await stat(path)).isDirectory()).toBe(true)
})

test('is made while others remove what they find empty: at most it has gone again', async () => {
  const path = join(root, 'a', 'b')
  const codes = new Set<unknown>()
  const makeAndRemove = async () => {
    for (let i = 0; i < 500; i++) {
      await makeFolder(path).catch(error => codes.add(error.code))
      for (const each of [path, dirname(path)]) await rmdir(each).catch(() => undefined)
    }
  }
  await Promise.all([1, 2, 3, 4].map(makeAndRemove))
  expect([...codes].filter(code => code !== 'ENOENT')).toEqual([])
})
