import { z } from 'zod'
import { NOTICE_KINDS, type NoticeKind } from '../config/channel.js'
import { escapeControls } from '../output/terminal.js'

const time = z.iso.datetime().transform(text => new Date(text))

/** One thing that has changed. Its texts are of one line each, without control characters; they may hold anything else. */
const notice = z.object({
  kind: z.enum(NOTICE_KINDS),
  /** What it is about, the same for trouble and its end: `stale:photos`, `failing:reconcile`, `gaps`. */
  subject: z.string(),
  severity: z.enum(['error', 'warning', 'ok']),
  /** What: `photos is stale`. */
  title: z.string(),
  /** How bad, and why. */
  detail: z.string(),
  /** The first few of several. */
  lines: z.array(z.string()),
  since: time.nullable(),
  /** What to type to look further. */
  command: z.string().nullable(),
})
export type Notice = z.output<typeof notice>

/** What a channel is sent, in one go. */
export const messageSchema = z.object({
  /** `msg_…`: the same for each try to send it, so that receivers can tell that they have it. */
  id: z.string().min(1),
  /** A test is nothing that happened. */
  kind: z.enum(['changes', 'test']),
  /** When that was so. */
  at: time,
  /** Where the lake is. */
  lake: z.string(),
  /** The worst first. */
  notices: z.array(notice),
  /** How many more there are. */
  omitted: z.int().nonnegative(),
})
export type Message = z.output<typeof messageSchema>

/** The most notices that a message has. */
export const MOST_NOTICES = 200

/** Text from data or an error as a part of one line: no control characters, and not long. */
export function plainText(text: string, mostCharacters = 300): string {
  const line = escapeControls(text.replace(/\s+/gu, ' ').trim())
  if (line.length <= mostCharacters) return line
  return `${[...line].slice(0, mostCharacters - 1).join('')}…`
}

/** A time for people: `2026-01-20 01:00 UTC`. */
export const messageTime = (time: Date): string => `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** The message in one line: `photos is stale`, `1 failing, 2 stale, 1 recovered`. */
export function summarize({ kind, notices, omitted }: Message): string {
  const [only] = notices
  if (kind === 'test') return 'a test: this channel works, nothing has happened'
  if (notices.length === 1 && only && omitted === 0) return only.title
  const counts = ORDER.flatMap(([kind, word]) => {
    const count = notices.filter(notice => notice.kind === kind).length
    return count === 0 ? [] : [`${count} ${word}`]
  })
  const gaps = notices.find(({ kind }) => kind === 'gaps')
  const more = omitted === 0 ? [] : [`${omitted} more`]
  return [...counts, ...(gaps ? [gaps.title] : []), ...more].join(', ')
}

const ORDER: readonly (readonly [NoticeKind, string])[] = [
  ['failing', 'failing'],
  ['refused', 'refused'],
  ['stale', 'stale'],
  ['overdue', 'overdue'],
  ['recovered', 'recovered'],
]

/** Of what a channel has no room for: how many, and how to see them. */
export const omittedText = ({ notices, omitted }: Message, shown: number): string | undefined => {
  const more = notices.length - Math.min(notices.length, shown) + omitted
  return more === 0
    ? undefined
    : `and ${more} more; stocktake jobs list, stocktake snapshots and stocktake gaps show all`
}

/** Where and when: the last line of a message. */
export const footText = ({ lake, at }: Message): string =>
  `Stocktake, lake ${plainText(lake.replace(/^file:\/\//, ''))}, ${messageTime(at)}`

/** The message as lines of plain text, but for its summary. */
export function messageLines(message: Message, most: number): string[] {
  const shown = message.notices.slice(0, most)
  const lines = shown.flatMap(({ severity, title, detail, lines, command }) => [
    `${severity.padEnd(8)} ${title}`,
    ...[detail, ...lines].filter(line => line !== '').map(line => `         ${line}`),
    ...(command === null ? [] : [`         ${command}`]),
    '',
  ])
  const more = omittedText(message, most)
  return [...lines, ...(more === undefined ? [] : [more, '']), footText(message)]
}
