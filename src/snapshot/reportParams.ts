import type { Connector } from '../config/connector.js'
import type { Prices } from '../config/prices.js'
import type { Params } from '../engine/engine.js'

/** The values that a report has without being given them; prices by their names in stocktake.yaml. */
export const knownReportParams = (prices: Prices, connectors: readonly Connector[], now: Date): Params => ({
  ...Object.fromEntries(Object.entries(prices).filter(([name]) => name !== 'as_of')),
  now: now.toISOString().replace('T', ' ').replace('Z', ''),
  freshness: connectors.map(expectedFreshness).join(';'),
})

/** Whether a parameter is one of these, or the connector: nobody has to give it. */
export const isKnownParam = (name: string, prices: Prices): boolean =>
  ['connector', 'now', 'freshness'].includes(name) || (Object.hasOwn(prices, name) && name !== 'as_of')

/** `photos 129600000 259200000`; of a connector of which no snapshot is expected the name alone. */
const expectedFreshness = ({ name, schedule, freshness }: Connector): string =>
  schedule === 'manual' ? name : `${name} ${freshness.warnAfterMs} ${freshness.errorAfterMs}`
