import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../engine/engine.js'
import { CUT_SAMPLE_ROWS, MOST_CUT_RANGES, planCuts } from './keyRanges.js'
import { type Part, partitionRows, partsOf, readPart } from './partitionRows.js'

/** Rows that are to be sorted, and how many they are: a SELECT with a column `key`, and the columns of it that are wanted. */
export interface Unsorted {
  readonly select: string
  readonly columns: readonly string[]
  readonly rows: number
}

/**
 * Splits rows by key, in as many passes over them as it takes, until each piece can be sorted in little memory or has one key
 * alone. What a pass wrote is removed as soon as it was taken.
 * @param pieceRows about how many rows a piece has
 * @param folder where passes write: the rows that are yet to be taken, unsorted
 * @returns relations, in the order of their keys, which are disjoint; each is valid until the next one is asked for
 */
export async function* splitByKey(
  { select, columns, rows }: Unsorted,
  pieceRows: number,
  folder: string,
  engine: Engine,
): AsyncGenerator<string> {
  const wanted = rows > 1.5 * pieceRows ? Math.min(MOST_CUT_RANGES, Math.ceil(rows / pieceRows)) : 1
  const cuts = wanted > 1 ? await sampleCuts(select, wanted, engine) : []
  if (cuts.length === 0) {
    yield `(${select})`
    return
  }
  const target = { folder, name: 'split', rowBudget: pieceRows / 2 }
  const counted = await partitionRows(engine, { select, columns: [...new Set([...columns, 'key'])] }, {}, cuts, target)
  for (const part of partsOf(folder, {}, cuts, counted.rows)) {
    if (part.rows > 0) yield* splitPart(part, columns, pieceRows, engine)
    await rm(part.folder, { recursive: true, force: true })
  }
}

async function* splitPart(part: Part, columns: readonly string[], pieceRows: number, engine: Engine) {
  const select = `select * from ${await readPart(part)}`
  yield* splitByKey({ select, columns, rows: part.rows }, pieceRows, join(part.folder, 'split'), engine)
}

async function sampleCuts(select: string, ranges: number, engine: Engine): Promise<string[]> {
  const keys = await engine.rows(
    `select key from (select key from (${select}) using sample reservoir(${CUT_SAMPLE_ROWS} rows)) order by key`,
  )
  return planCuts(
    keys.map(({ key }) => String(key)),
    ranges,
  )
}
