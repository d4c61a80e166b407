import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type Engine, QueryError } from '../engine/engine.js'
import { ReportRefusedError } from '../errors.js'
import type { LoadedManifest } from '../inventory/loadManifest.js'
import { REFUSED_FIX } from '../inventory/loadManifest.js'
import { stageOrcAsCsv } from '../inventory/orcAsCsv.js'
import { stageFile } from '../inventory/stageFile.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { CUT_SAMPLE_ROWS, MOST_CUT_RANGES, planCuts } from './keyRanges.js'
import { type EngineLimits, type MemoryBudget, sortableRows, writableRows } from './memoryBudget.js'
import { type Part, type PartCounts, partitionRows, partsOf } from './partitionRows.js'
import { addRejected, findRejectedRows, type RejectedRows, takeRejectedLines } from './rejectedRows.js'
import { REASON, selectCsv, selectParquet, tableFields } from './reportTable.js'
import { findSteps, type WorkFolder } from './workFolder.js'

export interface ReadEffects {
  readonly reports: ObjectStore
  readonly engine: Engine
  readonly work: WorkFolder
  readonly signal: AbortSignal
  readonly progress: (step: { done: number; total: number; rows: number }) => void
}

/** A report's accepted rows, parted by key ranges. */
export interface ReadReport {
  /** In key order; together they hold every key there can be. */
  readonly parts: readonly Part[]
  readonly rejected: RejectedRows
  readonly budget: MemoryBudget
}

const cutsStep = z.object({ step: z.literal('cuts'), cuts: z.array(z.string()), rowBytes: z.number() })
const fileStep = z.object({
  step: z.literal('file'),
  index: z.int(),
  rows: z.array(z.int()),
  rejected: z.object({
    count: z.int(),
    shown: z
      .array(z.object({ file: z.string(), line: z.int().optional(), reason: z.string(), text: z.string() }))
      .readonly(),
  }),
})

/**
 * Reads the data files of a report, one after the other: each is copied and checked while DuckDB works on the one before,
 * decoded, parted by key ranges, and removed. A finished file is a checkpoint.
 *
 * @throws {ReportRefusedError} if a file is missing, has another size or MD5, or can't be read
 */
export async function readReport(
  loaded: LoadedManifest,
  limits: EngineLimits,
  effects: ReadEffects,
): Promise<ReadReport> {
  const { files } = loaded.manifest
  const { work } = effects
  const done = new Map(findSteps(work, fileStep).map(step => [step.index, step]))
  let plan = findSteps(work, cutsStep)[0]
  const folder = join(work.path, 'parts')

  const waiting = files.flatMap((_, index) => (done.has(index) ? [] : [index]))
  let next = waiting[0] === undefined ? undefined : stage(loaded, waiting[0], effects)
  try {
    for (const [i, index] of waiting.entries()) {
      const path = await next
      if (path === undefined) break
      const following = waiting[i + 1]
      next = following === undefined ? undefined : stage(loaded, following, effects)
      next?.catch(() => undefined) // told when it is awaited
      const readable = await selectStaged(loaded, index, path, effects)
      plan ??= await planReport(loaded, index, readable, limits, effects)
      const counts = await partitionFile(loaded, index, readable, { plan, limits, folder }, effects)
      const step = { step: 'file' as const, index, ...counts }
      await work.record(step)
      done.set(index, step)
      await rm(path)
      const rows = [...done.values()].reduce((sum, { rows }) => sum + total(rows), 0)
      effects.progress({ done: done.size, total: files.length, rows })
    }
  } finally {
    await next?.catch(() => undefined) // its file belongs to the work folder, which must not be written to any more
  }

  const cuts = plan?.cuts ?? []
  const rows = cuts.concat('').map((_, i) => [...done.values()].reduce((sum, { rows }) => sum + (rows[i] ?? 0), 0))
  const rejected = [...done.values()].map(step => step.rejected).reduce(addRejected, { count: 0, shown: [] })
  const budget = { ...limits, rowBytes: plan?.rowBytes ?? UNKNOWN_ROW_BYTES }
  return { parts: partsOf(folder, {}, cuts, rows), rejected, budget }
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0)

const urlOf = (loaded: LoadedManifest, index: number, reports: ObjectStore): string =>
  `${reports.url}/${loaded.manifest.files[index]?.key}`

