import type { Column } from '../output/cells.js'
import type { Format } from '../output/format.js'
import { countText, formatBytes, formatCount, formatDuration } from '../output/quantities.js'
import { escapeControls } from '../output/terminal.js'
import { writeText } from '../output/textWriter.js'
import type { StreamStatus, StreamTable } from '../streams/streamStatus.js'
import {
  gapsText,
  lastRecordText,
  reconnectsText,
  rejectedText,
  stateText,
  waitingText,
} from '../streams/streamTexts.js'
import type { Context } from './globals.js'
import { isForPeople, shownAge, shownTime } from './shown.js'

/** The columns of a list of streams: for programs all that is known, for people what most need. */
export const streamColumns = (format: Format): readonly Column<StreamStatus>[] => (isForPeople(format) ? SHOWN : ALL)

const ALL: readonly Column<StreamStatus>[] = [
  { name: 'stream' },
  { name: 'source' },
  { name: 'state' },
  { name: 'host' },
  { name: 'pid' },
  { name: 'since', kind: 'time' },
  { name: 'connected_at', kind: 'time' },
  { name: 'last_record_at', kind: 'time' },
  { name: 'lag_ms' },
  { name: 'freshness_ms' },
  { name: 'is_late' },
  { name: 'records' },
  { name: 'records_per_second' },
  { name: 'gaps' },
  { name: 'missed_records' },
  { name: 'missed_heartbeats' },
  { name: 'reconnects' },
  { name: 'active_segments' },
  { name: 'active_bytes' },
  { name: 'waiting_segments' },
  { name: 'waiting_bytes' },
  { name: 'waiting_since', kind: 'time' },
  { name: 'rejected_files' },
  { name: 'rejected_bytes' },
  { name: 'rejected_lines' },
  { name: 'row_count' },
  { name: 'size_bytes' },
  { name: 'committed_at', kind: 'time' },
  { name: 'tables' },
]

/** Whole ones are enough for people. */
const rateOf = ({ records_per_second }: StreamStatus): number => Math.round(records_per_second)

const SHOWN: readonly Column<StreamStatus>[] = [
  { name: 'stream' },
  { name: 'state', value: stateText },
  { name: 'last record', value: lastRecordText },
  { name: 'records_per_second', title: 'per second', kind: 'count', value: rateOf },
  { name: 'records', kind: 'count' },
  { name: 'gaps', kind: 'count' },
  { name: 'missed_records', title: 'missed', kind: 'count' },
  { name: 'waiting', value: waitingText },
  { name: 'active_bytes', title: 'active', kind: 'bytes' },
  { name: 'rejected', value: rejectedText },
  { name: 'row_count', title: 'rows', kind: 'count' },
]

/** Writes all about one stream. */
export async function writeStream(status: StreamStatus, context: Context): Promise<void> {
  const lines = linesOf(status, context.now())
  await writeText(context.stdout, [
    ...lines.map(([name, value]) => `${name.padEnd(14)}${escapeControls(value)}\n`),
    '\n',
  ])
  await context.write(status.tables, TABLES)
}

const TABLES: readonly Column<StreamTable>[] = [
  { name: 'table' },
  { name: 'row_count', title: 'rows', kind: 'count' },
  { name: 'file_count', title: 'files', kind: 'count' },
  { name: 'size_bytes', title: 'size', kind: 'bytes' },
  { name: 'added', value: ({ committed_at }) => committed_at && shownTime(committed_at) },
]

type Line = readonly [name: string, value: string]

function linesOf(status: StreamStatus, now: Date): Line[] {
  const { stream, source, since, host, pid, connected_at, freshness_ms, waiting_since } = status
  const waiting = waitingText(status)
  const rejected = rejectedText(status)
  return [
    ['stream', `${stream}, ${source}`],
    [
      'state',
      since && host ? `${stateText(status)}, process ${pid} on ${host} since ${shownTime(since)}` : status.state,
    ],
    ...optional('connected', connected_at && `since ${shownTime(connected_at)}, ${reconnectsText(status)}`),
    ['last record', `${lastRecordText(status)}; more than ${formatDuration(freshness_ms)} is late`],
    ['records', `${formatCount(status.records)}, ${formatCount(rateOf(status))} a second`],
    ['gaps', gapsText(status)],
    ['active', `${countText(status.active_segments, 'segment')}, ${formatBytes(status.active_bytes)}`],
    ['waiting', waiting && waiting_since ? `${waiting}; the oldest for ${shownAge(waiting_since, now)}` : 'none'],
    ...optional('rejected', rejected && `${rejected} in raw/rejected/${stream}`),
  ]
}

const optional = (name: string, value: string | null): Line[] => (value === null ? [] : [[name, value]])
