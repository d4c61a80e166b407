import { stat } from 'node:fs/promises'
import type { Bucket, Connector } from '../config/connector.js'
import { formatErrorFacts, StocktakeError } from '../errors.js'
import { type FoundReport, getNewestReport } from '../inventory/findReports.js'
import { loadManifest } from '../inventory/loadManifest.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { formatBytes, formatDuration } from '../output/quantities.js'
import { judgeFreshness } from './freshness.js'
import { expectedReport, reportSource } from './importReports.js'

/** One thing that was looked at. */
export interface Check {
  readonly status: 'ok' | 'warn' | 'fail'
  readonly check: string
  readonly found: string
  readonly fix: string | null
}

export interface CheckEffects {
  /** @throws {StocktakeError} for a bucket that can't be opened */
  readonly openBucket: (bucket: Bucket) => Promise<ObjectStore>
  readonly now: () => Date
}

/**
 * Looks at what an import of the connector needs, step by step; after a step that fails, those that build on it are left
 * out. It reads the newest report's manifest, and none of its data files.
 */
export async function* checkConnector(connector: Connector, effects: CheckEffects): AsyncGenerator<Check> {
  yield* connector.inventory
    ? checkReports(connector, connector.inventory.destination, effects)
    : [noInventory(connector)]
  yield await attempt('source', () => checkBucket('source', connector.source, 'warn', effects))
}

const noInventory = ({ name }: Connector): Check => ({
  status: 'fail',
  check: 'inventory',
  found: 'none is configured',
  fix: `say where its reports are: connectors.${name}.inventory with destination_bucket and config_name`,
})

async function* checkReports(connector: Connector, bucket: Bucket, effects: CheckEffects): AsyncGenerator<Check> {
  const destination = await attempt('destination', () => checkBucket('destination', bucket, 'fail', effects))
  yield destination
  if (destination.status === 'fail') return
  const reports = await effects.openBucket(bucket)
  let newest: FoundReport | undefined
  yield await attempt('newest report', async () => {
    newest = await getNewestReport(reports, reportSource(connector))
    return judgeAge(connector, newest, effects.now())
  })
  const found = newest
  if (found) yield await attempt('manifest', () => checkManifest(connector, found, reports))
}

/** A step that fails for a known reason, or one that the system gives, is a finding. */
async function attempt(check: string, act: () => Promise<Check>): Promise<Check> {
  try {
    return await act()
  } catch (error) {
    if (isOfSystem(error)) return { status: 'fail', check, found: error.message, fix: null }
    if (!(error instanceof StocktakeError)) throw error
    const { fix, ...facts } = error.facts
    return { status: 'fail', check, found: formatErrorFacts(facts), fix: fix ?? null }
  }
}

/** Such as a folder that may not be read: `EACCES: permission denied, scandir '/reports'`. */
export const isOfSystem = (error: unknown): error is Error =>
  error instanceof Error && 'syscall' in error && 'code' in error && !(error instanceof StocktakeError)

/** @param missing what it means when it isn't there */
async function checkBucket(
  check: string,
  bucket: Bucket,
  missing: 'warn' | 'fail',
  { openBucket }: CheckEffects,
): Promise<Check> {
  if (bucket.kind === 'bucket') {
    const store = await openBucket(bucket)
    return { status: 'ok', check, found: store.url, fix: null }
  }
  if (await isFolder(bucket.path)) return { status: 'ok', check, found: bucket.path, fix: null }
  const need = missing === 'warn' ? 'only scans need it; ' : ''
  return { status: missing, check, found: `${bucket.path}: no such folder`, fix: `${need}check ${check}_bucket` }
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true

function judgeAge(connector: Connector, { name, at }: FoundReport, now: Date): Check {
  const found = `${name}${now > at ? `, ${formatDuration(now.getTime() - at.getTime())} old` : ''}`
  const freshness = judgeFreshness({ snapshot: name }, connector, now)
  const isOld = freshness === 'stale' || freshness === 'too old'
  return {
    status: isOld ? 'warn' : 'ok',
    check: 'newest report',
    found,
    fix: isOld
      ? `expected one within ${formatDuration(connector.freshness.warnAfterMs)}; see if S3 still delivers, or set freshness`
      : null,
  }
}

async function checkManifest(connector: Connector, report: FoundReport, reports: ObjectStore): Promise<Check> {
  const { manifest, columns } = await loadManifest(reports, report.manifestKey, expectedReport(connector))
  const size = formatBytes(manifest.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))
  const found = `${manifest.format}, ${manifest.files.length} files, ${size}, ${manifest.columns.length} columns`
  if (columns.ignored.length === 0) return { status: 'ok', check: 'manifest', found, fix: null }
  const fix = `no column holds ${columns.ignored.join(', ')}: left out, unless inventory.fields says what they are`
  return { status: 'warn', check: 'manifest', found, fix }
}
