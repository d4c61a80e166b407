import { readdir, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Catalog } from '../../src/iceberg/catalog.js'
import { planFiles } from '../../src/iceberg/plan.js'
import { ConnectorLostError } from '../../src/jobs/connectorLease.js'
import { compactImports } from '../../src/snapshot/compactImport.js'
import { dropAbandoned, dropOldSnapshots, listAbandoned } from '../../src/snapshot/dropImports.js'
import { formatImportId } from '../../src/snapshot/importId.js'
import { registerViews } from '../../src/snapshot/lakeViews.js'
import { listReceipts } from '../../src/snapshot/receipts.js'
import { removeReceipts } from '../../src/snapshot/removeReceipts.js'
import { IMPORT_TABLES } from '../../src/snapshot/tables.js'
import {
  appendImport,
  closeHandmadeLake,
  type HandmadeImport,
  type HandmadeLake,
  openHandmadeLake,
  vouchFor,
} from './handmadeLake.js'

const DAY_MS = 86_400_000
/** Handmade imports are of the 21st. */
const NOW = new Date('2026-02-01T00:00Z')
const now = () => NOW
const NOTHING = { daily: 0, weekly: 0, monthly: 0 }
const NAMES = ['2026-01-17T01-00Z', '2026-01-18T01-00Z', '2026-01-19T01-00Z']

const NEVER = new AbortController().signal
const effects = () => ({ ...lake, now, alone: (_: string, act: (lost: AbortSignal) => Promise<void>) => act(NEVER) })

let lake: HandmadeLake
beforeEach(async () => {
  lake = await openHandmadeLake()
})
afterEach(() => closeHandmadeLake(lake))

async function putImport(made: HandmadeImport) {
  await appendImport(lake, made)
  await vouchFor(lake, made)
}

/** The imports that each table holds. */
async function importsIn(): Promise<unknown[][]> {
  const held = []
  for (const { name } of IMPORT_TABLES) {
    const table = await lake.catalog.load(name)
    const ids = table ? (await planFiles(table, [])).map(({ partition }) => partition.import_id) : []
    held.push([...new Set(ids)].sort())
  }
  return held
}

const receiptIds = async () => (await listReceipts(lake)).map(({ import_id }) => import_id).sort()

/** As if every file of the lake had been written so long ago. */
async function age(ms: number): Promise<void> {
  const root = join(lake.folder, 'lake')
  for (const name of await readdir(root, { recursive: true })) {
    const path = join(root, name)
    const time = new Date(NOW.getTime() - ms)
    if ((await stat(path)).isFile()) await utimes(path, time, time)
  }
}

