import { isDeepStrictEqual } from 'node:util'
import type { Stream } from '../config/stream.js'
import { StocktakeError } from '../errors.js'
import type { Catalog, Table, TableSpec } from '../iceberg/catalog.js'
import { DATA_PATH_PROPERTY, dataFolder, lakeLocation } from '../iceberg/location.js'
import { currentSchema, currentSpec } from '../iceberg/metadata.js'
import { typePartitionFields } from '../iceberg/partitionSpec.js'
import { formatType, type PrimitiveType } from '../iceberg/schema.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { processedFolder } from './streamPlaces.js'

/** A property of a table: the stream whose records it holds. */
export const STREAM_PROPERTY = 'stocktake.stream'

/** The table of what ingest itself has to say. */
export const EVENTS = 'events'

/** There is a table of that name, and it isn't the stream's. Nothing has changed. */
export class StreamTableError extends StocktakeError {}

type Columns = readonly (readonly [name: string, type: PrimitiveType, doc: string])[]

/** A record is known by its segment and line, a row of a message of several by its item, too. */
const IDENTITY: Columns = [
  ['received_at', 'timestamp', 'when it was received, UTC'],
  ['connection', 'string', 'the connection of one run of ingest that it came by'],
  ['sequence', 'long', "the source's number of the message on that connection"],
  ['segment', 'string', 'the segment that it was collected in'],
  ['line', 'long', 'its line there, from 1'],
]
const ITEM: Columns = [['item', 'int', 'which row of the message, from 1']]
const PARTITION: Columns = [
  ['product_id', 'string', 'what it is about'],
  ['date', 'date', 'UTC date of the time'],
]
const EXTRA: Columns = [['extra', 'string', 'JSON of the fields that have no column; NULL where there are none']]

const decimals = (...names: (readonly [name: string, doc: string])[]): Columns =>
  names.map(([name, doc]) => [name, 'decimal(38,18)', doc] as const)

const COINBASE_COLUMNS: Readonly<Record<string, Columns>> = {
  ticker: [
    ['time', 'timestamp', "the message's, UTC"],
    ['type', 'string', 'snapshot or update'],
    ...decimals(
      ['price', 'of the last trade'],
      ['volume_24_h', 'traded in 24 hours'],
      ['low_24_h', 'lowest price in 24 hours'],
      ['high_24_h', 'highest price in 24 hours'],
      ['low_52_w', 'lowest price in 52 weeks'],
      ['high_52_w', 'highest price in 52 weeks'],
    ),
    ['price_percent_chg_24_h', 'double', 'change of the price in 24 hours, percent'],
    ...decimals(
      ['best_bid', 'highest price that is bid'],
      ['best_bid_quantity', 'how much is bid at it'],
      ['best_ask', 'lowest price that is asked'],
      ['best_ask_quantity', 'how much is offered at it'],
    ),
  ],
  level2: [
    ['time', 'timestamp', "the event's where it has one, else the message's, UTC"],
    ['type', 'string', 'snapshot or update'],
    ['side', 'string', 'bid or offer'],
    ...decimals(['price_level', 'price'], ['new_quantity', 'what stands there now; 0 for none']),
  ],
  market_trades: [
    ['trade_id', 'string', "the exchange's; a snapshot repeats trades that came before"],
    ...decimals(['price', 'price'], ['size', 'how much']),
    ['side', 'string', "BUY or SELL: the taker's"],
    ['time', 'timestamp', 'when it was traded, UTC'],
    ['type', 'string', 'snapshot or update'],
  ],
}

const JSON_COLUMNS: Columns = [
  ['time', 'timestamp', "the record's where it has one, else when it was received, UTC"],
  ['record', 'string', 'JSON as it came'],
]

const EVENT_COLUMNS: Columns = [
  ['time', 'timestamp', 'when it was told, UTC'],
  ['connection', 'string', 'the connection of one run of ingest; NULL for none'],
  ['kind', 'string', 'started, connected, sequence_gap …'],
  ['expected', 'long', 'the number that should have come'],
  ['got', 'long', 'the one that came'],
  ['missed', 'long', 'how many did not come'],
  ['detail', 'string', 'more, in words'],
  ['segment', 'string', 'the segment that it was recorded in'],
  ['line', 'long', 'its line there, from 1'],
  ['date', 'date', 'UTC date'],
]

