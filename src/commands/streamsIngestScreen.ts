import type { Stream } from '../config/stream.js'
import { countText, formatBytes, formatCount } from '../output/quantities.js'
import type { IngestNews, IngestTrouble } from '../streams/ingestEffects.js'
import type { IngestFigures } from '../streams/ingestState.js'
import type { Sequence, StreamEvent } from '../streams/recordLine.js'
import type { Context } from './globals.js'
import { shownTime } from './shown.js'

/** Of events that come again and again, one is told in so long; the others are counted. */
const DAMPED_MS = 10_000

/** Tells how an ingest goes, a line for each event; on a terminal also how far it is. */
export function ingestTeller(
  { name }: Pick<Stream, 'name'>,
  { log, progress, now }: Pick<Context, 'log' | 'progress' | 'now'>,
): (news: IngestNews) => void {
  const damp = dampEvents(now)
  let gapsBefore: number | undefined
  return news => {
    if (news.kind === 'progress') {
      gapsBefore ??= news.figures.gaps
      progress.update(stepOf(name, news.received, news.figures, gapsBefore))
      return
    }
    const warning = warningText(news)
    if (news.kind === 'event') {
      const count = damp(news.event)
      if (count === undefined) return
      const more = count > 0 ? `; ${countText(count, 'more such event')} since the last that was told` : ''
      if (warning !== undefined) log.warn(`${name}: ${warning}${more}`)
      else for (const line of eventLines(news.event)) log.notice(line)
    } else if (warning !== undefined) log.warn(`${name}: ${warning}`)
    else for (const line of newsLines(news)) log.notice(line)
  }
}

/**
 * How many of a kind weren't told before this one; nothing for one that isn't to be told.
 */
function dampEvents(now: () => Date): (event: StreamEvent) => number | undefined {
  const kinds = new Map<StreamEvent['kind'], { toldMs: number; untold: number }>()
  return ({ kind }) => {
    const nowMs = now().getTime()
    const known = kinds.get(kind)
    if (known && Math.abs(nowMs - known.toldMs) < DAMPED_MS && !PAIRED.has(kind)) {
      known.untold++
      return undefined
    }
    kinds.set(kind, { toldMs: nowMs, untold: 0 })
    return known?.untold ?? 0
  }
}

/** Told each time: a connection that comes and goes is waited for longer and longer. */
const PAIRED: ReadonlySet<StreamEvent['kind']> = new Set(['connected', 'disconnected', 'started', 'stopped'])

const stepOf = (name: string, received: number, { records, gaps }: IngestFigures, gapsBefore: number) => ({
  label: name,
  done: records,
  unit: gaps > gapsBefore ? `flushed, ${countText(gaps - gapsBefore, 'gap')}` : 'flushed',
  tally: { count: received, unit: 'records' },
})

/** What a person should know even where it is quiet. */
function warningText(news: IngestNews): string | undefined {
  switch (news.kind) {
    case 'trouble':
      return `${TROUBLES[news.what]}: ${messageOf(news.error)}; trying again`
    case 'held back':
      return `${formatBytes(news.bytes)} wait to be flushed: no more is read until there are less`
    case 'not stored':
      return `${countText(news.records, 'record')} that were received could not be stored`
    case 'event':
      return eventWarning(news.event)
    default:
      return undefined
  }
}

const TROUBLES: Readonly<Record<IngestTrouble, string>> = {
  store: "records can't be flushed",
  state: "the lake can't be told that the ingest lives",
}

function eventWarning({ kind, expected, got, missed, detail }: StreamEvent): string | undefined {
  switch (kind) {
    case 'sequence_gap':
      return `${countOf(missed, 'message')} never came: expected sequence ${expected}, got ${got}`
    case 'sequence_back':
      return `a sequence number that had been before: expected ${expected}, got ${got}`
    case 'heartbeat_gap':
      return detail ?? `${countOf(missed, 'heartbeat')} never came`
    case 'refused':
      return `the source refused: ${detail}`
    case 'too_long':
      return `a message of ${formatBytes(got ?? 0)} was kept apart: max_message is ${formatBytes(expected ?? 0)}`
    case 'disconnected':
      return `disconnected: ${detail}`
    default:
      return undefined
  }
}

const countOf = (count: Sequence | undefined, noun: string): string => countText(count ?? 0, noun)

function eventLines({ kind, detail }: StreamEvent): string[] {
  return kind === 'connected' ? [`connected  ${detail}`] : []
}

function newsLines(news: IngestNews): string[] {
  switch (news.kind) {
    case 'waiting': {
      const { runner, host, until } = news.holder
      return [
        `waiting    pid ${runner.pid} on ${host} had it until ${shownTime(until)}; a minute, to see whether it lives`,
      ]
    }
    case 'recovered':
      return news.bytes === 0
        ? []
        : [`recovered  ${news.segment}: ${formatBytes(news.bytes)} that an earlier ingest left`]
    case 'handed over':
      return [`ready      ${news.segment}: ${formatCount(news.records)} records, ${formatBytes(news.bytes)}`]
    case 'trouble is over':
      return [news.what === 'store' ? 'flushing   again' : 'told       the lake again']
    case 'reading on':
      return ['reading    again']
    case 'stopping':
      return ['stopping   what was received is flushed; once more to end at once']
    default:
      return []
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
