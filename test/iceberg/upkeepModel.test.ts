import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DataFile } from '../../src/iceberg/dataFile.js'
import { expireSnapshots } from '../../src/iceberg/expireSnapshots.js'
import { removeOrphans } from '../../src/iceberg/findOrphans.js'
import { currentSnapshot } from '../../src/iceberg/metadata.js'
import { rewriteManifests } from '../../src/iceberg/rewriteManifests.js'
import { SPEC } from './examples.js'
import {
  append,
  commitFiles,
  DAY_MS,
  drop,
  HOUR_MS,
  load,
  makeUpkeepTable,
  merge,
  rowsOf,
  stage,
  type UpkeepTable,
} from './upkeepTable.js'

/** What a table must hold, told plainly. */
interface Model {
  /** Rows by the name of their file. */
  readonly files: Map<string, readonly string[]>
  /** Begun, and not committed yet. */
  readonly writers: { readonly file: DataFile; readonly name: string; readonly since: number }[]
  readonly readers: {
    readonly table: Awaited<ReturnType<typeof load>>
    readonly rows: string[]
    readonly since: number
  }[]
  made: number
}

const GRACE_MS = DAY_MS

type Step = (of: UpkeepTable, model: Model) => Promise<unknown>

const newName = (model: Model) => `f${model.made++}`
const pick = (model: Model, n: number) => [...model.files.keys()][n % Math.max(1, model.files.size)]

const appendStep: Step = async (of, model) => {
  const name = newName(model)
  model.files.set(name, [name])
  await append(of, name)
}

const dropStep =
  (n: number): Step =>
  async (of, model) => {
    const name = pick(model, n)
    if (name === undefined) return
    model.files.delete(name)
    await drop(of, name)
  }

const compactStep =
  (n: number): Step =>
  async (of, model) => {
    const names = [pick(model, n), pick(model, n + 1)].filter(name => name !== undefined)
    if (new Set(names).size < 2) return
    const into = newName(model)
    model.files.set(
      into,
      names.flatMap(name => model.files.get(name) ?? []),
    )
    for (const name of names) model.files.delete(name)
    await merge(of, names, into)
  }

const upkeep = { graceMs: GRACE_MS, dryRun: false }
const expireStep =
  (keep: number): Step =>
  of =>
    expireSnapshots(of.catalog, SPEC.name, { ...upkeep, keep }, of.effects)
const orphansStep: Step = of => removeOrphans(of.catalog, SPEC.name, upkeep, of.effects)
const mergeStep: Step = of => rewriteManifests(of.catalog, SPEC.name, { least: 3, dryRun: false }, of.effects)

const beginStep: Step = async (of, model) => {
  const name = newName(model)
  model.writers.push({ file: await stage(of, name), name, since: of.clock.ms })
}

/** A writer that is within the grace time commits; one that isn't has been killed. */
const endStep: Step = async (of, model) => {
  const writer = model.writers.shift()
  if (!writer || of.clock.ms - writer.since >= GRACE_MS) return
  model.files.set(writer.name, [writer.name])
  await commitFiles(of, [writer.file])
}

const readStep: Step = async (of, model) => {
  model.readers.push({ table: await load(of), rows: await rowsOf(of), since: of.clock.ms })
}

const waitStep =
  (hours: number): Step =>
  async of => {
    of.clock.ms += hours * HOUR_MS
  }

const step: fc.Arbitrary<{ readonly name: string; readonly run: Step }> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ name: 'append', run: appendStep }) },
  { weight: 3, arbitrary: fc.nat(9).map(n => ({ name: `drop ${n}`, run: dropStep(n) })) },
  { weight: 2, arbitrary: fc.nat(9).map(n => ({ name: `compact ${n}`, run: compactStep(n) })) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 4 }).map(n => ({ name: `expire ${n}`, run: expireStep(n) })) },
  { weight: 3, arbitrary: fc.constant({ name: 'orphans', run: orphansStep }) },
  { weight: 2, arbitrary: fc.constant({ name: 'merge', run: mergeStep }) },
  { weight: 1, arbitrary: fc.constant({ name: 'begin', run: beginStep }) },
  { weight: 1, arbitrary: fc.constant({ name: 'end', run: endStep }) },
  { weight: 2, arbitrary: fc.constant({ name: 'read', run: readStep }) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 20 }).map(n => ({ name: `wait ${n} h`, run: waitStep(n) })) },
)

test('whatever is done to a table, and kept in order between, it holds the rows that it should', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        step.map(({ name, run }) => Object.assign(run, { toString: () => name })),
        { maxLength: 30 },
      ),
      async steps => {
        const of = await makeUpkeepTable()
        const model: Model = { files: new Map(), writers: [], readers: [], made: 0 }
        for (const run of steps) {
          await run(of, model)
          expect(await rowsOf(of)).toEqual([...model.files.values()].flat().sort())
          for (const { table, rows, since } of model.readers)
            if (of.clock.ms - since < GRACE_MS)
              expect(await rowsOf(of, table, currentSnapshot(table.metadata)?.['snapshot-id'])).toEqual(rows)
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('after all graces, nothing is left but what the rows need', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        step.map(({ run }) => run),
        { maxLength: 25 },
      ),
      async steps => {
        const of = await makeUpkeepTable()
        const model: Model = { files: new Map(), writers: [], readers: [], made: 0 }
        for (const run of steps) await run(of, model)
        of.clock.ms += 3 * DAY_MS
        const last = newName(model)
        await append(of, last)
        model.files.set(last, [last])
        of.clock.ms += 2 * DAY_MS
        await expireStep(1)(of, model)
        await orphansStep(of, model)
        of.clock.ms += 2 * DAY_MS
        await orphansStep(of, model)
        const names = [...of.store.objects.keys()].flatMap(key => /data\/(.+)\.parquet$/.exec(key)?.[1] ?? [])
        expect(names.sort()).toEqual([...model.files.keys()].sort())
        expect([...of.store.objects.keys()].filter(key => key.includes('/snap-'))).toHaveLength(1)
      },
    ),
    { numRuns: 60 },
  )
})
