import { countText, formatBytes, formatCount, formatDuration } from '../output/quantities.js'
import type { StreamStatus } from './streamStatus.js'

// How a stream goes, in words: the same on a terminal and on the page, where times are texts.

type Of<Name extends keyof StreamStatus> = {
  readonly [Each in Name]: StreamStatus[Each] | (Date extends StreamStatus[Each] ? string : never)
}

/** As its state, or that the source isn't connected. */
export function stateText({ state, source, connected_at }: Of<'state' | 'source' | 'connected_at'>): string {
  return state === 'running' && source !== 'json' && connected_at === null ? 'not connected' : state
}

/** `4 s ago`; `3 min ago, late`; `none, late`. */
export function lastRecordText({ lag_ms, is_late }: Of<'lag_ms' | 'is_late'>): string {
  const text = lag_ms === null ? 'none' : lag_ms < 1000 ? 'now' : `${formatDuration(lag_ms)} ago`
  return is_late ? `${text}, late` : text
}

/** `2 segments, 140 MB`; nothing where none waits. */
export function waitingText({
  waiting_segments,
  waiting_bytes,
}: Of<'waiting_segments' | 'waiting_bytes'>): string | null {
  return waiting_segments === 0 ? null : `${countText(waiting_segments, 'segment')}, ${formatBytes(waiting_bytes)}`
}

/** `12 lines`; of too many to be counted `1,204 files, 38 MB`; nothing where there are none. */
export function rejectedText({
  rejected_files,
  rejected_bytes,
  rejected_lines,
}: Of<'rejected_files' | 'rejected_bytes' | 'rejected_lines'>): string | null {
  if (rejected_files === 0) return null
  return rejected_lines === null
    ? `${countText(rejected_files, 'file')}, ${formatBytes(rejected_bytes)}`
    : countText(rejected_lines, 'line')
}

/** `2, 7 records missed; 1 heartbeat missed`; `none`. */
export function gapsText({
  gaps,
  missed_records,
  missed_heartbeats,
}: Of<'gaps' | 'missed_records' | 'missed_heartbeats'>): string {
  const parts = [
    gaps === 0 ? 'none' : `${formatCount(gaps)}, ${countText(missed_records, 'record')} missed`,
    ...(missed_heartbeats === 0 ? [] : [`${countText(missed_heartbeats, 'heartbeat')} missed`]),
  ]
  return parts.join('; ')
}

/** `never lost`; `made anew 3 times`. */
export const reconnectsText = ({ reconnects }: Of<'reconnects'>): string =>
  reconnects === 0 ? 'never lost' : `made anew ${countText(reconnects, 'time')}`
