import { NotFoundError } from '../errors.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { checksumKeyOf } from './loadManifest.js'
import { findReportTime, formatReportTime } from './reportTime.js'

/** Where S3 delivers the reports of one inventory configuration, in the destination bucket. */
export interface ReportSource {
  /** Of the delivery; with a slash at its end, or without, or empty. */
  readonly prefix: string
  /** The bucket that is reported on: its plain name. */
  readonly sourceBucket: string
  readonly configName: string
}

/** A report that was delivered whole: the manifest and its checksum are there. */
export interface FoundReport {
  /** Its time, `2026-01-20T01-00Z`, which is the name of its snapshot. */
  readonly name: string
  readonly at: Date
  readonly manifestKey: string
}

/** The newest report that was delivered whole, or `undefined`. A folder exists before its manifest: it doesn't count. */
export async function findNewestReport(store: ObjectStore, source: ReportSource): Promise<FoundReport | undefined> {
  for (const report of (await listDatedFolders(store, source)).reverse())
    if (await isWhole(store, report)) return report
  return undefined
}

/** The report of that time, if it was delivered whole. */
export async function findReport(store: ObjectStore, source: ReportSource, at: Date): Promise<FoundReport | undefined> {
  const report = reportOf(`${reportsFolder(source)}${formatReportTime(at)}/`, at)
  return (await isWhole(store, report)) ? report : undefined
}

/** Every report that was delivered whole, oldest first. */
export async function* listReports(store: ObjectStore, source: ReportSource): AsyncIterable<FoundReport> {
  for (const report of await listDatedFolders(store, source)) if (await isWhole(store, report)) yield report
}

/** As {@link findNewestReport}. @throws {NotFoundError} which tells "never delivered" from "not yet whole" */
export async function getNewestReport(store: ObjectStore, source: ReportSource): Promise<FoundReport> {
  return (await findNewestReport(store, source)) ?? throwNotFound(store, source)
}

/** As {@link findReport}. @throws {NotFoundError} which names the newest report that could be had */
export async function getReport(store: ObjectStore, source: ReportSource, at: Date): Promise<FoundReport> {
  const report = await findReport(store, source, at)
  if (report) return report
  const newest = await findNewestReport(store, source)
  if (!newest) return throwNotFound(store, source)
  throw new NotFoundError({
    subject: `${store.url}/${reportsFolder(source)}`,
    expected: `a report of ${formatReportTime(at)}`,
    got: `${newest.name} is the newest`,
    fix: 'ask for one that is there',
  })
}

/**
 * The name of a report's snapshot: that of the dated folder the manifest lies in, or the manifest's own time floored to
 * the minute where its folder has another name.
 */
export function nameReport(manifestKey: string, takenAt: Date): string {
  const folder = manifestKey.split('/').at(-2) ?? ''
  return findReportTime(folder) ? folder : formatReportTime(takenAt)
}

/** `<prefix>/<source bucket>/<configuration>/`. Data files are not found from here: manifests name them. */
export function reportsFolder({ prefix, sourceBucket, configName }: ReportSource): string {
  const start = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`
  return `${start}${sourceBucket}/${configName}/`
}

const reportOf = (folder: string, at: Date): FoundReport => ({
  name: formatReportTime(at),
  at,
  manifestKey: `${folder}manifest.json`,
})

/** Oldest first, as a store lists them in order and the names sort by time; whole or not. */
export async function listDatedFolders(store: ObjectStore, source: ReportSource): Promise<FoundReport[]> {
  const reports: FoundReport[] = []
  for await (const folder of store.listFolders(reportsFolder(source))) {
    const at = findReportTime(folder.split('/').at(-2) ?? '')
    if (at) reports.push(reportOf(folder, at))
  }
  return reports
}

async function isWhole(store: ObjectStore, { manifestKey }: FoundReport): Promise<boolean> {
  return (await store.find(manifestKey)) !== undefined && (await store.find(checksumKeyOf(manifestKey))) !== undefined
}

async function throwNotFound(store: ObjectStore, source: ReportSource): Promise<never> {
  const folders = await listDatedFolders(store, source)
  const newest = folders.at(-1)
  throw new NotFoundError({
    subject: `${store.url}/${reportsFolder(source)}`,
    expected: 'a report with manifest.json and manifest.checksum',
    ...(newest
      ? { got: `${newest.name} without them`, fix: 'wait: S3 writes them last, hours after the folder at times' }
      : {
          got: 'no dated folder',
          fix: 'check prefix, source_bucket and config_name; a first report comes up to 48 hours after the set-up',
        }),
  })
}
