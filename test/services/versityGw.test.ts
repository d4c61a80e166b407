import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hasVersityGw, prepareVersityGw, versityGwFolder } from './versityGw.js'

let cache: string
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'stocktake-cache-'))
})
afterEach(() => rm(cache, { recursive: true }))

test('two runs at once build one program, and a third none', async () => {
  const folder = versityGwFolder(cache)
  const build = async (temporary: string) => {
    await new Promise(resolve => setTimeout(resolve, 10))
    await writeFile(join(temporary, 'versitygw'), '')
  }
  await Promise.all([prepareVersityGw(folder, build), prepareVersityGw(folder, build)])
  expect(await readdir(cache)).toEqual([folder.slice(cache.length + 1)])
  await prepareVersityGw(folder, async () => {
    throw new Error('not needed')
  })
  expect(hasVersityGw(folder)).toBe(true)
})

test('a build that fails leaves nothing, and what it said is thrown', async () => {
  const failing = async () => {
    throw new Error('go: not found')
  }
  await expect(prepareVersityGw(versityGwFolder(cache), failing)).rejects.toThrow('go: not found')
  expect(await readdir(cache)).toEqual([])
})
