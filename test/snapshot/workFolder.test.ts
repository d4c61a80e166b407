import { appendFile, mkdir, mkdtemp, open, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { claimWorkFolder, FolderLostError, findSteps } from '../../src/snapshot/workFolder.js'

const NOW = new Date()
const DAY_MS = 86_400_000

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'stocktake-work-'))
})
afterEach(() => rm(root, { recursive: true }))

/** Beats follow each other soon, and half a second is a long silence. */
const LEASE = { beatMs: 20, silenceMs: 500 }
/** An owner that says nothing after its claim, as one that is suspended. */
const SILENT = { beatMs: 3_600_000, silenceMs: 500 }

const claim = (identity = 'abc123', now = NOW, lease = LEASE) => claimWorkFolder(root, identity, now, { lease })

const ownerFile = ({ path }: { path: string }) => join(path, 'owner.ndjson')

/** Changes what the owner file says of the process, in its place and length: beats go on after it. */
async function disguise(folder: { path: string }, change: (facts: Record<string, unknown>) => void): Promise<void> {
  const [line = ''] = (await readFile(ownerFile(folder), 'utf8')).split('\n')
  const facts = JSON.parse(line)
  change(facts)
  const file = await open(ownerFile(folder), 'r+')
  await file.write(JSON.stringify(facts).padEnd(line.length), 0)
  await file.close()
}

/** As a process in another container looks, even one of the same hostname and pid. */
const moveElsewhere = (folder: { path: string }) =>
  disguise(folder, facts => {
    facts.space = String(facts.space).replace(/^./, '-')
  })

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

test.each<[string, (facts: Record<string, unknown>) => void]>([
  [
    'that has ended', // an id that Linux gives to none
    facts => {
      facts.pid = 9999999
      facts.began = '1'
    },
  ],
  [
    'whose id another process has now',
    facts => {
      facts.began = String(facts.began).replace(/./g, '1')
    },
  ],
])('the folder of a process %s is taken over at once', async (_, change) => {
  const first = await claim('abc123', NOW, SILENT)
  await first.record({ step: 'a' })
  await disguise(first, change)
  const second = await claim('abc123', NOW, SILENT) // whose silences would be waited for for hours
  expect(second.steps).toEqual([{ step: 'a' }])
})

describe('a process that can not be asked for', () => {
  test('keeps its folder for as long as it speaks', async () => {
    const first = await claim()
    await first.record({ step: 'a' })
    await moveElsewhere(first)
    expect((await claim()).steps).toEqual([])
    await first.record({ step: 'b' })
    await first.release()
    expect((await claim()).steps).toEqual([{ step: 'a' }, { step: 'b' }])
  })

  test('loses it by silence, and learns of it before it records or uses anything', async () => {
    const first = await claim('abc123', NOW, SILENT)
    await first.record({ step: 'a' })
    await moveElsewhere(first)
    const second = await claim()
    expect(second.steps).toEqual([{ step: 'a' }])
    await expect(first.record({ step: 'late' })).rejects.toThrow(FolderLostError)
    await expect(first.requireOwned()).rejects.toThrow(/another process has taken this work over/)
    await mkdir(first.path) // as an import does for its files
    await expect(first.record({ step: 'late' })).rejects.toThrow(FolderLostError)
    await first.release()
    await second.record({ step: 'b' })
    expect(await readdir(root)).toEqual([second.path.split('/').at(-1)])
    await second.release()
    expect((await claim()).steps).toEqual([{ step: 'a' }, { step: 'b' }])
  })

  test('does not write into what the next one writes', async () => {
    const first = await claim('abc123', NOW, SILENT)
    await mkdir(join(first.path, 'parts'))
    const half = await open(join(first.path, 'parts', 'rows'), 'w')
    await half.write('of the first')
    await moveElsewhere(first)
    const second = await claim()
    await writeFile(join(second.path, 'parts', 'rows'), 'of the second')
    await half.write(', which wakes up')
    await half.close()
    expect(await readFile(join(second.path, 'parts', 'rows'), 'utf8')).toBe('of the second')
    expect((await readdir(second.path)).sort()).toEqual(['owner.ndjson', 'parts'])
  })

  test('loses it to one of two', async () => {
    const first = await claim('abc123', NOW, SILENT)
    await first.record({ step: 'a' })
    await moveElsewhere(first)
    const both = await Promise.all([claim(), claim()])
    expect(both.map(({ steps }) => steps.length).sort()).toEqual([0, 1])
  })

  test('is waited for until the signal is raised', async () => {
    const first = await claim('abc123', NOW, SILENT)
    await moveElsewhere(first)
    const lease = { beatMs: 20, silenceMs: 3_600_000 }
    const signal = AbortSignal.timeout(100)
    await expect(claimWorkFolder(root, 'abc123', NOW, { lease, signal })).rejects.toThrow(/abort/)
  })
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
  const long = new Date(NOW.getTime() - 8 * DAY_MS)
  const old = await claim('old')
  await old.release()
  const [name = ''] = await readdir(root)
  await mkdir(join(root, 'something else'))
  await mkdir(join(root, 'spill.elsewhere.0001.17.0123abcd'))
  await mkdir(join(root, `spill.${hostname()}.${process.pid}.0123abcd`))
  const spoken = await claim('spoken')
  await moveElsewhere(spoken)
  for (const each of await readdir(root)) await utimes(join(root, each), NOW, long)
  await utimes(join(root, name, 'owner.ndjson'), NOW, long)
  const young = await claim('young')
  await young.release()
  await claim('new')
  const left = (await readdir(root)).map(each => /^(old|young|new|spoken|spill|something else)/.exec(each)?.[0])
  expect(left.sort()).toEqual(['new', 'something else', 'spill', 'spoken', 'young'])
})
