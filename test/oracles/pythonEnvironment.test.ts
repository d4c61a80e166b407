import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { environmentFolder, environmentPython, hasEnvironment, prepareEnvironment } from './pythonEnvironment.js'

let cache: string
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'stocktake-cache-'))
})
afterEach(() => rm(cache, { recursive: true }))

async function install(folder: string): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, 10))
  await mkdir(join(folder, 'bin'), { recursive: true })
  await writeFile(environmentPython(folder), '')
}

test('two runs at once make one environment, and a third none', async () => {
  const folder = environmentFolder(cache)
  await Promise.all([prepareEnvironment(folder, install), prepareEnvironment(folder, install)])
  expect(await readdir(cache)).toEqual([folder.slice(cache.length + 1)])
  await prepareEnvironment(folder, async () => {
    throw new Error('not needed')
  })
  expect(hasEnvironment(folder)).toBe(true)
})

test('an install that fails leaves nothing, and what it said is thrown', async () => {
  const folder = environmentFolder(cache)
  const failing = async (temporary: string) => {
    await install(temporary)
    throw new Error('no such package')
  }
  await expect(prepareEnvironment(folder, failing)).rejects.toThrow('no such package')
  expect(await readdir(cache)).toEqual([])
})

test('what a killed install left is swept when it is old, and never taken for an environment', async () => {
  const [old, young] = [join(cache, '.building-old'), join(cache, '.building-young')]
  await install(old)
  await install(young)
  await utimes(old, new Date(0), new Date(0))
  await prepareEnvironment(environmentFolder(cache), install)
  expect(await readdir(cache)).toEqual(['.building-young', environmentFolder(cache).slice(cache.length + 1)])
})

test('an environment whose interpreter is gone is made anew', async () => {
  const folder = environmentFolder(cache)
  await mkdir(join(folder, 'lib'), { recursive: true })
  await prepareEnvironment(folder, install)
  expect(hasEnvironment(folder)).toBe(true)
})
