import { databaseOf, type StreamSettings } from './streamSchema.js'
import { COINBASE } from './streamSources.js'

/** Records that arrive one by one, and become a table for each channel. */
export interface Stream {
  readonly name: string
  /** What the messages are: any JSON, or those of an exchange whose channels have tables of their own. */
  readonly source: 'json' | 'coinbase'
  /** The WebSocket; `undefined` where records come by standard input. */
  readonly url?: string
  /** What is subscribed to, by the names that tables have; at least one. */
  readonly channels: readonly string[]
  readonly products: readonly string[]
  /** The message that subscribes to a channel; `{channel}`, `{products}` and `{jwt}` as whole values stand for those. */
  readonly subscribe?: Readonly<Record<string, unknown>>
  readonly fields: StreamFields
  /** Names of variables of the environment. */
  readonly jwt?: { readonly keyName: string; readonly privateKey: string }
  /** A connection that says nothing for so long is made anew. */
  readonly silenceMs: number
  readonly rotate: { readonly bytes: number; readonly everyMs: number }
  readonly flush: { readonly records: number; readonly everyMs: number }
  readonly maxMessageBytes: number
  /** Of its tables. */
  readonly database: string
  /** Whether small files in processed/ may be merged. */
  readonly compact: boolean
  /** Whether the daemon runs its ingest and etl. */
  readonly isDaemon: boolean
  /** Older than that, the last record counts as late. */
  readonly freshMs: number
  /** Where the file declares it, `stocktake.yaml:8:3`. */
  readonly declaredAt?: string
}

/** Where a record says what is needed of it: names of fields, parted by dots where they are nested. */
export interface StreamFields {
  readonly channel?: string
  readonly productId?: string
  readonly time?: string
  readonly sequence?: string
}

/** What records are of where the configuration names no channel. */
const ONLY_CHANNEL = 'records'

/** A stream from checked settings. */
export function toStream(name: string, settings: StreamSettings, declaredAt?: string): Stream {
  const isCoinbase = settings.source === 'coinbase'
  const { fields, jwt } = settings
  return {
    name,
    source: settings.source,
    url: settings.url ?? (isCoinbase ? COINBASE.url : undefined),
    channels: settings.channels ?? (isCoinbase ? COINBASE.channels : [ONLY_CHANNEL]),
    products: settings.products,
    subscribe: settings.subscribe ?? (isCoinbase ? COINBASE.subscribe : undefined),
    fields: isCoinbase
      ? COINBASE.fields
      : { channel: fields.channel, productId: fields.product_id, time: fields.time, sequence: fields.sequence },
    jwt: jwt && { keyName: jwt.key_name, privateKey: jwt.private_key },
    silenceMs: settings.silence,
    rotate: { bytes: settings.rotate.size, everyMs: settings.rotate.every },
    flush: { records: settings.flush.records, everyMs: settings.flush.every },
    maxMessageBytes: settings.max_message,
    database: settings.database ?? databaseOf(name),
    compact: settings.compact,
    isDaemon: settings.daemon,
    freshMs: settings.freshness,
    declaredAt,
  }
}
