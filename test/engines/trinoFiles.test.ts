import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hasTrino, prepareTrino, trinoFolder } from './trinoFiles.js'

let cache: string
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'stocktake-cache-'))
})
afterEach(() => rm(cache, { recursive: true }))

async function unpack(folder: string): Promise<void> {
  await sleep(10)
  await mkdir(join(folder, 'lib'))
}

test('two runs at once make one server, and a third none', async () => {
  const folder = trinoFolder(cache)
  await Promise.all([prepareTrino(folder, unpack), prepareTrino(folder, unpack)])
  expect(await readdir(cache)).toEqual([basename(folder)])
  await prepareTrino(folder, async () => {
    throw new Error('not needed')
  })
  expect(hasTrino(folder)).toBe(true)
})

test('a download that fails leaves nothing, and what it said is thrown', async () => {
  const failing = async (folder: string) => {
    await unpack(folder)
    throw new Error('no such artifact')
  }
  await expect(prepareTrino(trinoFolder(cache), failing)).rejects.toThrow('no such artifact')
  expect(await readdir(cache)).toEqual([])
})

test('what a killed run left is swept when it is old, and never taken for the server', async () => {
  const [old, young] = [join(cache, '.building-old'), join(cache, '.building-young')]
  await mkdir(join(old, 'lib'), { recursive: true })
  await mkdir(young)
  await utimes(old, new Date(0), new Date(0))
  await prepareTrino(trinoFolder(cache), unpack)
  expect(await readdir(cache)).toEqual(['.building-young', basename(trinoFolder(cache))])
})
