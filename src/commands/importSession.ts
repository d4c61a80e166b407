import type { Connector } from '../config/connector.js'
import type { ObjectStore } from '../lake/objectStore.js'
import type { S3Store } from '../lake/s3Store.js'
import { countText, formatBytes } from '../output/quantities.js'
import type { ImportReportsEffects, StartedReport } from '../snapshot/importReports.js'
import type { ImportEffects, ImportProgress } from '../snapshot/makeSnapshot.js'
import type { Transport } from '../snapshot/remoteFiles.js'
import { type LakeSession, openBucket, requireHttpfs } from './lakeSession.js'
import { type SnapshotContext, withSnapshots } from './snapshotSession.js'

/** A lake that can be imported into, and what an import of one connector touches. */
export interface ImportSession extends LakeSession {
  readonly reports: ObjectStore
  readonly effects: ImportReportsEffects
  /** Tells of the report that is begun, unless that was told. */
  readonly tellBegun: () => void
}

/**
 * Opens the lake for imports of a connector, and creates it where there is none yet.
 * @throws {UsageError} for a connector that has no inventory
 */
export async function withImport<T>(
  context: SnapshotContext,
  connector: Connector,
  act: (session: ImportSession) => Promise<T>,
): Promise<T> {
  const { reportSource } = await import('../snapshot/importReports.js')
  reportSource(connector)
  const reports = await openBucket(connector.inventory?.destination ?? connector.source, context)
  return withSnapshots(context, session => {
    const transport = transportOf(context, reports, session)
    const { tellBegun, ...told } = tellStart(session.effects, connector, context)
    return act({ ...session, reports, tellBegun, effects: { ...session.effects, ...told, reports, transport } })
  })
}

function transportOf({ config, log }: SnapshotContext, reports: ObjectStore, { openHttpfs }: LakeSession): Transport {
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

/** Tells of a report when there is something to tell: not of one that has been imported. */
function tellStart({ progress }: ImportEffects, connector: Connector, { log }: SnapshotContext) {
  let begun: StartedReport | undefined
  const tellBegun = (): void => {
    if (begun) log.notice(formatStarted(connector, begun))
    begun = undefined
  }
  return {
    tellBegun,
    started: (report: StartedReport) => {
      begun = report
    },
    progress: (step: ImportProgress) => {
      tellBegun()
      progress(step)
    },
  }
}

/** `photos  2026-01-20T01-00Z  CSV, 10 files, 375 MB` */
function formatStarted({ name }: Connector, { snapshot, loaded }: StartedReport): string {
  const { format, files } = loaded.manifest
  const size = formatBytes(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))
  return `${name}  ${snapshot}  ${format}, ${countText(files.length, 'file')}, ${size}`
}
