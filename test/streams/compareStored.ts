import type { SentConnection } from './exchange.js'
import { CHANNELS, type StoredEvent, type StoredMessage, type StoredStream } from './storedMessages.js'

/** What was certain of a connection when its ingest ended. */
export interface Promised {
  /** As ingest calls it. */
  readonly connection: string
  /** So many of the messages that were sent first are stored: all but what a flush may wait for. */
  readonly messages: number
}

/** What became of the messages that have rows. */
export interface Comparison {
  readonly problems: readonly string[]
  readonly lost: number
}

/**
 * Compares what was sent with what the tables have: each message once, as it was sent; all that was seen in segments; of
 * each connection what was promised of it; and what is lost its last ones.
 * @param promised by the number of the connection
 * @param seen messages that were in segments, by connection and number
 */
export function compareStored(
  sent: readonly SentConnection[],
  { messages: stored, events }: StoredStream,
  promised: ReadonlyMap<number, Promised>,
  seen: ReadonlySet<string>,
): Comparison {
  const problems: string[] = []
  const byConnection = new Map<string, Map<number, StoredMessage>>()
  for (const message of stored) {
    const of = byConnection.get(message.connection) ?? new Map<number, StoredMessage>()
    if (of.has(message.sequence)) problems.push(`${message.connection} ${message.sequence}: in two tables`)
    byConnection.set(message.connection, of.set(message.sequence, message))
  }
  const connectionOf = new Map<string, string>() // by the trades that only it was told
  for (const { trade, connection } of stored) if (trade !== null) connectionOf.set(trade, connection)
  let lost = 0
  for (const [number, { sent: texts }] of sent.entries()) {
    const messages = texts.map(text => parseSent(String(text))).filter(({ rows }) => rows > 0)
    const told = messages.flatMap(({ trade }) => (trade === undefined ? [] : (connectionOf.get(trade) ?? [])))[0]
    const { connection = told, messages: certain } = promised.get(number) ?? { messages: 0 }
    const found = byConnection.get(connection ?? '') ?? new Map<number, StoredMessage>()
    byConnection.delete(connection ?? '')
    const name = connection ?? `connection ${number}`
    lost += messages.filter(({ sequence }) => !found.has(sequence)).length
    problems.push(...compareConnection(name, messages, found, certain))
  }
  // Of one that was told no trade nobody knows which it was: all that it has are snapshots.
  for (const [name, found] of byConnection)
    if ([...found.values()].some(({ trade }) => trade !== null)) problems.push(`${name}: was never sent`)
  const all = new Set(stored.map(({ connection, sequence }) => `${connection} ${sequence}`))
  for (const message of seen) if (!all.has(message)) problems.push(`${message}: was in a segment, and is missing`)
  return { problems: [...problems, ...findUntold(stored, events)], lost }
}

function compareConnection(
  name: string,
  sent: readonly SentMessage[],
  found: ReadonlyMap<number, StoredMessage>,
  certain: number,
): string[] {
  const problems: string[] = []
  const last = Math.max(...found.keys(), certain - 1)
  for (const { channel, sequence, rows } of sent) {
    const row = found.get(sequence)
    if (!row && sequence <= last)
      problems.push(`${name} ${sequence}: lost, before ${last}; the first ${certain} of ${sent.length} are certain`)
    if (row && (row.channel !== channel || row.rows !== rows || row.different !== rows))
      problems.push(`${name} ${sequence}: ${rows} rows of ${channel} sent, ${JSON.stringify(row)} stored`)
  }
  const known = new Set(sent.map(({ sequence }) => sequence))
  const unknown = [...found.keys()].filter(sequence => !known.has(sequence))
  if (unknown.length > 0) problems.push(`${name}: ${unknown.length} that were never sent`)
  return problems
}

/**
 * The gaps that nobody is told of. Who reads the table `events` is told of each: between the records of two connections an
 * ingest says that it started and connected, and none says that it stopped but the last.
 */
function findUntold(messages: readonly StoredMessage[], events: readonly StoredEvent[]): string[] {
  const told = [
    ...messages.map(({ connection, place }) => ({ text: `records of ${connection}`, place })),
    ...events.map(({ kind, connection, place }) => ({ text: connection ? `${kind} ${connection}` : kind, place })),
  ].sort((a, b) => a.place - b.place)
  const story = told.map(({ text }) => text).filter((text, index, all) => text !== all[index - 1])
  const all = story.join(' ')
  return /^(started (connected (\S+) (records of \3 )?)?)*stopped$/.test(all) ? [] : [`told: ${all}`]
}

interface SentMessage {
  readonly channel: string | undefined
  readonly sequence: number
  readonly rows: number
  readonly trade: string | undefined
}

function parseSent(text: string): SentMessage {
  const { channel, sequence_num: sequence, events } = JSON.parse(text)
  const [{ type, trades, updates, tickers }] = events
  const table = channel === 'l2_data' ? 'level2' : CHANNELS.find(name => name === channel)
  const rows = table === undefined ? 0 : (trades ?? updates ?? tickers ?? []).length
  return { channel: table, sequence, rows, trade: type === 'update' ? trades?.[0]?.trade_id : undefined }
}
