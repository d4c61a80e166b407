import type { Connector } from '../config/connector.js'
import { NotFoundError, StocktakeError } from '../errors.js'
import { formatShare } from '../output/quantities.js'
import { withAuditedTurn } from './connectorTurn.js'
import type { ImportSession } from './importSession.js'
import type { TellMade } from './madeScreens.js'
import { listInto } from './scanRun.js'
import { type SnapshotContext, type SnapshotSession, withSnapshots } from './snapshotSession.js'

/**
 * Samples a connector's bucket, as its report can't be found.
 * @param missing what was said of the report
 * @throws {NotFoundError} that names both, if sampling fails, too
 */
export function sampleInstead(
  connector: Connector,
  missing: NotFoundError,
  session: ImportSession,
  context: SnapshotContext,
  tell: TellMade,
): Promise<void> {
  const { subject, got } = missing.facts
  const why = `no report yet at ${subject}${got === undefined ? '' : ` (${got})`}`
  return sample(connector, { why, said: missing.message }, session, context, tell)
}

/** As {@link sampleInstead}, of a connector that says nothing of reports. */
export function sampleWithoutInventory(connector: Connector, context: SnapshotContext, tell: TellMade): Promise<void> {
  const why = `connector ${connector.name} has no inventory`
  return withAuditedTurn(connector, 'scan', context, context =>
    withSnapshots(context, session => sample(connector, { why, said: why }, session, context, tell)),
  )
}

async function sample(
  connector: Connector,
  { why, said }: { readonly why: string; readonly said: string },
  session: SnapshotSession,
  context: SnapshotContext,
  tell: TellMade,
): Promise<void> {
  const { source, sampleRate } = connector
  const place = source.kind === 'folder' ? source.path : `s3://${source.name}`
  context.log.warn(`${why}: sampling ${place} instead (${formatShare(sampleRate)})`)
  try {
    await tell(listInto(connector, { scope: '', rate: sampleRate }, session, context), session)
  } catch (error) {
    if (context.signal.aborted || !(error instanceof StocktakeError)) throw error
    throw new NotFoundError({ subject: said, fix: `sampling ${place} instead failed: ${error.message}`, cause: error })
  }
}
