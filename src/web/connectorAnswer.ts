import type { Context } from 'hono'
import type { Connector as ApiConnector, InventoryConfig } from '../api/connectors.js'
import type { Bucket } from '../config/connector.js'
import type { Chain } from '../jobs/chain.js'
import { type ChainTimes, chainTimes } from '../jobs/chainTimes.js'
import type { StoredConnector } from '../lake/lakeConnectors.js'
import { jsonText } from '../output/cells.js'
import { type Answer, answerJson } from './answer.js'
import { answerTagged, makeTag } from './etags.js'
import type { KnownConnector } from './knownConnectors.js'
import { RequestRefusedError } from './problems.js'

// A connector as the API tells it. Its tag has two parts, `"settings.times"`: If-Match goes by the first alone, because that a
// job has ended meanwhile is no reason to refuse a change of settings.

/** A connector and when its schedule does something. */
export function toConnectorAnswer(known: KnownConnector, chain: Chain | undefined): Answer<ApiConnector> {
  const { connector, document } = known
  return {
    guid: connector.guid,
    name: connector.name,
    declared_at: connector.declaredAt ?? null,
    source_bucket: placeOf(connector.source),
    inventory: connector.inventory
      ? {
          destination_bucket: placeOf(connector.inventory.destination),
          prefix: connector.inventory.prefix,
          config_name: connector.inventory.configName,
          format: connector.inventory.format,
          fields: connector.inventory.fields,
        }
      : null,
    scan_mode: connector.scanMode,
    sample_rate: connector.sampleRate,
    fallback_to_sample: connector.fallbackToSample,
    schedule: connector.schedule,
    freshness: {
      warn_after_ms: connector.freshness.warnAfterMs,
      error_after_ms: connector.freshness.errorAfterMs,
    },
    max_rejected: connector.maxRejected,
    ...chainTimes(chain),
    etag: document ? settingsTag(document) : null,
  }
}

/** The part of it that the form of inventories has; nothing where it has no inventory. */
export function toConfigAnswer({ connector }: KnownConnector): InventoryConfig | undefined {
  const { inventory, source, schedule } = connector
  return (
    inventory && {
      destination_bucket: placeOf(inventory.destination),
      prefix: inventory.prefix,
      config_name: inventory.configName,
      format: inventory.format,
      fields: { ...inventory.fields },
      source_bucket: placeOf(source),
      schedule,
    }
  )
}

const placeOf = (bucket: Bucket): string => (bucket.kind === 'folder' ? bucket.path : bucket.name)

/** The tag of a connector's settings, which each change makes another. */
export const settingsTag = ({ name, settings, changed_at, changed_by }: StoredConnector): string =>
  makeTag(jsonText({ name, settings, changed_at, changed_by }))

/** Answers a GET of a connector, or of a part of it, under the tag of both its parts. */
export const answerConnector = <T>(
  c: Context,
  { connector, document }: KnownConnector,
  value: Answer<T>,
  times?: ChainTimes,
): Promise<Response> => {
  const settings = document ? settingsTag(document) : makeTag(jsonText(connector))
  const tag = times ? `${settings.slice(0, -1)}.${makeTag(jsonText(times)).slice(1)}` : settings
  return answerTagged(c, tag, () => answerJson<T>(c, value))
}

/**
 * That a connector is as whoever changes it has seen it; fine where they don't say.
 * @param document as it is now; nothing where there is none
 * @throws {RequestRefusedError} 412
 */
export function requireSeen(c: Context, document: StoredConnector | undefined): void {
  const tag = document && document.settings !== null ? settingsTag(document) : undefined
  const wanted = c.req.header('if-match')
  if (wanted !== undefined && !(tag !== undefined && isMatch(wanted, tag))) throw unseen('if-match', tag, wanted)
  if (c.req.header('if-none-match') === '*' && tag !== undefined) throw unseen('if-none-match', 'nothing there', tag)
}

const isMatch = (listed: string, tag: string): boolean =>
  listed.trim() === '*' || listed.split(',').some(each => each.trim().replace(TIMES, '"').replace(/^W\//, '') === tag)

/** What stands for the times in a tag. */
const TIMES = /\.[\w-]*"$/

const unseen = (subject: string, expected: string | undefined, got: string): RequestRefusedError =>
  new RequestRefusedError(412, {
    subject,
    expected: expected ?? 'something that is there',
    got: got.slice(0, 200),
    fix: 'load it again: somebody else has changed it since',
  })