/** The columns of a channel's table. @throws {StreamTableError} for a channel of which a source's messages aren't known */
function columnsOf({ name, source }: Stream, channel: string): Columns {
  if (channel === EVENTS) return EVENT_COLUMNS
  if (source === 'json') return [...IDENTITY, ...PARTITION, ...JSON_COLUMNS]
  const own = COINBASE_COLUMNS[channel]
  if (own) return [...IDENTITY, ...ITEM, ...PARTITION, ...own, ...EXTRA]
  throw new StreamTableError({
    subject: `stream ${name}`,
    expected: `channels of ${Object.keys(COINBASE_COLUMNS).join(', ')}`,
    got: channel,
    fix: 'take it out of its channels; or make a stream of source: json for it',
  })
}

/** The name of a channel's table in the lake. */
export const streamTableName = ({ database }: Pick<Stream, 'database'>, channel: string): string =>
  `${database}.${channel}`

/** A channel's table, as it is made. */
export function streamTableSpec(stream: Stream, channel: string, store: ObjectStore): TableSpec {
  const columns = columnsOf(stream, channel)
  const partitions = channel === EVENTS ? ['date'] : ['product_id', 'date']
  const fields = columns.map(([name, type, doc], i) => ({ id: i + 1, name, required: false, type, doc }))
  const order = ['segment', 'line', 'item'].filter(name => fields.some(field => field.name === name))
  return {
    name: streamTableName(stream, channel),
    schema: { 'schema-id': 0, type: 'struct', fields },
    partitionFields: partitions.map(column => ({ name: column, column, transform: 'identity' })),
    sortOrder: order.map(column => ({ column, direction: 'asc', nullOrder: 'nulls-first' })),
    properties: {
      'write.parquet.compression-codec': 'zstd',
      // Each segment is a state, and every one of them is in the metadata that a commit writes.
      'history.expire.max-snapshot-age-ms': String(86_400_000),
      [DATA_PATH_PROPERTY]: `${lakeLocation(store)}/${processedFolder(stream.name, channel)}`,
      [STREAM_PROPERTY]: stream.name,
    },
  }
}

/**
 * A channel's table, made where there is none.
 * @throws {StreamTableError} for a table of that name that isn't the stream's, or has other columns
 */
export async function openStreamTable(
  stream: Stream,
  channel: string,
  { catalog, store }: { readonly catalog: Catalog; readonly store: ObjectStore },
): Promise<Table> {
  const spec = streamTableSpec(stream, channel, store)
  const table = (await catalog.load(spec.name)) ?? (await catalog.create(spec))
  return requireOwn(table, spec, stream, channel)
}

/** @throws {StreamTableError} */
function requireOwn(table: Table, spec: TableSpec, stream: Stream, channel: string): Table {
  const { properties } = table.metadata
  const refuse = (expected: string, got: string): StreamTableError =>
    new StreamTableError({
      subject: `table ${table.name}`,
      expected,
      got,
      fix: `drop it, or name another database for the stream ${stream.name}; its segments wait`,
    })
  const owner = properties[STREAM_PROPERTY]
  if (owner !== stream.name)
    throw refuse(
      `the table of the stream ${stream.name}`,
      owner === undefined ? 'one of no stream' : `that of ${owner}`,
    )
  const folder = processedFolder(stream.name, channel)
  if (dataFolder(table) !== folder)
    throw refuse(`its files in ${folder}`, properties[DATA_PATH_PROPERTY] ?? `no property ${DATA_PATH_PROPERTY}`)
  const parts = spec.partitionFields.map(({ column }) => column).join(', ')
  const found = typePartitionFields(currentSpec(table.metadata), [currentSchema(table.metadata)])
    .map(({ name, transform }) => (transform.kind === 'identity' ? name : `${transform.kind} ${name}`))
    .join(', ')
  if (found !== parts) throw refuse(`to be partitioned by ${parts}`, found === '' ? 'none' : found)
  const columns = currentSchema(table.metadata).fields
  const missing = spec.schema.fields.find(
    ({ name, type }) => !columns.some(column => column.name === name && isDeepStrictEqual(column.type, type)),
  )
  if (missing)
    throw refuse(`a column ${missing.name} ${formatType(missing.type)}`, columns.map(({ name }) => name).join(', '))
  return table
}
