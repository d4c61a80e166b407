import type { Context } from 'hono'
import type { Connector as ApiConnector } from '../api/connectors.js'
import { parseConnector } from '../config/connector.js'
import { ConflictError } from '../errors.js'
import { findChain } from '../jobs/chains.js'
import { importChainName } from '../jobs/wantedChains.js'
import { type ChangedConnector, type ConnectorChange, changeConnector } from '../lake/connectorChanges.js'
import type { DeedEffects } from '../lake/deeds.js'
import type { PlanSettings } from '../lake/lakeConnectors.js'
import { answerJson } from './answer.js'
import { requireSeen, settingsTag, toConnectorAnswer } from './connectorAnswer.js'
import { requireFolders } from './connectorFolders.js'
import type { WebEnv } from './webApp.js'
import type { WebWorld } from './webWorld.js'

/** What recording a deed of whoever asks takes. */
export const deedEffects = (c: Context<WebEnv>, { store, now, random, host, log }: WebWorld): DeedEffects => ({
  ...{ store, now, random, host },
  who: c.get('who'),
  warn: message => log.warn(message),
})

/**
 * Changes a connector as a request wants it, and records that.
 * @throws {RequestRefusedError} 412 where If-Match names another state than it is in
 * @throws {ConflictError} where, without If-Match, somebody else changed it at the same time
 * @throws {UsageError} for settings that a connector can't have, or that the API may not give it
 */
export async function changeKnown(
  { name, verb, plan }: ConnectorChange,
  c: Context<WebEnv>,
  world: WebWorld,
): Promise<ChangedConnector> {
  const changed = await changeConnector(
    { name, verb, plan: planOnce(name, plan, c, world) },
    { ...deedEffects(c, world), sleep: world.sleep, signal: world.signal },
  )
  if (changed.isChanged) world.reader.forget()
  return changed
}

/** {@link changeKnown}, and answers with the connector as it is then: 201 with its place for one that is new. */
export async function answerChanged(
  change: ConnectorChange & { readonly verb: 'add' | 'set' },
  c: Context<WebEnv>,
  world: WebWorld,
): Promise<Response> {
  const { document } = await changeKnown(change, c, world)
  const connector = parseConnector(change.name, document?.settings, '/')
  const chain = await findChain(world.store, importChainName(connector))
  if (document) c.header('etag', settingsTag(document))
  if (change.verb === 'add') c.header('location', `/api/connectors/${connector.guid}`)
  const known = { connector, ...(document && { document }) }
  return answerJson<ApiConnector>(c, toConnectorAnswer(known, chain), change.verb === 'add' ? 201 : 200)
}

/** The plan, for what whoever asks has seen, and only for that: nobody lays a change over one that they don't know of. */
function planOnce(name: string, plan: PlanSettings, c: Context, world: WebWorld): PlanSettings {
  let first: { readonly tag: string | undefined } | undefined
  return (current, document) => {
    requireSeen(c, document)
    const tag = document && settingsTag(document)
    first ??= { tag }
    const next = plan(current, document)
    if (first.tag !== tag)
      throw new ConflictError({
        subject: `connector ${name}`,
        got: 'somebody else changed it at the same time',
        fix: 'load it again',
      })
    if (next) requireFolders(next, current, world)
    return next
  }
}
