import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../engine/engine.js'
import { quoteIdentifier, quotePaths, quoteString } from '../engine/sqlText.js'
import { UsageError } from '../errors.js'
import { inParallel } from '../lake/inParallel.js'
import { pickParams } from '../models/model.js'
import type { Model } from '../models/parseModel.js'
import { type CheckTarget, checkSql, type GivenColumn, goodSql } from './checkSql.js'

/** Which sample rows: the same options give the same rows. */
export interface SampleOptions {
  readonly rows: number
  readonly seed: number
  /** The day before which all of it happened: `2026-01-20`. */
  readonly until: string
}

/**
 * Makes sample rows as a table takes them, filled columns filled, as Parquet files in the engine's temporary folder: a range
 * after the other, in little memory however many there are.
 * @param made told how many there are, after each range
 * @returns a SELECT of them
 * @throws {UsageError} where the table doesn't take rows as the model makes them
 */
export async function makeSampleRows(
  model: Model,
  { rows, seed, until }: SampleOptions,
  target: CheckTarget,
  made: (rows: number) => void,
  engine: Engine,
): Promise<string> {
  const paramsOf = (firstRow: number, count: number) =>
    pickParams(model, { seed, first_row: firstRow, rows: count, until: `${until} 00:00:00` })
  const tried = paramsOf(0, TRIED_ROWS)
  const described = await engine.rows(`describe select * from (${model.sql})`, tried)
  const columns = new Map(described.map(({ column_name }) => givenColumn(String(column_name))))
  const checked = checkSql({ from: `(${model.sql})`, line: '0', told: 'cast(null as varchar)' }, columns, target)
  const [wrong] = await engine.rows(`select reason from (${checked}) where reason is not null limit 1`, tried)
  if (wrong) throw misfitError(model, String(wrong.reason))

  const folder = await mkdtemp(join(engine.tempFolder, 'sample-'))
  const ranges = Array.from({ length: Math.ceil(rows / RANGE_ROWS) }, (_, i) => {
    const firstRow = i * RANGE_ROWS
    return { firstRow, count: Math.min(RANGE_ROWS, rows - firstRow), path: join(folder, `${i}.parquet`) }
  })
  const good = goodSql(target, `(${guarded(checked)})`)
  let done = 0
  await withForks(engine, WORKERS, forks =>
    inParallel(ranges, WORKERS, async ({ firstRow, count, path }) => {
      const fork = forks.pop() ?? engine
      await fork.run(copyTo(good, path), paramsOf(firstRow, count))
      forks.push(fork)
      done += count
      made(done)
    }),
  )
  return `select * from read_parquet(${quotePaths(ranges.map(({ path }) => path))})`
}

/** Rows of a sample are alike: what is wrong with all of them is told before any is made. */
const TRIED_ROWS = 100
/** A vector of as many embeddings is 4 MB, and making them takes several. */
const RANGE_ROWS = 500
const WORKERS = 2

/** Values have the types that the model gives them, and are cast where the table has others by now. */
const givenColumn = (name: string): [string, GivenColumn] => [
  name,
  { given: quoteIdentifier(name), isTold: () => 'false', read: given => ({ value: given, fault: 'null' }) },
]

/** A row that isn't good ends the statement: none is left out. */
const guarded = (checked: string): string =>
  `select * replace (if(reason is null, null, error('sample row: ' || reason)) as reason) from (${checked})`

const copyTo = (select: string, path: string): string =>
  `copy (${select}) to ${quoteString(path)} (format parquet, compression uncompressed)`

async function withForks(engine: Engine, count: number, act: (forks: Engine[]) => Promise<void>): Promise<void> {
  const forks: Engine[] = []
  try {
    while (forks.length < count) forks.push(await engine.fork())
    await act([...forks])
  } finally {
    for (const fork of forks) fork.close()
  }
}

const misfitError = ({ name }: Model, reason: string): UsageError =>
  new UsageError({ subject: `sample ${name}`, expected: 'rows that the table takes', got: reason })
