import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listBatches } from '../../src/iceberg/batches.js'
import type { Catalog } from '../../src/iceberg/catalog.js'
import { changeMetadata } from '../../src/iceberg/changeMetadata.js'
import { evolveSpec } from '../../src/iceberg/evolveSpec.js'
import { expireSnapshots } from '../../src/iceberg/expireSnapshots.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { removeOrphans } from '../../src/iceberg/findOrphans.js'
import { rewriteManifests } from '../../src/iceberg/rewriteManifests.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { compactTable } from '../../src/tables/compactTable.js'
import { planRollback, rollBackTable } from '../../src/tables/rollBackTable.js'
import { selectTableRows } from '../../src/tables/selectTableRows.js'
import { closeTestEngine, openTestEngine, type TestEngine } from '../engine/engines.js'
import { readWithDuckDB, readWithPyiceberg } from '../oracles/independentReaders.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { appendRows, createSales, EFFECTS, loadSales, SALES, salesFrom } from './salesPlace.js'

let open: TestEngine
let lakes = 0
beforeAll(async () => {
  open = await openTestEngine()
})
afterAll(() => closeTestEngine(open))

/** What a table must hold, told plainly. */
interface State {
  readonly ids: readonly number[]
  readonly batches: readonly string[]
}

/** A table and what is known of each of its states. */
interface Model {
  readonly catalog: Catalog
  readonly states: Map<bigint, State>
  now: State
  made: number
}

type Step = (model: Model) => Promise<unknown>

const signal = new AbortController().signal
const upkeep = { ...EFFECTS, signal }
const compact = (catalog: Catalog) =>
  compactTable(
    SALES.table,
    { dryRun: false, smallBytes: 16_000_000, least: 2 },
    { ...upkeep, catalog, engine: open.engine },
  )

const insert =
  (count: number): Step =>
  async model => {
    const from = model.made
    model.made += count
    const batch = `b${from}`
    await appendRows(model.catalog, salesFrom(from, count), open, { batch })
    const ids = Array.from({ length: count }, (_, i) => from + i)
    model.now = { ids: [...model.now.ids, ...ids], batches: [...model.now.batches, batch] }
  }

/** Files are put together while somebody inserts. */
const compactBeside =
  (count: number): Step =>
  async model => {
    let isDone = false
    const rivalled: Catalog = {
      ...model.catalog,
      commit: async (base, next) => {
        if (!isDone) {
          isDone = true
          await insert(count)(model)
          await note(model)
        }
        return model.catalog.commit(base, next)
      },
    }
    await compact(rivalled)
  }

const repartition =
  (names: readonly string[]): Step =>
  ({ catalog }) => {
    const fields = names.map(column => ({ name: column, column, transform: 'identity' }))
    return changeMetadata(catalog, SALES.table, ({ metadata }) => evolveSpec(metadata, fields, new Date()), EFFECTS)
  }

const rollBack =
  (n: number): Step =>
  async model => {
    const { metadata } = await loadSales(model.catalog)
    const there = metadata.snapshots
    const id = there[n % Math.max(1, there.length)]?.['snapshot-id']
    const state = id === undefined ? undefined : model.states.get(id)
    if (id === undefined || !state) return
    const plan = planRollback(metadata, { kind: 'snapshot', id }, SALES)
    if (plan.unsureBatches.length > 0) return // what follows is told, and not known
    await rollBackTable(model.catalog, SALES.table, plan, EFFECTS)
    model.now = state
  }

const expire =
  (keep: number): Step =>
  ({ catalog }) =>
    expireSnapshots(catalog, SALES.table, { keep, graceMs: -1, dryRun: false }, upkeep)

const merge: Step = ({ catalog }) => rewriteManifests(catalog, SALES.table, { least: 2, dryRun: false }, upkeep)
const sweep: Step = ({ catalog }) => removeOrphans(catalog, SALES.table, { graceMs: -3_600_000, dryRun: false }, upkeep)

async function note(model: Model): Promise<void> {
  const id = (await loadSales(model.catalog)).metadata['current-snapshot-id']
  model.states.set(id, model.now)
}

async function expectState(model: Model): Promise<void> {
  const table = await loadSales(model.catalog)
  expect(await idsOf(model)).toEqual(model.now.ids.toSorted((a, b) => a - b))
  expect([...listBatches(table.metadata)].sort()).toEqual([...model.now.batches].sort())
  for (const { 'snapshot-id': id } of table.metadata.snapshots)
    expect(await idsOf(model, id)).toEqual(model.states.get(id)?.ids.toSorted((a, b) => a - b))
}

async function idsOf({ catalog }: Model, snapshotId?: bigint): Promise<number[]> {
  const { select } = await selectTableRows(await loadSales(catalog), snapshotId === undefined ? {} : { snapshotId })
  const rows = await open.engine.rows(`select id from (${select}) order by id`)
  return rows.map(({ id }) => Number(id))
}

const steps = () =>
  fc.oneof(
    { arbitrary: fc.integer({ min: 1, max: 6 }).map(insert), weight: 4 },
    { arbitrary: fc.constant<Step>(({ catalog }) => compact(catalog)), weight: 2 },
    { arbitrary: fc.integer({ min: 1, max: 4 }).map(compactBeside), weight: 1 },
    { arbitrary: fc.nat({ max: 9 }).map(rollBack), weight: 2 },
    { arbitrary: fc.integer({ min: 1, max: 3 }).map(expire), weight: 1 },
    { arbitrary: fc.subarray(['tenant_id', 'year']).map(repartition), weight: 1 },
    { arbitrary: fc.constantFrom(merge, sweep), weight: 1 },
  )

async function makeModel(): Promise<Model> {
  const store = new FolderStore(join(open.folder, `lake ${++lakes}`))
  await createSales(store)
  const catalog = filesCatalog(store, EFFECTS)
  return { catalog, states: new Map(), now: { ids: [], batches: [] }, made: 0 }
}

describe('a declared table that is inserted into, put together, rolled back and expired', () => {
  test('holds the rows that it should, in each of its states, and knows its batches', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps(), { minLength: 6, maxLength: 14 }), async all => {
        const model = await makeModel()
        for (const step of all) {
          await step(model)
          await note(model)
        }
        await expectState(model)
      }),
      { numRuns: 25 },
    )
  })
})

describeWithOracles('what other readers see of one that was cared for', () => {
  test('is the same rows', async () => {
    const model = await makeModel()
    const all = [insert(9), insert(9), insert(9), repartition(['tenant_id', 'year']), insert(9), insert(9)]
    for (const step of [...all, compactBeside(4), rollBack(9), expire(1), merge, sweep]) {
      await step(model)
      await note(model)
    }
    await expectState(model)
    const { metadataKey, store } = await loadSales(model.catalog)
    const path = store.locate(metadataKey)
    for (const { rows } of await Promise.all([readWithPyiceberg(path), readWithDuckDB(path, 'true')]))
      expect(rows.map(({ id }) => Number(id)).sort((a, b) => a - b)).toEqual(model.now.ids)
  })
})
