import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InterruptedError } from '../../src/errors.js'
import { planFiles } from '../../src/iceberg/plan.js'
import { type MaintainReport, maintainLake } from '../../src/jobs/maintain.js'
import { MAINTAIN_LIMITS, type MaintainEffects, type MaintainOptions } from '../../src/jobs/maintainStep.js'
import { MaintainBusyError, withMaintainTurn } from '../../src/jobs/maintainTurn.js'
import { CHANGES, IMPORT_TABLES, OBJECTS, SNAPSHOTS } from '../../src/snapshot/tables.js'
import { readWithPyiceberg } from '../oracles/independentReaders.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { closeTestLake, listLake, readVouched, type TestLake } from '../snapshot/importing.js'
import { watchWrites } from '../snapshot/watching.js'
import {
  AT_ONCE,
  age,
  copyLake,
  countFiles,
  maintainEffects,
  openManySnapshots,
  snapshotsOf,
  summarize,
} from './maintaining.js'

const KEEP = { daily: 2, weekly: 0, monthly: 2 }
const KEPT = ['2026-01-20T01-00Z', '2026-01-19T01-00Z', '2025-11-30T01-00Z']
const OPTIONS: MaintainOptions = { dryRun: false, keep: KEEP, limits: AT_ONCE }

type Summary = Awaited<ReturnType<typeof summarize>>

let lake: TestLake
let before: Summary
beforeAll(async () => {
  lake = await openManySnapshots()
  before = await summarize(lake)
})
afterAll(() => closeTestLake(lake))

/** The rows of the snapshots that are kept, as they were. */
const kept = (): Summary => Object.fromEntries(Object.entries(before).filter(([name]) => KEPT.includes(name)))

const counts = ({ rows }: MaintainReport) =>
  Object.fromEntries(
    rows.filter(({ count }) => count > 0).map(({ step, subject, count }) => [`${step} ${subject ?? ''}`.trim(), count]),
  )

async function withCopy<T>(name: string, act: (copy: TestLake) => Promise<T>): Promise<T> {
  const copy = await copyLake(lake, name)
  try {
    return await act(copy)
  } finally {
    copy.engine.close()
    await rm(copy.folder, { recursive: true })
  }
}

const maintain = async (copy: TestLake, options = OPTIONS, more: Partial<MaintainEffects> = {}) =>
  maintainLake(options, { ...(await maintainEffects(copy)), ...more })

test('snapshots that are not kept go, with their files, and every row of the others is as it was', () =>
  withCopy('drops', async copy => {
    const report = await maintain(copy)
    expect(report.failures).toEqual([])
    expect(report.rows[0]).toMatchObject({
      ...{ step: 'drop snapshots', subject: 'photos', count: 2, unit: 'snapshots' },
      ...{ detail: '2026-01-17T01-00Z, 2026-01-18T01-00Z', names: ['2026-01-18T01-00Z', '2026-01-17T01-00Z'] },
    })
    expect(await snapshotsOf(copy)).toEqual(KEPT)
    expect(await summarize(copy)).toEqual(kept())
    expect(await countFiles(copy)).toBe(2 * KEPT.length)
    for (const { name } of [...IMPORT_TABLES, SNAPSHOTS])
      expect((await copy.catalog.load(name))?.metadata.snapshots.length, name).toBeLessThanOrEqual(1)
  }))

test('a second time there is nothing to do', () =>
  withCopy('twice', async copy => {
    await maintain(copy)
    await maintain(copy) // what the first has merged and expired left files of its own
    const found = await listLake(copy)
    expect(counts(await maintain(copy))).toEqual({})
    const isTurn = (line: string) => line.startsWith('state/maintain/')
    expect((await listLake(copy)).filter(line => !isTurn(line))).toEqual(found.filter(line => !isTurn(line)))
  }))

