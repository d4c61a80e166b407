import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Engine, type Params, QueryError } from '../engine/engine.js'
import { ReportRefusedError } from '../errors.js'
import { type LoadedManifest, REFUSED_FIX } from '../inventory/loadManifest.js'
import { stageOrcAsCsv } from '../inventory/orcAsCsv.js'
import { stageFile } from '../inventory/stageFile.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { selectCsv, selectParquet } from './reportTable.js'

/** A data file of a report in the work folder, checked and unpacked; of ORC, as CSV. */
export interface StagedFile {
  /** Its place among the manifest's files. */
  readonly index: number
  /** URL of the data file. */
  readonly url: string
  readonly path: string
}

/** The rows of a staged file. */
export interface StagedRows extends StagedFile {
  /** The rows with what is wrong with each, of this file or another of its layout. */
  readonly select: (path: string) => string
  readonly params: Params
  /** Whether rows have numbers; lines of a CSV file have to be found. */
  readonly isNumbered: boolean
}

interface StageEffects {
  readonly reports: ObjectStore
  readonly signal: AbortSignal
}

/** Copies a data file into a folder, with its checks. @throws {ReportRefusedError} */
export async function stageReportFile(
  loaded: LoadedManifest,
  index: number,
  folder: string,
  { reports, signal }: StageEffects,
): Promise<StagedFile> {
  const { files, format } = loaded.manifest
  const file = files[index]
  if (!file) throw new RangeError(`no data file ${index}`)
  const url = `${reports.url}/${file.key}`
  const path = join(folder, `staged-${index}.${format.toLowerCase()}`)
  const unpack = file.key.endsWith('.gz')
  await stageFile(reports.stream(file.key), { url, sizeBytes: file.sizeBytes, md5: file.md5 }, { path, unpack }, signal)
  if (format !== 'ORC') return { index, url, path }
  const csvPath = `${path}.csv`
  await stageOrcAsCsv(loaded, { path, url }, csvPath, signal)
  await rm(path)
  return { index, url, path: csvPath }
}

/** Finds out how a staged file is read. @throws {ReportRefusedError} if it can't be */
export async function openStaged(engine: Engine, loaded: LoadedManifest, staged: StagedFile): Promise<StagedRows> {
  const { format, sourceBucket } = loaded.manifest
  const rows = { ...staged, params: { source_bucket: sourceBucket }, isNumbered: format === 'Parquet' }
  if (format !== 'Parquet') return { ...rows, select: path => selectCsv(loaded, path) }
  const select = await refuseUnreadable(staged, () => selectParquet(engine, loaded, staged))
  return { ...rows, select: () => select }
}

/**
 * Runs statements that read a staged file. Where one fails, reading alone tells whether it is for the file.
 * @throws {ReportRefusedError} if the file can't be read
 * @throws {QueryError} for another fault: no memory, a full disk
 */
export async function readStaged<T>(engine: Engine, rows: StagedRows, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    const read = `select max(hash(columns(*))) from (${rows.select(rows.path)})`
    await refuseUnreadable(rows, () => engine.run(read, rows.params))
    throw error
  }
}

async function refuseUnreadable<T>({ url }: StagedFile, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (cause) {
    if (!(cause instanceof QueryError)) throw cause
    throw new ReportRefusedError({
      subject: url,
      expected: 'a data file of the report',
      got: cause.facts.got ?? cause.message,
      fix: REFUSED_FIX,
      cause,
    })
  }
}
