import type { Connector } from '../config/connector.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { type Context, type GlobalArgs, openContext } from './globals.js'

type ConnectorContext = Pick<Context, 'config' | 'signal' | 'log'>

/**
 * As {@link openContext}, and the configuration's connectors are followed by those that live in the lake.
 * @param wanted the connector that is asked for, by its name or GUID, perhaps with `@` and a snapshot: where the file
 *   declares it, the lake isn't asked
 * @throws what the lake's store throws when it can't be read
 */
export const openWithConnectors = async (args: GlobalArgs, wanted?: string): Promise<Context> =>
  withLakeConnectors(await openContext(args), wanted)

/**
 * As {@link openWithConnectors}, of a context that is open; one that has them gets them as they are now.
 * @param store the lake's, where it is open
 */
export async function withLakeConnectors<C extends ConnectorContext>(
  context: C,
  wanted?: string,
  store?: ObjectStore,
): Promise<C> {
  const asked = wanted?.split('@')[0]
  const isDeclared = listDeclared(context).some(({ name, guid }) => name === asked || guid === asked)
  return isDeclared ? context : withThese(context, await loadFromLake(context, store))
}

/** As {@link openWithConnectors}, for a command that has something to say without the lake: it is a warning then. */
export async function openWithReachedConnectors(args: GlobalArgs): Promise<Context> {
  const context = await openContext(args)
  return withThese(context, await reachLakeConnectors(context))
}

/** The connectors that live in the lake, also those that declared ones hide; none, with a warning, where it can't be read. */
export async function reachLakeConnectors(context: ConnectorContext): Promise<readonly Connector[]> {
  try {
    return await loadFromLake(context)
  } catch (error) {
    const { StocktakeError } = await import('../errors.js')
    if (context.signal.aborted || !(error instanceof StocktakeError)) throw error
    context.log.warn(`without the connectors that live in the lake, which can't be read: ${error.message}`)
    return []
  }
}

async function loadFromLake(
  { config, signal, log }: ConnectorContext,
  store?: ObjectStore,
): Promise<readonly Connector[]> {
  if (config.lake === undefined) return []
  const [{ loadLakeConnectors }, { openPlace }] = await Promise.all([
    import('../lake/lakeConnectors.js'),
    import('./lakeSession.js'),
  ])
  const { connectors, mistakes } = await loadLakeConnectors(store ?? (await openPlace(config.lake, { config, signal })))
  for (const { message } of mistakes) log.warn(`left out, in the lake: ${message}`)
  return connectors
}

async function withThese<C extends ConnectorContext>(context: C, ofLake: readonly Connector[]): Promise<C> {
  const { mergeConnectors } = await import('../lake/lakeConnectors.js')
  const connectors = mergeConnectors(listDeclared(context), ofLake)
  return { ...context, config: { ...context.config, connectors } }
}

const listDeclared = ({ config }: ConnectorContext): Connector[] =>
  config.connectors.filter(({ declaredAt }) => declaredAt !== undefined)