test('a dry run writes nothing, and tells what would go', () =>
  withCopy('dry', async copy => {
    const listed = await listLake(copy)
    const told = await maintain(copy, { ...OPTIONS, dryRun: true })
    expect(await listLake(copy)).toEqual(listed)
    expect(told.dryRun).toBe(true)
    expect(told.rows[0]).toMatchObject({ step: 'drop snapshots', count: 2 })
    const done = await maintain(copy)
    expect(told.rows[0]).toEqual(done.rows[0])
  }))

test('by default files stay for those who may still read them', () =>
  withCopy('grace', async copy => {
    await age(copy, 2)
    const files = await countFiles(copy)
    const table = await copy.catalog.load(OBJECTS.name)
    await maintain(copy, { ...OPTIONS, limits: MAINTAIN_LIMITS })
    expect(await snapshotsOf(copy)).toEqual(KEPT)
    expect(await countFiles(copy)).toBe(files)
    expect(table && (await planFiles(table, [])).length).toBe(5) // as a reader has it that came before
  }))

describe('what killed imports have left', () => {
  /** As if the process had been killed between the receipt's removal and that of the rows. */
  const killed = async (copy: TestLake) => {
    const { catalog } = copy
    const broken = {
      ...catalog,
      commit: async (...args: Parameters<typeof catalog.commit>) => {
        if (args[0].name === OBJECTS.name) throw new Error('killed')
        return catalog.commit(...args)
      },
    }
    await expect(maintain(copy, OPTIONS, { catalog: broken })).rejects.toThrow('killed')
  }

  test('goes when it is a day old', () =>
    withCopy('abandoned', async copy => {
      await killed(copy)
      expect(await snapshotsOf(copy)).toEqual(KEPT)
      expect(counts(await maintain(copy))).not.toHaveProperty('drop abandoned imports photos')
      await age(copy, 2)
      expect(counts(await maintain(copy))).toMatchObject({ 'drop abandoned imports photos': 2 })
      expect(await summarize(copy)).toEqual(kept())
    }))

  test('stays while an import of the connector runs', () =>
    withCopy('busy', async copy => {
      await killed(copy)
      await age(copy, 2)
      const { withConnectorLease } = await import('../../src/jobs/connectorLease.js')
      const { connectorGuid } = await import('../../src/config/connector.js')
      const effects = { ...(await maintainEffects(copy)), waiting: () => undefined }
      const options = { connectorGuid: connectorGuid('photos'), connector: 'photos', jobId: null, wait: true }
      const report = await withConnectorLease({ ...options, what: 'import' }, effects, () => maintain(copy))
      expect(report.rows.find(({ step }) => step === 'drop abandoned imports')).toMatchObject({
        ...{ subject: 'photos', count: 0 },
        detail: expect.stringMatching(/^left for the next time: an import on here since /),
      })
      expect(counts(await maintain(copy))).toMatchObject({ 'drop abandoned imports photos': 2 })
    }))
})

test('one at a time maintains a lake; who is dead holds up nobody', () =>
  withCopy('turns', async copy => {
    const effects = await maintainEffects(copy)
    await withMaintainTurn(effects, async () => {
      await expect(maintain(copy)).rejects.toThrow(MaintainBusyError)
      await maintain(copy, { ...OPTIONS, dryRun: true })
    })
    const dead = { ...effects, runner: { ...effects.runner, began: '1' } }
    await withMaintainTurn(dead, () => maintain(copy)).catch(() => undefined)
    expect(await snapshotsOf(copy)).toEqual(KEPT)
  }))

