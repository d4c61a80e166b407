import { z } from 'zod'
import { NOTICE_KINDS } from '../config/channel.js'
import type { DocumentPlace } from '../lake/documents.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { messageSchema } from './notifyMessage.js'

const time = z.iso.datetime().transform(text => new Date(text))

/** What a channel was told last of one subject. */
const subject = z.object({
  kind: z.enum(NOTICE_KINDS),
  /** How bad, higher is worse. */
  level: z.int(),
  /** Since when it was bad. */
  since: time,
  /** When the channel was last told that it is bad, and how often without a calm day between. */
  told_at: time,
  times: z.int().positive(),
  /** When it was seen to be well again; NULL while it is bad. */
  ok_at: time.nullable(),
})
export type ToldSubject = z.output<typeof subject>

/** How many gaps are open, where they are too many to be known one by one. */
const gapCount = z.object({ count: z.int().nonnegative(), told_at: time })

const pending = z.object({
  message: messageSchema,
  /** What the channel has been told when it has the message: subjects, and NULL for those to forget. */
  told: z.object({
    subjects: z.record(z.string(), subject.nullable()),
    refused: z.array(z.string()),
    gap_count: gapCount.nullable(),
  }),
  created_at: time,
  /** How often it was tried, and what came of the last try. */
  attempts: z.int().nonnegative(),
  error: z.string().nullable(),
  next_at: time,
  /** Who tries it now. */
  claim: z.object({ owner: z.string().min(1), until: time }).nullable(),
})
export type Pending = z.output<typeof pending>

/** The document of a channel: what it was told, and what it is to be told. */
export const notifySchema = z.object({
  /** By subject: `stale:photos`, `failing:reconcile`, `gap:gap_…`. Those that are well are kept for a day. */
  subjects: z.record(z.string(), subject),
  /** Refused reports that were told, the newest last. */
  refused: z.array(z.string()),
  /** NULL where gaps are known one by one, as subjects. */
  gap_count: gapCount.nullable(),
  /** The one message that waits to be sent; until it is, or is given up, no other is made. */
  pending: pending.nullable(),
})
export type NotifyState = z.output<typeof notifySchema>

/** What a channel was told. */
export type Told = Omit<NotifyState, 'pending'>

/** What changes in that with a message. */
export type ToldChange = Pending['told']

/** Of a channel that was never told anything. */
export const NOTHING_TOLD: NotifyState = { subjects: {}, refused: [], gap_count: null, pending: null }

/** Where the document of a channel lies in a lake. */
export const notifyPlace = (store: ObjectStore, channel: string): DocumentPlace<NotifyState> => ({
  store,
  folder: `state/notify/${channel}`,
  schema: notifySchema,
})

/** Refused reports that are remembered. */
const MOST_REFUSED = 100

/** Subjects that are well again are remembered for a day, and no more of them. */
export const CALM_MS = 86_400_000
const MOST_CALM = 500

/** What holds once the channel has been told; what is long over is forgotten. */
export function applyTold(told: Told, { subjects, refused, gap_count }: ToldChange, now: Date): Told {
  const all = Object.entries({ ...told.subjects, ...subjects }).filter(
    (entry): entry is [string, ToldSubject] => entry[1] !== null,
  )
  const calm = all
    .filter(([, { ok_at }]) => ok_at !== null && Math.abs(now.getTime() - ok_at.getTime()) <= CALM_MS)
    .toSorted(([, a], [, b]) => Number(b.ok_at) - Number(a.ok_at))
    .slice(0, MOST_CALM)
  const kept = new Set(calm.map(([key]) => key))
  return {
    subjects: Object.fromEntries(all.filter(([key, { ok_at }]) => ok_at === null || kept.has(key))),
    refused: [...told.refused, ...refused].slice(-MOST_REFUSED),
    gap_count,
  }
}
