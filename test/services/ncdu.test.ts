import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hasNcdu, ncduFolder, ncduProgram, prepareNcdu } from './ncdu.js'

let cache: string
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'stocktake-cache-'))
})
afterEach(() => rm(cache, { recursive: true }))

async function unpack(folder: string): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, 10))
  const { path } = ncduProgram(folder)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, '')
}

test('two runs at once make one folder, and a third none', async () => {
  const folder = ncduFolder(cache)
  await Promise.all([prepareNcdu(folder, unpack), prepareNcdu(folder, unpack)])
  expect(await readdir(cache)).toEqual([folder.slice(cache.length + 1)])
  await prepareNcdu(folder, async () => {
    throw new Error('not needed')
  })
  expect(hasNcdu(folder)).toBe(true)
})

test('packages that can not be had leave nothing, and what was said is thrown', async () => {
  const failing = async () => {
    throw new Error('unable to locate package')
  }
  await expect(prepareNcdu(ncduFolder(cache), failing)).rejects.toThrow('unable to locate')
  expect(await readdir(cache)).toEqual([])
})
