import type { Stream } from '../config/stream.js'
import { countIngest, type IngestCounts } from './ingestCounts.js'
import type { IngestEffects } from './ingestEffects.js'
import { type IngestLease, takeIngestLease } from './ingestLease.js'
import type { IngestFigures } from './ingestState.js'
import { openSegment } from './openSegment.js'
import { messageReader } from './readMessage.js'
import { formatEventLine, formatMessageLine, formatTextLine, type StreamEvent } from './recordLine.js'
import { recoverSegments } from './recoverSegments.js'
import { formatSegmentName } from './segmentName.js'
import { SegmentWriter } from './segmentWriter.js'
import { type SequenceWatch, watchSequence } from './sequenceWatch.js'
import type { Source, SourceSink } from './source.js'

export interface IngestOptions {
  readonly stream: Stream
  readonly source: Source
  /** How often it is told how far it is. */
  readonly progressMs: number
}

/** What an ingest came to, when it ended in good order. */
export interface IngestEnd {
  /** Durable ones of this ingest. */
  readonly records: number
  readonly figures: IngestFigures
}

/**
 * Ingests a stream until its source ends, or until the signal: what was received by then is flushed and handed over.
 * First it hands over what earlier ingests have left.
 * @throws {IngestBusyError} where another ingests it
 * @throws {IngestLostError} when another has taken it: what was flushed stays, and the other hands it over
 */
export async function ingestStream(options: IngestOptions, effects: IngestEffects): Promise<IngestEnd> {
  const { stream } = options
  const counts = countIngest(effects.now(), effects.elapsedMs())
  const figures = (): IngestFigures => counts.tell(effects.elapsedMs())
  const lease = await takeIngestLease(stream.name, figures, effects)
  counts.goOnFrom(lease.before)
  const { records: before } = figures()
  try {
    await recoverLeft(stream, effects)
    await readAll(options, lease, counts, effects)
    return { records: figures().records - before, figures: figures() }
  } finally {
    await lease.release()
  }
}

async function recoverLeft({ name }: Stream, { store, told }: IngestEffects): Promise<void> {
  for await (const recovered of recoverSegments(store, name)) told({ kind: 'recovered', ...recovered })
}

async function readAll(
  { stream, source, progressMs }: IngestOptions,
  lease: IngestLease,
  counts: IngestCounts,
  effects: IngestEffects,
): Promise<void> {
  const { signal, told } = effects
  const writer = new SegmentWriter(
    {
      ...{ flush: stream.flush, rotate: stream.rotate, lost: lease.lost },
      open: () => openNext(stream.name, lease, effects),
      flushed: flushed => counts.flushed(flushed, effects.now()),
      full(isFull, bytes) {
        if (isFull) source.pause()
        else source.resume()
        told(isFull ? { kind: 'held back', bytes } : { kind: 'reading on' })
      },
    },
    effects,
  )
  const sink = lineSink(stream, writer, counts, effects)
  const last = lease.before?.last_record_at
  sink.event({ kind: 'started', ...(last && { detail: `the last record before came at ${last.toISOString()}` }) }, null)
  const [failed, done] = [new AbortController(), new AbortController()]
  const writing = writer.run().catch(error => {
    failed.abort()
    throw error
  })
  writing.catch(() => {}) // told when it is awaited
  signal.addEventListener('abort', () => told({ kind: 'stopping' }), { once: true, signal: done.signal })
  const telling = tellProgress(progressMs, () => sink.received(), counts, done.signal, effects)
  try {
    await source.read(sink, AbortSignal.any([signal, failed.signal]))
  } finally {
    sink.event({ kind: 'stopped' }, null)
    writer.end()
    await writing.finally(() => {
      done.abort()
      if (writer.waitingRecords > 0) told({ kind: 'not stored', records: writer.waitingRecords })
    })
    await telling
  }
}

async function openNext(stream: string, lease: IngestLease, { store, now }: IngestEffects) {
  const number = await lease.allotSegment()
  return openSegment({ store, stream, lease }, formatSegmentName({ hour: now(), number }))
}

/** Makes lines of what a source tells. */
function lineSink(
  stream: Stream,
  writer: SegmentWriter,
  counts: IngestCounts,
  { now, told }: Pick<IngestEffects, 'now' | 'told'>,
): SourceSink & { received(): number } {
  const read = messageReader(stream)
  let watched: { connection: string | null; sequence: SequenceWatch; beat: SequenceWatch } | undefined
  let received = 0
  const addEvent = (event: StreamEvent, connection: string | null): void => {
    const at = now()
    const line = formatEventLine({ receivedAt: at, connection, sequence: null }, event)
    writer.add(line, Buffer.byteLength(line), 0, at)
    counts.event(event, at)
    told({ kind: 'event', event })
  }
  const watch = (connection: string | null) => {
    if (!watched || watched.connection !== connection)
      watched = { connection, sequence: watchSequence(), beat: watchSequence() }
    return watched
  }
  const addText = (text: string, connection: string | null): void => {
    const at = now()
    const line = formatTextLine({ receivedAt: at, connection, sequence: null }, text)
    received++
    writer.add(line, Buffer.byteLength(line), 1, at)
  }
  return {
    received: () => received,
    event: addEvent,
    tooLong(start, sizeBytes, connection) {
      addEvent({ kind: 'too_long', expected: stream.maxMessageBytes, got: sizeBytes }, connection)
      addText(start.toString(), connection)
    },
    message(bytes, connection) {
      const message = read(bytes)
      if (message.kind === 'text') {
        addText(message.text, connection)
        return false
      }
      const { json, sequence, beat, refusal } = message
      const watches = watch(connection)
      const odd = sequence === null ? undefined : watches.sequence.see(sequence)
      if (odd) addEvent(odd, connection)
      const missed = beat === undefined ? undefined : watches.beat.see(beat)
      if (missed?.kind === 'sequence_gap') addEvent({ ...missed, kind: 'heartbeat_gap' }, connection)
      if (refusal !== undefined) addEvent({ kind: 'refused', detail: refusal }, connection)
      const at = now()
      const line = formatMessageLine({ receivedAt: at, connection, sequence }, json)
      received++
      writer.add(line, line.length - json.length + bytes.length, 1, at)
      return refusal !== undefined
    },
  }
}

async function tellProgress(
  everyMs: number,
  received: () => number,
  counts: IngestCounts,
  done: AbortSignal,
  { sleep, told }: IngestEffects,
): Promise<void> {
  while (!done.aborted) {
    await sleep(everyMs, done).catch(() => {})
    told({ kind: 'progress', received: received(), figures: counts.look() })
  }
}
