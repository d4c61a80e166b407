import { type Connector, getConnector } from '../config/connector.js'
import { loadLakeConnectors, mergeConnectors, type StoredConnector } from '../lake/lakeConnectors.js'
import type { WebWorld } from './webWorld.js'

/** A connector that a person can name. */
export interface KnownConnector {
  readonly connector: Connector
  /** Of one that lives in the lake. */
  readonly document?: StoredConnector
}

/** Declared ones, then those of the lake that they don't hide, as they are now. */
export async function loadKnownConnectors({
  store,
  declared,
}: Pick<WebWorld, 'store' | 'declared'>): Promise<KnownConnector[]> {
  const { connectors, documents } = await loadLakeConnectors(store)
  return mergeConnectors(declared, connectors).map(connector => {
    const document = documents[connectors.indexOf(connector)]
    return { connector, ...(document && { document }) }
  })
}

/** The one of that name or GUID; nothing where there is none. */
export async function findKnownConnector(
  world: Pick<WebWorld, 'store' | 'declared'>,
  nameOrGuid: string,
): Promise<KnownConnector | undefined> {
  const known = await loadKnownConnectors(world)
  const isNamed = (part: 'name' | 'guid') => known.find(({ connector }) => connector[part] === nameOrGuid)
  return isNamed('name') ?? isNamed('guid')
}

/** As {@link findKnownConnector}. @throws {NotFoundError} which names what there is instead */
export async function getKnownConnector(
  world: Pick<WebWorld, 'store' | 'declared'>,
  nameOrGuid: string,
): Promise<KnownConnector> {
  const known = await loadKnownConnectors(world)
  const connectors = known.map(({ connector }) => connector)
  const connector = getConnector(connectors, nameOrGuid)
  return known[connectors.indexOf(connector)] ?? { connector }
}
