import { stringify } from 'lossless-json'

// A line of a segment is a JSON object: when it was received, on which connection, the source's sequence number, and the
// message as it came, byte for byte where it is one line of JSON.

/** What a line says beside its message. */
export interface RecordHead {
  readonly receivedAt: Date
  /** Of one connection of one run of ingest; null where records don't come by a connection. */
  readonly connection: string | null
  /** The source's own; null where it gave none. */
  readonly sequence: Sequence | null
}

/** A number that a source counts its messages with: a bigint where it is past 2^53. */
export type Sequence = number | bigint

/** What ingest itself has to say, in the order in which it happened among the records. */
export interface StreamEvent {
  readonly kind:
    | 'started' // ingest began; `detail` has when the one before was last heard of
    | 'stopped' // ingest ended as it was told to
    | 'connected'
    | 'disconnected' // `detail` says why
    | 'sequence_gap' // messages `expected` to `got` - 1 never came: `missed` of them
    | 'sequence_back' // a number that had been before: `expected`, `got`
    | 'heartbeat_gap' // `missed` beats, or silence of `silence`
    | 'refused' // the source said that it won't; `detail` has its words
    | 'too_long' // a message of `got` bytes, longer than `expected`; its beginning follows as text
  readonly expected?: Sequence
  readonly got?: Sequence
  readonly missed?: Sequence
  readonly detail?: string
}

/** @param json one line of valid JSON, as it came */
export const formatMessageLine = (head: RecordHead, json: string): string => `${formatHead(head)},"message":${json}}\n`

/** Of what came and is no JSON, or no text: etl keeps it apart. */
export const formatTextLine = (head: RecordHead, text: string): string =>
  `${formatHead(head)},"text":${JSON.stringify(text)}}\n`

export const formatEventLine = (head: RecordHead, event: StreamEvent): string =>
  `${formatHead(head)},"event":${stringify(event)}}\n`

const formatHead = ({ receivedAt, connection, sequence }: RecordHead): string =>
  `{"received_at":"${receivedAt.toISOString()}","connection":${JSON.stringify(connection)},"sequence":${sequence}`
