import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { sweepStale } from './temporaryFolders.js'

const NOBODY = 2 ** 30 // more than a system gives away

test('tests make their folders in the one of their run', () =>
  expect(basename(tmpdir())).toMatch(/^stocktake-tests-\d+-/))

test('what a killed run has left is removed, and nothing else', async () => {
  const outer = await mkdtemp(join(tmpdir(), 'stocktake-outer-'))
  try {
    const [left, running] = [`stocktake-tests-${NOBODY}-a1B2c3`, `stocktake-tests-${process.pid}-a1B2c3`]
    const others = ['stocktake-tests', `stocktake-tests-x-a1B2c3`, `other-${NOBODY}-a1B2c3`]
    for (const name of [left, running, ...others]) await mkdir(join(outer, name, 'in it'), { recursive: true })
    await sweepStale(outer)
    expect(await readdir(outer)).toContain(left) // it was changed a moment ago
    await sweepStale(outer, -1)
    expect((await readdir(outer)).sort()).toEqual([running, ...others].sort())
  } finally {
    await rm(outer, { recursive: true })
  }
})
