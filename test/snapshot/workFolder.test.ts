import { appendFile, mkdir, mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { claimWorkFolder, findSteps } from '../../src/snapshot/workFolder.js'

const NOW = new Date()
const DAY_MS = 86_400_000

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'stocktake-work-'))
})
afterEach(() => rm(root, { recursive: true }))

const claim = (identity = 'abc123', now = NOW) => claimWorkFolder(root, identity, now)

test('what was released is taken over, with its steps and its files', async () => {
  const first = await claim()
  await first.record({ step: 'a', n: 1 })
  await first.record({ step: 'b' })
  await writeFile(join(first.path, 'made.parquet'), 'rows')
  await first.release()
  const second = await claim()
  expect(second.steps).toEqual([{ step: 'a', n: 1 }, { step: 'b' }])
  expect(await readdir(second.path)).toContain('made.parquet')
  expect(await readdir(root)).toHaveLength(1)
})

test('what was removed is begun anew', async () => {
  const first = await claim()
  await first.record({ step: 'a' })
  await first.remove()
  expect(await readdir(root)).toEqual([])
  expect((await claim()).steps).toEqual([])
})

test('work of another identity is left alone', async () => {
  const first = await claim()
  await first.record({ step: 'a' })
  await first.release()
  expect((await claim('other')).steps).toEqual([])
})

test('the folder of a process at work is left alone, also by this process', async () => {
  const first = await claim()
  await first.record({ step: 'a' })
  const second = await claim()
  expect(second.path).not.toBe(first.path)
  expect(second.steps).toEqual([])
})

test('that of a dead process is taken over', async () => {
  const first = await claim()
  await first.record({ step: 'a' })
  await rename(first.path, first.path.replace(`.${process.pid}.`, '.99999999.')) // an id that Linux gives to none
  expect((await claim()).steps).toEqual([{ step: 'a' }])
})

test('that of another machine is left alone', async () => {
  const first = await claim()
  await rename(
    first.path,
    join(root, `${first.path.split('/').at(-1)?.split('.')[0]}.elsewhere.0001.99999999.0123abcd`),
  )
  expect((await claim()).steps).toEqual([])
  expect(await readdir(root)).toHaveLength(2)
})

test('of two that claim at once only one takes over', async () => {
  const first = await claim()
  await first.record({ step: 'a' })
  await first.release()
  const both = await Promise.all([claim(), claim()])
  expect(both.map(({ steps }) => steps.length).sort()).toEqual([0, 1])
})

test('a step whose record was cut by a kill is none, and the next is whole', async () => {
  const first = await claim()
  await first.record({ step: 'a' })
  await appendFile(join(first.path, 'journal.ndjson'), '{"step":"b","n":')
  await first.release()
  const second = await claim()
  expect(second.steps).toEqual([{ step: 'a' }])
  await second.record({ step: 'c' })
  await second.release()
  expect((await claim()).steps).toEqual([{ step: 'a' }, { step: 'c' }])
})

test('steps are found by their shape', () => {
  const steps = [{ step: 'a', n: 1 }, { step: 'b' }, 'no object', { step: 'a', n: 'x' }, { step: 'a', n: 2 }]
  expect(findSteps({ steps }, z.object({ step: z.literal('a'), n: z.int() }))).toEqual([
    { step: 'a', n: 1 },
    { step: 'a', n: 2 },
  ])
})

test('what nobody went on with for a week is removed, and what is no work folder stays', async () => {
  const old = await claim('old')
  await old.release()
  const [name = ''] = await readdir(root)
  await utimes(join(root, name), NOW, new Date(NOW.getTime() - 8 * DAY_MS))
  await mkdir(join(root, 'something else'))
  await utimes(join(root, 'something else'), NOW, new Date(0))
  const young = await claim('young')
  await young.release()
  await claim('new')
  const left = (await readdir(root)).map(each => /^(old|young|new|something else)/.exec(each)?.[0])
  expect(left.sort()).toEqual(['new', 'something else', 'young'])
})