describe('snapshots that are not kept', () => {
  beforeEach(async () => {
    for (const [i, snapshot] of NAMES.entries()) await putImport({ id: `i${i}`, snapshot, keys: ['k', `k${i}`] })
    await putImport({ id: 'other', connector: 'b', snapshot: NAMES[0] ?? '' })
  })

  test('lose their receipts, and then their rows', async () => {
    const dropped = await dropOldSnapshots({ keep: NOTHING, dryRun: false }, effects())
    expect(dropped.map(({ receipt }) => receipt.import_id)).toEqual(['i1', 'i0'])
    expect(dropped.every(({ sizeBytes }) => sizeBytes > 0)).toBe(true)
    expect(await receiptIds()).toEqual(['i2', 'other'])
    expect(await importsIn()).toEqual([0, 1, 2].map(() => ['i2', 'other']))
    await registerViews(['objects', 'snapshots'], lake)
    expect(await lake.engine.rows('select key from objects order by all')).toEqual(
      ['k', 'k2', 'other/key'].map(key => ({ key })),
    )
    expect(await lake.engine.rows('select count(*) as n from snapshots')).toEqual([{ n: 2n }])
  })

  test('leave their rows where an import of the connector runs', async () => {
    const busy = { ...effects(), alone: async () => undefined }
    expect(await dropOldSnapshots({ keep: NOTHING, dryRun: false }, busy)).toHaveLength(2)
    expect(await receiptIds()).toEqual(['i2', 'other'])
    expect((await importsIn())[0]).toEqual(['i0', 'i1', 'i2', 'other'])
  })

  test('keep their rows where an import that was gone on with has given back the receipt', async () => {
    const { alone } = effects()
    const raced: typeof alone = async (connector, act) => {
      await vouchFor(lake, { id: 'i0', snapshot: NAMES[0] ?? '' })
      await alone(connector, act)
    }
    await dropOldSnapshots({ keep: NOTHING, dryRun: false }, { ...effects(), alone: raced })
    expect(await receiptIds()).toEqual(['i0', 'i2', 'other'])
    expect((await importsIn())[0]).toEqual(['i0', 'i2', 'other'])
  })

  test('are only told by a dry run', async () => {
    const names = async () => (await readdir(lake.folder, { recursive: true })).sort()
    const before = await names()
    const told = await dropOldSnapshots({ keep: NOTHING, dryRun: true }, effects())
    expect(told.map(({ receipt }) => receipt.snapshot)).toEqual([NAMES[1], NAMES[0]])
    expect(await names()).toEqual(before)
  })

  test('go once', async () => {
    await dropOldSnapshots({ keep: NOTHING, dryRun: false }, effects())
    const before = (await lake.catalog.load('objects_v1'))?.version
    expect(await dropOldSnapshots({ keep: NOTHING, dryRun: false }, effects())).toEqual([])
    expect((await lake.catalog.load('objects_v1'))?.version).toBe(before)
  })

  test('are chosen anew where an import was first', async () => {
    let raced = false
    const catalog: Catalog = {
      ...lake.catalog,
      async commit(base, next) {
        if (!raced && base.name === 'snapshots_v1') {
          raced = true
          await vouchFor(lake, { id: 'i1 again', snapshot: NAMES[1] ?? '' }) // takes the place of one that was to go
        }
        return lake.catalog.commit(base, next)
      },
    }
    const dropped = await dropOldSnapshots({ keep: NOTHING, dryRun: false }, { ...effects(), catalog })
    expect(dropped.map(({ receipt }) => receipt.import_id)).toEqual(['i1 again', 'i0'])
    expect(await receiptIds()).toEqual(['i2', 'other'])
  })

  test('leave receipts in the same file as they are', async () => {
    const { signal } = new AbortController()
    const merged = await compactImports({ dryRun: false, smallBytes: 1e9, least: 2 }, { ...lake, now, signal })
    expect(merged).toMatchObject({ filesBefore: 4, filesAfter: 1 })
    const [first] = await listReceipts(lake, 'b')
    await removeReceipts(receipts => receipts.filter(({ import_id }) => import_id === 'i1'), { ...lake, now })
    expect((await listReceipts(lake, 'b'))[0]).toEqual(first)
    expect(await receiptIds()).toEqual(['i0', 'i2', 'other'])
  })
})

test('a lake without tables has none', async () => {
  expect(await dropOldSnapshots({ keep: NOTHING, dryRun: false }, effects())).toEqual([])
  expect(await listAbandoned(lake, NOW)).toEqual([])
})

describe('imports without a receipt', () => {
  const idOf = (ageMs: number) => formatImportId(new Date(NOW.getTime() - ageMs), new Uint8Array(10))
  const OLD = idOf(2 * DAY_MS)
  const YOUNG = idOf(DAY_MS / 2)

  beforeEach(async () => {
    await putImport({ id: 'vouched', snapshot: NAMES[0] ?? '' })
    for (const id of [OLD, YOUNG]) await appendImport(lake, { id, snapshot: NAMES[1] ?? '' })
  })

  test('are abandoned when they were begun, and written, more than a day ago', async () => {
    await age(2 * DAY_MS)
    expect((await listAbandoned(lake, NOW)).map(({ import_id }) => import_id)).toEqual([OLD])
    await age(DAY_MS / 2) // a killed one that has been gone on with
    expect(await listAbandoned(lake, NOW)).toEqual([])
  })

  test('of the connector lose their rows', async () => {
    await appendImport(lake, { id: idOf(3 * DAY_MS), connector: 'b', snapshot: NAMES[1] ?? '' })
    await age(3 * DAY_MS)
    expect(await dropAbandoned('a', { at: NOW, lost: NEVER }, effects())).toMatchObject([
      { import_id: OLD, connector: 'a', dt: '2026-01-18' },
    ])
    expect(await importsIn()).toEqual([0, 1, 2].map(() => [idOf(3 * DAY_MS), YOUNG, 'vouched']))
    expect((await listAbandoned(lake, NOW)).map(({ connector }) => connector)).toEqual(['b'])
  })

  test('stay when an import may run again', async () => {
    await age(2 * DAY_MS)
    const lost = AbortSignal.abort(new ConnectorLostError('a'))
    await expect(dropAbandoned('a', { at: NOW, lost }, effects())).rejects.toThrow(ConnectorLostError)
    expect((await importsIn())[0]).toContain(OLD)
  })

  test('that get their receipt meanwhile stay', async () => {
    await age(2 * DAY_MS)
    await vouchFor(lake, { id: OLD, snapshot: NAMES[1] ?? '' })
    expect(await dropAbandoned('a', { at: NOW, lost: NEVER }, effects())).toEqual([])
  })
})