test('unfinished files and work go when they are old', () =>
  withCopy('temporary', async copy => {
    const old = new Date(Date.now() - 30 * 86_400_000)
    const put = async (path: string, time: Date) => {
      await mkdir(join(path, '..'), { recursive: true })
      await writeFile(path, 'half of a file')
      await utimes(path, time, time)
    }
    const root = join(copy.folder, 'lake')
    await put(join(root, 'tables/objects_v1/data/.tmp-12-0123456789aa'), old)
    await put(join(root, 'state/tasks/.tmp-13-0123456789bb'), new Date())
    const work = join(copy.workRoot, 'abc.gone-host.99999999.0123abcd')
    await put(join(work, 'owner.ndjson'), old)
    await utimes(work, old, old)
    const report = await maintain(copy, { ...OPTIONS, limits: MAINTAIN_LIMITS })
    expect(counts(report)).toMatchObject({ 'remove temporary files': 1, 'remove unfinished work': 1 })
    const found = (await readdir(root, { recursive: true })).filter(name => name.includes('.tmp-'))
    expect(found).toEqual(['state/tasks/.tmp-13-0123456789bb'])
    expect(await readdir(copy.workRoot)).toEqual([])
  }))

test('a signal ends it between two steps, and gives the turn back', () =>
  withCopy('signal', async copy => {
    const stop = new AbortController()
    const progress = ({ phase }: { phase: string }) => {
      if (phase === 'orphans') stop.abort(new InterruptedError({ subject: 'interrupted' }))
    }
    await expect(maintain(copy, OPTIONS, { signal: stop.signal, progress })).rejects.toThrow(InterruptedError)
    expect(await summarize(copy)).toEqual(kept())
    expect((await maintain(copy)).failures).toEqual([])
  }))

test('a table that can not be read is told, and the rest is done', () =>
  withCopy('unreadable', async copy => {
    const table = await copy.catalog.load(CHANGES.name)
    for await (const { key } of copy.store.list('tables/changes_v1/metadata/')) {
      if (key.endsWith('.avro') && table) await copy.store.put(key, Buffer.from('no Avro'))
    }
    const { failures, rows } = await maintain(copy, { ...OPTIONS, keep: { daily: 9, weekly: 9, monthly: 9 } })
    expect(failures.map(({ step }) => step)).toContain('manifests')
    expect(rows.map(({ step }) => step)).toContain('retire tasks')
  }))

class Killed extends Error {}

test('killed at any write, it leaves the kept snapshots as they were, and goes on the next time', async () => {
  let writes = 0
  await withCopy('counted', async copy => {
    const store = watchWrites(copy.store, step => {
      if (step.startsWith('before')) writes++
    })
    await maintainLake(OPTIONS, await maintainEffects(copy, store))
  })
  expect(writes).toBeGreaterThan(40)
  for (let last = 1; last <= writes; last += 18)
    await withCopy(`killed ${last}`, async copy => {
      let count = 0
      const store = watchWrites(copy.store, step => {
        if (step.startsWith('before') && ++count >= last) throw new Killed() // whatever it would still do, it can't
      })
      const effects = await maintainEffects(copy, store)
      await maintainLake(OPTIONS, effects).catch(error => {
        if (!(error instanceof Killed)) throw error
      })
      expect(await summarize(copy), `killed at write ${last}`).toMatchObject(kept())
      await age(copy, 2)
      await rm(join(copy.folder, 'lake/state/maintain'), { recursive: true, force: true }) // this process lives on
      await maintain(copy)
      expect(await snapshotsOf(copy)).toEqual(KEPT)
      expect(await summarize(copy), `gone on with after write ${last}`).toEqual(kept())
      expect(await countFiles(copy)).toBe(2 * KEPT.length)
    })
})

// Last: on the lake itself, as other readers don't find a copy's files.
describeWithOracles('what another reader sees', () => {
  beforeAll(() => maintain(lake))

  test.each([OBJECTS, SNAPSHOTS])('of $name, after it', async spec => {
    const table = await lake.catalog.load(spec.name)
    const { rows } = await readWithPyiceberg(lake.store.locate(table?.metadataKey ?? ''))
    const names = (all: readonly object[]) => all.map(row => JSON.stringify(Object.entries(row).slice(0, 4))).sort()
    const ours = await readVouched(
      lake,
      spec,
      'connector, dt::varchar as dt, snapshot, import_id, * exclude (connector, dt, snapshot, import_id)',
    )
    expect(rows).toHaveLength(ours.length)
    expect(names(rows)).toEqual(names(ours))
  })
})
