import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Stream } from '../config/stream.js'
import type { Engine, Params } from '../engine/engine.js'
import { quoteString } from '../engine/sqlText.js'
import { bindInputs, loadModel, pickParams } from '../models/model.js'
import type { Model } from '../models/parseModel.js'
import { packageFolder } from '../packageFolder.js'

/**
 * What makes rows of the lines of a stream: SELECTs by the models in `sql/streams`, over relations that are given as SELECTs.
 * Rows have `line`, and `fault` where something is wrong with them.
 */
export interface EtlModels {
  /** Of the stream. */
  readonly channels: readonly string[]
  /** The lines of a piece: `line`, `text`, and the `channel` that each seems to be of. Takes {@link lineParams}. */
  readonly lines: string
  /** Values for all parameters of `lines` but `$piece`, its bytes, and `$first_line`. */
  readonly lineParams: Params
  /** The rows of lines that seem to be of a channel, one at least of each; a fault says that its line is to be judged with care. */
  readonly plainRows: (channel: string, lines: string) => string
  /** Lines that are to be judged with care: what they are, as the next four take it. */
  readonly messages: (lines: string) => string
  /** The rows of a channel, of any messages of it. A fault is the reason why its message is kept apart. */
  readonly carefulRows: (channel: string, messages: string) => string
  /** Messages of channels in which there is nothing that could be a row: `line`. */
  readonly rowless: (messages: string) => string
  /** What ingest itself has to say; a fault as before. */
  readonly events: (messages: string) => string
  /** Those of none of the channels: `line`, `reason`, `text`. */
  readonly refused: (messages: string) => string
  /** Channels whose messages are no records. */
  readonly unstored: readonly string[]
}

/** Loads the models for a stream's source, and has the engine know the macros that they use. @param engine any session of it */
export async function prepareModels(stream: Stream, engine: Engine): Promise<EtlModels> {
  await engine.run(readFileSync(join(packageFolder(), 'sql', 'streams', 'macros.duckdb.sql'), 'utf8'))
  const [events, refused] = [load('stream_events'), load('refused_lines')]
  const own = stream.source === 'coinbase' ? coinbaseModels(stream) : jsonModels(stream)
  const known = [...stream.channels, ...own.unstored]
  const channels = `select unnest([${known.map(quoteString).join(', ')}]) as channel`
  return {
    ...own,
    channels: stream.channels,
    events: messages => bindInputs(events, { stream_messages: messages }),
    refused: messages => bindInputs(refused, { stream_messages: messages, channels }),
  }
}

const load = (name: string): Model => loadModel(`streams/${name}`, 'duckdb')

type OwnModels = Omit<EtlModels, 'channels' | 'events' | 'refused'>

/** The lines of `$piece`. */
const selectLines = (): string => bindInputs(load('segment_lines'), { segment_piece: 'select decode($piece) as text' })

function coinbaseModels({ channels }: Stream): OwnModels {
  const [messages, careful, plain, rowless] = [
    load('coinbase_messages'),
    load('coinbase_careful_rows'),
    load('coinbase_plain_rows'),
    load('coinbase_rowless_messages'),
  ]
  const models = new Map(
    channels.map(channel => [
      channel,
      {
        plain: load(`coinbase_plain_${channel}`),
        odd: load(`coinbase_odd_${channel}`),
        judge: load(`coinbase_${channel}`),
      },
    ]),
  )
  const of = (channel: string) => {
    const found = models.get(channel)
    if (!found) throw new TypeError(`${channel} is none of the stream's channels`)
    return found
  }
  return {
    lines: selectLines(),
    lineParams: {},
    plainRows: (channel, lines) => {
      const parsed = bindInputs(of(channel).plain, { channel_lines: lines })
      return bindInputs(of(channel).judge, { read_rows: bindInputs(plain, { parsed_lines: parsed }) })
    },
    messages: lines => bindInputs(messages, { segment_lines: lines }),
    carefulRows: (channel, from) => {
      const rows = bindInputs(careful, { odd_messages: from })
      return bindInputs(of(channel).judge, { read_rows: bindInputs(of(channel).odd, { careful_rows: rows }) })
    },
    rowless: from => bindInputs(rowless, { odd_messages: from }),
    unstored: ['heartbeats', 'subscriptions'],
  }
}

/** Messages of any JSON: nothing is asked of them that takes care. */
function jsonModels(stream: Stream): OwnModels {
  const [messages, records] = [load('json_messages'), load('json_records')]
  const rows = (_: string, from: string): string => bindInputs(records, { channel_messages: from })
  return {
    lines: bindInputs(messages, { segment_lines: selectLines() }),
    lineParams: pickParams({ params: messages.params }, pointersOf(stream)),
    plainRows: rows,
    messages: from => from,
    carefulRows: rows,
    rowless: from => `${from} where false`,
    unstored: [],
  }
}

/** Where a record says what is needed of it, as JSON pointers: names of fields may hold what paths can't. */
function pointersOf({ channels, fields }: Stream): Params {
  const { channel, productId, time } = fields
  return {
    first_channel: channels[0] ?? null,
    channel: toPointer(channel),
    product_id: toPointer(productId),
    time: toPointer(time),
  }
}

const toPointer = (path: string | undefined): string | null =>
  path === undefined
    ? null
    : path
        .split('.')
        .map(name => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
        .join('')
