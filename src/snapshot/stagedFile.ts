import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Engine, QueryError } from '../engine/engine.js'
import { ReportRefusedError } from '../errors.js'
import { type LoadedManifest, REFUSED_FIX } from '../inventory/loadManifest.js'
import { stageOrcAsCsv } from '../inventory/orcAsCsv.js'
import { stageFile } from '../inventory/stageFile.js'
import { ObjectNotFoundError, type ObjectStore } from '../lake/objectStore.js'
import { ObjectChangedError } from '../lake/s3Errors.js'
import { streamRanges } from '../lake/streamRanges.js'
import { selectCsv, selectParquet } from './reportTable.js'
import type { StagedFile, StagedRows } from './snapshotSource.js'

/** Copies a data file of a report into a folder, with its checks; unpacked, and of ORC as CSV. @throws {ReportRefusedError} */
export async function copyReportFile(
  loaded: LoadedManifest,
  index: number,
  folder: string,
  { reports, signal }: { readonly reports: ObjectStore; readonly signal: AbortSignal },
): Promise<StagedFile> {
  const { files, format } = loaded.manifest
  const file = files[index]
  if (!file) throw new RangeError(`no data file ${index}`)
  const url = `${reports.url}/${file.key}`
  const path = join(folder, `staged-${index}.${format.toLowerCase()}`)
  const unpack = file.key.endsWith('.gz')
  const source = watchSource(url, streamRanges(reports, file.key, file.sizeBytes))
  const expected = { url, sizeBytes: file.sizeBytes, md5: file.md5 }
  await stageFile(source.bytes, expected, { path, unpack }, signal).catch(error => {
    throw source.failure() ?? error // a file that is closed in the middle of a write may have another to tell
  })
  const staged = { index, url, isLocal: true, checks: CHECKS[format] }
  if (format !== 'ORC') return { ...staged, path }
  const csvPath = `${path}.csv`
  await stageOrcAsCsv(loaded, { path, url }, csvPath, signal)
  await rm(path)
  return { ...staged, path: csvPath }
}

/** An object's bytes, and what ended them. One that is replaced or removed meanwhile is the manifest's no more. */
function watchSource(url: string, source: AsyncIterable<Uint8Array>) {
  let failure: unknown
  async function* bytes(): AsyncIterable<Uint8Array> {
    try {
      yield* source
    } catch (error) {
      failure = error instanceof ObjectChangedError ? refuseChanged(url, error) : error
      throw failure
    }
  }
  // Of an object that isn't there stageFile has more to say.
  return { bytes: bytes(), failure: () => (failure instanceof ObjectNotFoundError ? undefined : failure) }
}

const refuseChanged = (url: string, cause: ObjectChangedError): ReportRefusedError =>
  new ReportRefusedError({ ...cause.facts, subject: url, fix: REFUSED_FIX, cause })

const CHECKS = {
  CSV: ['size', 'md5', 'gzip crc'],
  ORC: ['size', 'md5', 'orc'],
  Parquet: ['size', 'md5'],
} as const

/** Finds out how a staged file of a report is read. @throws {ReportRefusedError} if it can't be */
export async function openReportFile(engine: Engine, loaded: LoadedManifest, staged: StagedFile): Promise<StagedRows> {
  const { format, sourceBucket } = loaded.manifest
  const rows = { ...staged, params: { source_bucket: sourceBucket }, isNumbered: format === 'Parquet' }
  if (format !== 'Parquet') return { ...rows, select: path => selectCsv(loaded, path) }
  const select = await refuseUnreadable(staged, () => selectParquet(engine, loaded, staged))
  return { ...rows, select: () => select }
}

/**
 * Runs statements that read a staged file. Where one fails, reading alone tells whether it is for the file.
 * @throws {ReportRefusedError} if the file can't be read; of one that isn't local that can't be known
 * @throws {QueryError} for another fault: no memory, a full disk
 */
export async function readStaged<T>(engine: Engine, rows: StagedRows, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!rows.isLocal || !(error instanceof QueryError)) throw error
    const read = `select max(hash(columns(*))) from (${rows.select(rows.path)})`
    await refuseUnreadable(rows, () => engine.run(read, rows.params))
    throw error
  }
}

async function refuseUnreadable<T>({ url, isLocal }: StagedFile, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (cause) {
    if (!isLocal || !(cause instanceof QueryError)) throw cause
    throw new ReportRefusedError({
      subject: url,
      expected: 'a data file of the report',
      got: cause.facts.got ?? cause.message,
      fix: REFUSED_FIX,
      cause,
    })
  }
}
