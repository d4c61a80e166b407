import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { getLakePlace } from '../config/config.js'
import type { Connector } from '../config/connector.js'
import type { ObjectStore } from '../lake/objectStore.js'
import type { S3Store } from '../lake/s3Store.js'
import { formatBytes } from '../output/quantities.js'
import { packageVersion } from '../packageFolder.js'
import type { ImportReportsEffects, StartedReport } from '../snapshot/importReports.js'
import type { ImportProgress } from '../snapshot/makeSnapshot.js'
import type { Transport } from '../snapshot/remoteFiles.js'
import type { Context } from './globals.js'
import { type LakeSession, openBucket, openPlace, requireHttpfs, withLake } from './lakeSession.js'
import { countText } from './shown.js'

/** A lake that can be imported into, and what an import of one connector touches. */
export interface ImportSession extends LakeSession {
  readonly reports: ObjectStore
  readonly effects: ImportReportsEffects
}

type ImportContext = Pick<Context, 'config' | 'now' | 'signal' | 'log' | 'progress'>

/**
 * Opens the lake for imports of a connector, and creates it where there is none yet.
 * @throws {UsageError} for a connector that has no inventory
 */
export async function withImport<T>(
  context: ImportContext,
  connector: Connector,
  act: (session: ImportSession) => Promise<T>,
): Promise<T> {
  const [lakes, { useModelDialect }, { reportSource }] = await Promise.all([
    import('../lake/lake.js'),
    import('../models/duckdbDialect.js'),
    import('../snapshot/importReports.js'),
  ])
  reportSource(connector)
  const reports = await openBucket(connector.inventory?.destination ?? connector.source, context)
  const place = getLakePlace(context.config)
  const { lake, isNew } = await lakes.createLake(await openPlace(place, context), context.now())
  if (isNew) context.log.notice(`made the lake ${place}`)
  const workRoot = workRootOf(context, place, lake.id)
  return withLake(
    context,
    async session => {
      await useModelDialect(session.engine)
      const transport = transportOf(context, reports, session)
      const effects = { ...session, ...importEffects(context, connector), reports, transport, workRoot }
      return act({ ...session, reports, effects })
    },
    workRoot,
  )
}

/** In the lake's own folder, so that finished files are taken over without a copy; elsewhere in a folder of its own. */
function workRootOf({ config }: ImportContext, place: string, lakeId: string): string {
  if (config.engine.temp === undefined && !place.includes('://')) return join(place, '.tmp-work')
  return join(config.engine.temp ?? tmpdir(), 'stocktake-work', lakeId)
}

function transportOf({ config, log }: ImportContext, reports: ObjectStore, { openHttpfs }: LakeSession): Transport {
  const mode = config.engine.transport
  let can: Promise<boolean> | undefined
  const open = async (): Promise<boolean> => {
    const found = await openHttpfs(reports as S3Store) // asked for files on S3 only
    if (mode === 'httpfs') await requireHttpfs('engine.transport', found)
    if (found.kind === 'absent') log.notice(`httpfs can't be loaded (${found.reason}): reports are staged`)
    return found.kind === 'loaded'
  }
  return {
    mode,
    openHttpfs: () => {
      can ??= open()
      return can
    },
  }
}

function importEffects({ now, signal, log, progress }: ImportContext, connector: Connector) {
  let begun: StartedReport | undefined
  return {
    importer: { user: userName(), version: packageVersion() },
    now,
    signal,
    peakMemoryBytes: () => process.resourceUsage().maxRSS * 1024,
    started: (report: StartedReport) => {
      begun = report
    },
    progress: (step: ImportProgress) => {
      if (begun) log.notice(formatStarted(connector, begun))
      begun = undefined
      progress.update({
        label: step.phase,
        done: step.done,
        total: step.total,
        unit: step.phase === 'read' ? 'files' : 'rows',
        ...(step.rows !== undefined && { tally: { count: step.rows, unit: 'rows' } }),
      })
    },
  }
}

/** `photos  2026-01-20T01-00Z  CSV, 10 files, 375 MB` */
function formatStarted({ name }: Connector, { snapshot, loaded }: StartedReport): string {
  const { format, files } = loaded.manifest
  const size = formatBytes(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))
  return `${name}  ${snapshot}  ${format}, ${countText(files.length, 'file')}, ${size}`
}

/** Who runs this; a container's user may have no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown'
  }
}
