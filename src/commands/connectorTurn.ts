import { hostname } from 'node:os'
import { getLakePlace } from '../config/config.js'
import type { Connector } from '../config/connector.js'
import { type ConnectorHolder, holderName, withConnectorLease } from '../jobs/connectorLease.js'
import { describeProcess } from '../lake/processFacts.js'
import { audited } from './audited.js'
import { openPlace } from './lakeSession.js'
import { shownTime } from './shown.js'
import { makeLake, type SnapshotContext } from './snapshotSession.js'
import { documentEffects } from './tasksOfLake.js'

/**
 * Has a connector to itself for as long as `act` takes: of one connector there is one import or scan at a time, whoever runs
 * it. Makes the lake where there is none. While another has the connector, it waits, and says once for whom; a job that needn't
 * wait doesn't.
 * @param act gets the context with a signal that is also raised when the turn is lost
 * @throws {ConnectorBusyError} to a job that doesn't wait
 */
export async function withConnectorTurn<C extends SnapshotContext, T>(
  { name, guid }: Connector,
  what: 'import' | 'scan',
  context: C,
  act: (context: C) => Promise<T>,
): Promise<T> {
  await makeLake(context)
  const { config, log, signal, job } = context
  // The turn is given back after a signal, too.
  const store = await openPlace(getLakePlace(config), { config, signal: new AbortController().signal })
  const options = { connectorGuid: guid, connector: name, what, jobId: job?.id ?? null, wait: job?.waits ?? true }
  const effects = {
    ...documentEffects(context),
    store,
    runner: await describeProcess(process.pid),
    host: hostname(),
    waiting: (holder: ConnectorHolder) => log.notice(`waiting for ${name}: ${holderText(holder)}`),
  }
  return withConnectorLease(options, effects, async lost => {
    try {
      return await act({ ...context, signal: AbortSignal.any([signal, lost]) })
    } catch (error) {
      throw lost.aborted && !signal.aborted ? lost.reason : error
    }
  })
}

/** {@link withConnectorTurn} for what is in the audit under that name. That another had the connector isn't. */
export const withAuditedTurn = <C extends SnapshotContext, T>(
  connector: Connector,
  what: 'import' | 'scan',
  context: C,
  act: (context: C) => Promise<T>,
): Promise<T> =>
  withConnectorTurn(connector, what, context, context =>
    audited({ action: what, subject: connector.name }, context, () => act(context)),
  )

/** `an import on lakehouse-1 has it since 2026-01-20 01:00` */
function holderText({ what, job_id, host, since }: ConnectorHolder): string {
  return `${holderName(what)}${job_id === null ? '' : ` (${job_id})`} on ${host} has it since ${shownTime(since)}`
}
