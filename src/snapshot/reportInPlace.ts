import type { Engine } from '../engine/engine.js'
import { isPlainUrl } from '../engine/httpfs.js'
import { quoteString } from '../engine/sqlText.js'
import { ReportRefusedError, StocktakeError } from '../errors.js'
import { type LoadedManifest, REFUSED_FIX } from '../inventory/loadManifest.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { S3Store } from '../lake/s3Store.js'
import { listFiles } from './remoteFiles.js'
import { selectCsv, selectParquet, selectReport, tableFields } from './reportTable.js'
import { copyReportFile } from './stagedFile.js'

/** The name of the table. */
export const REPORT_TABLE = 'report'

export interface InPlaceEffects {
  readonly engine: Engine
  readonly reports: ObjectStore
  /** Lets the engine read `s3://`. @throws {HttpfsAbsentError} where it can't be had */
  readonly openHttpfs: (store: S3Store) => Promise<void>
  /** A local folder for copies of ORC files, which DuckDB can't read. */
  readonly folder: string
  readonly signal: AbortSignal
}

/** A report that can be queried. */
export interface RegisteredReport {
  /** How many of its data files have the manifest's MD5 as their ETag; of the others only the size is known. */
  readonly verifiedFiles: number
}

/**
 * Makes an engine know the rows of a report as `report`, read where its files are: the columns of `objects` from `bucket`
 * on, keys decoded. Rows that an import would reject are left out. Copies are made of ORC files only.
 *
 * @throws {ReportRefusedError} if a data file is missing or has another size than the manifest says
 */
export async function registerReport(loaded: LoadedManifest, effects: InPlaceEffects): Promise<RegisteredReport> {
  const { engine, reports } = effects
  const { manifest } = loaded
  const verifiedFiles = await checkFiles(loaded, reports)
  const paths = await locateReport(loaded, effects)
  const bucket = quoteString(manifest.sourceBucket)
  const [path] = paths
  const rows =
    path === undefined
      ? undefined
      : manifest.format === 'Parquet'
        ? await selectParquet(engine, loaded, { path: paths, url: loaded.url }, bucket)
        : selectCsv(loaded, paths, bucket)
  const accepted = rows === undefined ? NO_ROWS : `(select * from (${rows}) where _reason is null)`
  const fields = rows === undefined ? [] : tableFields(loaded)
  await engine.run(`
    create or replace temp view ${REPORT_TABLE} as
    select ${bucket} as bucket,
      * replace (
        nullif(version_id, 'null') as version_id,
        coalesce(is_latest, true) as is_latest,
        coalesce(is_delete_marker, false) as is_delete_marker)
    from (${selectReport(fields, accepted)})`)
  return { verifiedFiles }
}

const NO_ROWS = '(select 1 where false)'

async function checkFiles(loaded: LoadedManifest, reports: ObjectStore): Promise<number> {
  const { files } = loaded.manifest
  const listed = reports instanceof S3Store ? await listFiles(loaded, reports) : undefined
  let verified = 0
  for (const { key, sizeBytes, md5 } of files) {
    const found = listed?.get(key) ?? (await reports.find(key))
    if (found?.sizeBytes !== sizeBytes)
      throw new ReportRefusedError({
        subject: `${reports.url}/${key}`,
        expected: `a data file of ${sizeBytes} bytes`,
        got: found ? `${found.sizeBytes}` : 'no such object',
        fix: REFUSED_FIX,
      })
    if (found.eTag === md5) verified++
  }
  return verified
}

async function locateReport(loaded: LoadedManifest, effects: InPlaceEffects): Promise<string[]> {
  const { reports, folder, openHttpfs } = effects
  const { files, format } = loaded.manifest
  if (format === 'ORC') {
    const paths: string[] = []
    for (const index of files.keys()) paths.push((await copyReportFile(loaded, index, folder, effects)).path)
    return paths
  }
  if (reports instanceof S3Store) await openHttpfs(reports)
  return files.map(({ key }) => {
    const path = reports.locate(key)
    if (isPlainUrl(path)) return path
    throw new StocktakeError({
      subject: path,
      expected: 'a name without ?, *, [, ] and \\, which DuckDB takes for patterns and options',
      fix: 'import the report: copies have other names',
    })
  })
}