/** Copies a data file to the work folder, checked and unpacked; of ORC, as CSV. */
async function stage(loaded: LoadedManifest, index: number, { reports, work, signal }: ReadEffects): Promise<string> {
  const { files, format } = loaded.manifest
  const file = files[index]
  if (!file) throw new RangeError(`no data file ${index}`)
  const url = urlOf(loaded, index, reports)
  const path = join(work.path, `staged-${index}.${format.toLowerCase()}`)
  const unpack = file.key.endsWith('.gz')
  await stageFile(reports.stream(file.key), { url, sizeBytes: file.sizeBytes, md5: file.md5 }, { path, unpack }, signal)
  if (format !== 'ORC') return path
  const csvPath = `${path}.csv`
  await stageOrcAsCsv(loaded, { path, url }, csvPath, signal)
  await rm(path)
  return csvPath
}

/** A staged file as rows. */
interface Readable {
  readonly select: string
  readonly path: string
}

async function selectStaged(
  loaded: LoadedManifest,
  index: number,
  path: string,
  { engine, reports }: ReadEffects,
): Promise<Readable> {
  if (loaded.manifest.format !== 'Parquet') return { path, select: selectCsv(loaded, path) }
  const select = await refuseUnreadable(urlOf(loaded, index, reports), () => selectParquet(engine, loaded, path))
  return { path, select }
}

async function refuseUnreadable<T>(subject: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (cause) {
    if (!(cause instanceof QueryError)) throw cause
    throw new ReportRefusedError({
      subject,
      expected: 'a data file of the report',
      got: cause.facts.got ?? cause.message,
      fix: REFUSED_FIX,
      cause,
    })
  }
}

const UNKNOWN_ROW_BYTES = 1000

/** Plans the key ranges from the first file. If the others have other keys, ranges that come out large are split. */
async function planReport(
  loaded: LoadedManifest,
  index: number,
  { select }: Readable,
  limits: EngineLimits,
  { engine, work, reports }: ReadEffects,
): Promise<z.infer<typeof cutsStep>> {
  const { files, sourceBucket } = loaded.manifest
  const accepted = `select * from (${select}) where ${REASON} is null`
  const { rows, rowBytes, keys } = await refuseUnreadable(urlOf(loaded, index, reports), async () => {
    const params = { source_bucket: sourceBucket }
    const [size = {}] = await engine.rows(
      `select count(*) as rows, avg(${rowWidth(loaded)}) as bytes from (${accepted})`,
      params,
    )
    const sample = await engine.rows(
      `select key from (select key from (${accepted}) using sample reservoir(${CUT_SAMPLE_ROWS} rows)) order by key`,
      params,
    )
    return {
      rows: Number(size.rows),
      rowBytes: Number(size.bytes ?? UNKNOWN_ROW_BYTES),
      keys: sample.map(row => String(row.key)),
    }
  })
  await takeRejectedLines(engine, '')
  const share = (files[index]?.sizeBytes ?? 1) / total(files.map(file => file.sizeBytes))
  const ranges = Math.ceil(rows / Math.max(share, 1e-9) / sortableRows({ ...limits, rowBytes }))
  const step = { step: 'cuts' as const, cuts: planCuts(keys, Math.min(ranges, MOST_CUT_RANGES)), rowBytes }
  await work.record(step)
  return step
}

/** SQL for the bytes that a row takes in a sort: 16 for each text and its bytes, 8 for the rest. */
function rowWidth(loaded: LoadedManifest): string {
  const fields = tableFields(loaded)
  const texts = fields.filter(({ type }) => type === 'string').map(({ column }) => `coalesce(strlen(${column}), 0)`)
  return `${texts.length * 16 + (fields.length - texts.length) * 8} + ${texts.join(' + ')}`
}

async function partitionFile(
  loaded: LoadedManifest,
  index: number,
  { select, path }: Readable,
  { plan, limits, folder }: { plan: z.infer<typeof cutsStep>; limits: EngineLimits; folder: string },
  { engine, reports }: ReadEffects,
): Promise<{ rows: number[]; rejected: RejectedRows }> {
  const file = urlOf(loaded, index, reports)
  const target = { folder, name: `file${index}`, rowBudget: writableRows({ ...limits, ...plan }) }
  const params = { source_bucket: loaded.manifest.sourceBucket }
  const source = { select, columns: tableFields(loaded).map(({ column }) => column), rejected: `${REASON} is not null` }
  let counts: PartCounts
  try {
    counts = await partitionRows(engine, source, params, plan.cuts, target)
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    // Is it the file, or is it what was to be written? Reading alone tells.
    await refuseUnreadable(file, () => engine.run(`select max(hash(columns(*))) from (${select})`, params))
    throw error
  }
  const lines = await takeRejectedLines(engine, file)
  const csvPath = loaded.manifest.format === 'CSV' ? { csvPath: path } : {}
  const shown = counts.rejected > 0 ? await findRejectedRows(engine, { select, params }, { file, ...csvPath }) : []
  await takeRejectedLines(engine, file) // those that were met again
  return { rows: [...counts.rows], rejected: addRejected(lines, { count: counts.rejected, shown }) }
}
