import { z } from 'zod'
import { choice, duration, mapping, matching, or, orNone, size, text, whole } from './settingTypes.js'

const CHANNEL_RULE = 'a name of up to 64 lower-case letters, digits and "_", starting with a letter'
const channel = () => matching(/^[a-z][a-z0-9_]{0,63}$/, CHANNEL_RULE)

const DATABASE_RULE = 'a name of lower-case letters, digits and "_"'
const PATH_RULE = 'a field of the record such as price, or data.price'
const path = () => matching(/^[^.\s]+(\.[^.\s]+)*$/u, PATH_RULE)
const variable = () => matching(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of a variable of the environment')

/** Where a record says what is needed of it. */
const fields = mapping({
  channel: orNone(path()).describe('which of the channels a record is of; all are of the first one unless given'),
  product_id: orNone(path()).describe('what it is about'),
  time: orNone(path()).describe(
    'when it happened, as ISO 8601 or milliseconds since 1970; when it was received unless given',
  ),
  sequence: orNone(path()).describe('a number that grows by one with each message of a connection'),
})

/** A stream of stocktake.yaml. */
export const streamSchema = mapping({
  source: or(choice(['json', 'coinbase']), 'json').describe('what the messages are: any JSON, or those of an exchange'),
  url: orNone(matching(/^wss?:\/\/[^/]/, 'wss://host/path')).describe(
    "the WebSocket; the exchange's unless given. Without one, records come by --stdin",
  ),
  channels: orNone(z.array(channel(), 'a list of names').min(1, 'a list of names')).describe(
    'what is subscribed to, a table each',
  ),
  products: or(z.array(text(), 'a list of names'), []).describe(
    'what is subscribed to, by the names that the source has',
  ),
  subscribe: orNone(z.record(z.string(), z.unknown(), 'a mapping: one message')).describe(
    'sent for each channel once connected; "{channel}", "{products}" and "{jwt}" stand for those',
  ),
  fields: or(fields, {}),
  jwt: orNone(
    mapping({
      key_name: variable().describe('the variable of the environment that has the name of the API key'),
      private_key: variable().describe('the variable of the environment that has its private key, as PEM'),
    }),
  ).describe('who subscribes, where the source wants to know; read from the environment and never stored'),
  silence: or(duration(), '15s').describe('a connection that says nothing for so long is made anew'),
  rotate: or(
    mapping({ size: or(size(), '100MB').describe('that size'), every: or(duration(), '5m').describe('that age') }),
    {},
  ).describe('when a segment is handed over: at that size, or that age'),
  flush: or(
    mapping({
      records: or(whole(1, 100_000), 100).describe('so many records'),
      every: or(duration(), '1s').describe('so long after the first of them'),
    }),
    {},
  ).describe('when what was received is made durable: so many records, or that long after the first of them'),
  max_message: or(size(), '8MB').describe('longer messages are kept apart'),
  database: orNone(matching(/^[a-z0-9_]{1,128}$/, DATABASE_RULE)).describe(
    "of the stream's tables; the stream's name unless given",
  ),
  compact: or(z.boolean('true or false'), false).describe('whether maintain may merge small files in processed/'),
  daemon: or(z.boolean('true or false'), false).describe('whether the daemon runs its ingest and etl'),
  freshness: or(duration(), '1m').describe('older than that, the last record counts as late'),
})

/** All of them, by their names: each has a database of its own, in which its tables are. */
export const streamsSchema = (name: z.ZodString) =>
  z.record(name, streamSchema, 'a mapping of names').superRefine((streams, context) => {
    const databases = new Map<string, string>()
    for (const [stream, { database }] of Object.entries(streams)) {
      const own = database ?? databaseOf(stream)
      const other = databases.get(own)
      if (other === undefined) databases.set(own, stream)
      else
        context.addIssue({
          code: 'custom',
          message: `a database of its own: ${own} is that of ${other}`,
          path: database === undefined ? [stream] : [stream, 'database'],
        })
    }
  })

/** The database of a stream that doesn't say it. Glue and Athena can have no capitals and no dots. */
export const databaseOf = (stream: string): string => stream.toLowerCase().replace(/[^a-z0-9_]/g, '_')

export type StreamSettings = z.output<typeof streamSchema>
