import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import picocolors from 'picocolors'
import type { DuckDB } from '../engine/duckdb.js'
import type { QueryResult } from '../engine/engine.js'
import { copyToParquet } from '../engine/parquetCopy.js'
import { UsageError } from '../errors.js'
import { makeFolder } from '../lake/makeFolder.js'
import type { Format } from '../output/format.js'
import { type OutputFile, requireWritable, writeOutputFile, writeTextFile } from '../output/outputFile.js'
import { countText, formatBytes } from '../output/quantities.js'
import { writeRows } from '../output/rows.js'
import { findManifestColumns, manifestFields, manifestLines } from '../output/s3BatchManifest.js'
import type { TextOutput } from '../output/terminal.js'
import { writeBytes, writeText } from '../output/textWriter.js'
import { isExplain } from '../snapshot/lakeQuery.js'
import type { Context } from './globals.js'
import type { AnswerTarget } from './queryTarget.js'
import type { QueryTimer } from './queryTimer.js'

/** Says no to a target before a lake is asked. @throws {UsageError} */
export async function requireTarget(sql: string, { format, file }: AnswerTarget): Promise<void> {
  if (file) await requireWritable(file)
  if (format === 'parquet' && isExplain(sql))
    throw new UsageError({ subject: 'query', expected: 'a query, for a Parquet file', got: 'EXPLAIN' })
}

/** A query that an engine is ready for. */
export interface AnswerSource {
  /** @throws {QueryError} */
  query(): Promise<QueryResult>
  /** Its rows as a statement of DuckDB's, which writes files of its own kinds. @throws {QueryError} */
  inDuckDB<T>(act: (sql: string, engine: DuckDB) => Promise<T>): Promise<T>
}

/** A query that DuckDB runs. */
export const duckdbAnswer = (sql: string, engine: DuckDB): AnswerSource => ({
  query: () => engine.query(sql),
  inDuckDB: act => act(sql, engine),
})

/**
 * Runs a query, and writes its rows where they are to go: to stdout as they come, or to a file that is there when it is
 * whole.
 * @throws {QueryError}
 */
export async function writeAnswer(
  source: AnswerSource,
  target: AnswerTarget,
  context: Context,
  timer: QueryTimer,
): Promise<void> {
  const { format, file } = target
  if (format === 's3-batch') return timer.during(() => writeManifest(source, file, context))
  if (!file) return writeToStdout(source, context, timer)
  let rowCount = 0
  const writeFile = async (path: string) => {
    if (format === 'parquet') rowCount = await source.inDuckDB((sql, engine) => copyToParquet(engine, sql, path))
    else if (format === 'arrow' || format === 'arrows')
      rowCount = await writeArrowFile(source, path, format === 'arrow' ? 'file' : 'stream')
    else rowCount = await writeRowsFile(source, path, format)
  }
  const sizeBytes = await timer.during(() => writeOutputFile(file, writeFile))
  tellFile(file, rowCount, sizeBytes, context)
}

async function writeToStdout(source: AnswerSource, context: Context, timer: QueryTimer): Promise<void> {
  if (context.format === 'arrow')
    return source.inDuckDB(async (sql, engine) => {
      const [{ queryArrow }, { arrowBytes }] = await loadArrow()
      const result = await timer.during(() => queryArrow(engine, sql))
      return writeBytes(context.stdout, arrowBytes({ ...result, batches: timer.awaiting(result.batches) }, 'stream'))
    })
  const { columns, rows } = await timer.during(() => source.query())
  await context.write(
    timer.awaiting(rows),
    columns.map(({ name }) => ({ name })),
  )
}

/** Arrow's library is loaded when it is needed: it takes longer than a small query. */
const loadArrow = () => Promise.all([import('../engine/arrowResult.js'), import('../output/arrowStream.js')])

const writeArrowFile = (source: AnswerSource, path: string, form: 'file' | 'stream'): Promise<number> =>
  source.inDuckDB(async (sql, engine) => {
    const [{ queryArrow }, { arrowBytes }] = await loadArrow()
    const { fields, batches } = await queryArrow(engine, sql)
    const counter = countItems(batches, columns => columns[0]?.length ?? 0)
    await writeTextFile(path, out => writeBytes(out, arrowBytes({ fields, batches: counter.items }, form)))
    return counter.count()
  })

async function writeRowsFile(source: AnswerSource, path: string, format: Format): Promise<number> {
  const { columns, rows } = await source.query()
  const counter = countItems(rows, () => 1)
  const names = columns.map(({ name }) => ({ name }))
  await writeTextFile(path, out => writeRows(counter.items, names, format, out, picocolors.createColors(false)))
  return counter.count()
}

/**
 * The rows are looked at to the last before the first is given away: a pipe's reader would act on the part of a manifest that
 * comes before a row which is none.
 */
async function writeManifest(source: AnswerSource, file: OutputFile | undefined, context: Context): Promise<void> {
  const { columns, rows } = await source.query()
  const found = findManifestColumns(columns.map(({ name }) => name))
  const counter = countItems(rows, () => 1)
  const writeLines = (out: TextOutput) => writeText(out, manifestLines(counter.items, found))
  if (file) {
    const sizeBytes = await writeOutputFile(file, path => writeTextFile(path, writeLines))
    tellFile(file, counter.count(), sizeBytes, context)
  } else await writeWhole(writeLines, context)
  const acts = found.versionId === undefined ? ': a job acts on the newest version of each key' : ''
  context.log.notice(`manifest of ${countText(counter.count(), 'row')}, fields ${manifestFields(found)}${acts}`)
}

async function writeWhole(write: (out: TextOutput) => Promise<void>, { config, stdout }: Context): Promise<void> {
  const temp = config.engine.temp ?? tmpdir()
  await makeFolder(temp)
  const folder = await mkdtemp(join(temp, 'stocktake-manifest-'))
  try {
    await writeTextFile(join(folder, 'manifest.csv'), write)
    await writeBytes(stdout, createReadStream(join(folder, 'manifest.csv')))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function tellFile({ path }: OutputFile, rowCount: number, sizeBytes: number, { log, cwd }: Context): void {
  log.notice(`wrote ${countText(rowCount, 'row')} to ${relative(cwd, path)} (${formatBytes(sizeBytes)})`)
}

/** Things as they come, and how many they were so far. */
function countItems<T>(items: AsyncIterable<T>, size: (item: T) => number) {
  let count = 0
  async function* counted() {
    for await (const item of items) {
      count += size(item)
      yield item
    }
  }
  return { items: counted(), count: () => count }
}
