import { type Kind, quantityText } from '../../../output/cells.js'
import { formatCount, formatDuration } from '../../../output/quantities.js'
import { escapeControls } from '../../../output/terminal.js'

export type Value = string | number | boolean | null

/** A value as a person reads it: quantities rounded, times to the minute (UTC), control characters made visible; of NULL nothing. */
export function valueText(value: Value, kind: Kind = 'text'): string {
  if (value === null) return ''
  if (typeof value === 'number') return quantityText(value, kind)
  if (kind === 'time' && typeof value === 'string') return timeText(value)
  return escapeControls(String(value))
}

/** The exact value, where it is more than what {@link valueText} shows; for a tooltip. */
export function exactText(value: Value, kind: Kind = 'text'): string | undefined {
  if (value === null) return undefined
  if (kind === 'bytes' && typeof value === 'number') return `${formatCount(value)} bytes`
  if (kind === 'time' && typeof value === 'string') return `${value.replace('T', ' ').replace(/(\.000)?Z$/, '')} UTC`
  const shown = valueText(value, kind)
  return typeof value === 'number' && shown === String(value) ? undefined : escapeControls(String(value))
}

/** More than a few lines of a table hold. */
const LONG_TEXT = 160
const END_LENGTH = 40

/** The end of a long text apart from the rest, as it is what tells the keys of a deep folder from each other; else an empty one. */
export function splitLong(text: string): readonly [start: string, end: string] {
  if (text.length <= LONG_TEXT) return [text, '']
  const at = text.length - END_LENGTH
  const isInPair = /^[\udc00-\udfff]/.test(text.slice(at, at + 1))
  return [text.slice(0, at - Number(isInPair)), text.slice(at - Number(isInPair))]
}

/** `2026-01-20 01:00` of `2026-01-20T01:00:00.000Z`; what is no such time as it is. */
export const timeText = (time: string): string =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(time) ? time.slice(0, 16).replace('T', ' ') : escapeControls(time)

/** `9 h ago`, `in 2 days`, `just now`. */
export function agoText(time: string, now: number): string {
  const ms = now - Date.parse(time)
  if (Number.isNaN(ms)) return ''
  if (Math.abs(ms) < 45_000) return 'just now'
  return ms > 0 ? `${formatDuration(ms)} ago` : `in ${formatDuration(-ms)}`
}
