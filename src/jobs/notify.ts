import { randomBytes, randomUUID } from 'node:crypto'
import type { Channel } from '../config/channel.js'
import { changeDocument, type DocumentEffects } from '../lake/documents.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { formatDuration } from '../output/quantities.js'
import type { NotifiableFacts } from './notifyFacts.js'
import { MOST_NOTICES } from './notifyMessage.js'
import { planNews } from './notifyPlan.js'
import type { SendMessage } from './notifySend.js'
import {
  applyTold,
  NOTHING_TOLD,
  type NotifyState,
  notifyPlace,
  type Pending,
  type Told,
  type ToldChange,
} from './notifyState.js'

export interface NotifyEffects extends DocumentEffects {
  readonly store: ObjectStore
  readonly send: SendMessage
}

/** What became of a message. */
export interface NotifyEvent {
  readonly channel: string
  /**
   * - `sent`
   * - `failed`: it is tried again
   * - `given up`: it isn't; what is bad then is told anew
   * - `waits`: the time at which it is tried again hasn't come, or another has it
   * - `not known`: the lake couldn't be read or written; where there was a message, it is tried again
   */
  readonly kind: 'sent' | 'failed' | 'given up' | 'waits' | 'not known'
  readonly message_id: string | null
  /** What the channel answered, or an error's message. */
  readonly text: string
  /** When it is tried again; NULL unless it failed or waits. */
  readonly next_at: Date | null
}

/** One that has a message tells what came of it within this time; after that anybody may try again. */
const CLAIM_MS = 5 * 60_000

/** For so long a message is tried: after a minute, two, four and so on, up to an hour. */
export const GIVE_UP_MS = 86_400_000
const FIRST_RETRY_MS = 60_000
const LONGEST_RETRY_MS = 3_600_000

/**
 * Tells each channel what has changed since it was told last, in one message, and sends what couldn't be sent before. The state
 * of a channel is in the lake: of several processes one sends, and a message is sent a second time, under the same id, only
 * where a process died before it could note the first. No channel waits for another, nor keeps it from being told.
 * @returns what became of messages, by channel in their order; nothing where nothing was to be told
 * @throws the signal's reason; whether a message that was under way has arrived isn't known then, and it is sent again
 */
export async function notifyChanges(
  facts: NotifiableFacts,
  channels: readonly Channel[],
  effects: NotifyEffects,
): Promise<NotifyEvent[]> {
  const events = await Promise.all(channels.map(channel => notifyChannel(facts, channel, effects)))
  effects.signal.throwIfAborted()
  return events.flat()
}

/** What became of a message in one line, for a log. */
export function formatNotifyEvent({ channel, kind, text, next_at }: NotifyEvent): string {
  if (kind === 'sent') return `told ${channel}: ${text}`
  if (kind === 'given up') return `${text}; given up after ${formatDuration(GIVE_UP_MS)}`
  return next_at === null ? `${channel} is not told: ${text}` : `${text}; tried again at ${next_at.toISOString()}`
}

/** What waited is sent, and then what is new: two messages at most. */
async function notifyChannel(facts: NotifiableFacts, channel: Channel, effects: NotifyEffects): Promise<NotifyEvent[]> {
  const events: NotifyEvent[] = []
  for (let round = 1; round <= 2; round++) {
    const event = await notifyOnce(facts, channel, effects).catch(error => toFailure(channel, error))
    if (event) events.push(event)
    if (event?.kind !== 'sent') break
  }
  return events
}

const toFailure = ({ name }: Channel, error: unknown): NotifyEvent => ({
  ...{ channel: name, kind: 'not known', message_id: null, next_at: null },
  text: error instanceof Error ? error.message : String(error),
})

async function notifyOnce(
  facts: NotifiableFacts,
  channel: Channel,
  effects: NotifyEffects,
): Promise<NotifyEvent | undefined> {
  const place = notifyPlace(effects.store, channel.name)
  const owner = randomUUID()
  const plan = (state = NOTHING_TOLD) => claimNext(state, facts, channel, owner, effects)
  const { current } = await changeDocument(place, plan, effects)
  const claimed = current?.pending
  if (claimed?.claim?.owner !== owner) return claimed ? toWaiting(channel, claimed) : undefined
  const answer = await trySend(channel, claimed, effects)
  const note = (state = NOTHING_TOLD) => noteAnswer(state, owner, answer, effects)
  const noted = await changeDocument(place, note, effects)
  return toEvent(
    channel.name,
    claimed,
    answer,
    noted.current?.pending?.message.id === claimed.message.id ? noted.current.pending : null,
  )
}

/** The state in which a message is this process's to send, or that needs none; nothing where there is nothing to do. */
function claimNext(
  state: NotifyState,
  facts: NotifiableFacts,
  channel: Channel,
  owner: string,
  { now, store }: NotifyEffects,
): NotifyState | undefined {
  const at = now()
  const claim = { owner, until: new Date(at.getTime() + CLAIM_MS) }
  if (state.pending) return isDue(state.pending, at) ? { ...state, pending: { ...state.pending, claim } } : undefined
  const { notices, told } = planNews(state, facts, channel, at)
  if (notices.length === 0) return isChange(state, told) ? { ...applyTold(state, told, at), pending: null } : undefined
  const message = {
    ...{ id: `msg_${randomBytes(16).toString('hex')}`, kind: 'changes' as const, at: facts.at, lake: store.url },
    notices: notices.slice(0, MOST_NOTICES),
    omitted: Math.max(0, notices.length - MOST_NOTICES),
  }
  const pending = { message, told, created_at: at, attempts: 0, error: null, next_at: at, claim }
  return { ...state, pending }
}

/** Times that are further away than they are ever set were written by a clock that was wrong. */
function isDue({ claim, next_at }: Pending, now: Date): boolean {
  const isAhead = (time: Date, mostMs: number): boolean => {
    const aheadMs = time.getTime() - now.getTime()
    return aheadMs > 0 && aheadMs <= mostMs
  }
  return !(claim && isAhead(claim.until, CLAIM_MS)) && !isAhead(next_at, LONGEST_RETRY_MS)
}

const isChange = (told: Told, { subjects, refused, gap_count }: ToldChange): boolean =>
  Object.keys(subjects).length > 0 || refused.length > 0 || gap_count?.count !== told.gap_count?.count

/** What came of one try. */
type Answer = { readonly isSent: true; readonly text: string } | { readonly isSent: false; readonly text: string }

/** @throws the signal's reason: whether the message has arrived isn't known then, and the claim is left to end */
async function trySend(channel: Channel, { message }: Pending, { send, signal }: NotifyEffects): Promise<Answer> {
  try {
    return { isSent: true, text: await send(channel, message, signal) }
  } catch (error) {
    signal.throwIfAborted()
    return { isSent: false, text: error instanceof Error ? error.message : String(error) }
  }
}

/** Nothing where another has taken the message since. */
function noteAnswer(
  state: NotifyState,
  owner: string,
  { isSent, text }: Answer,
  { now, random }: NotifyEffects,
): NotifyState | undefined {
  const { pending } = state
  if (pending?.claim?.owner !== owner) return undefined
  const at = now()
  if (isSent) return { ...applyTold(state, pending.told, at), pending: null }
  if (at.getTime() - pending.created_at.getTime() >= GIVE_UP_MS) return { ...state, pending: null }
  const waitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(pending.attempts, 20)) * (0.5 + random() / 2)
  const next_at = new Date(at.getTime() + waitMs)
  return { ...state, pending: { ...pending, attempts: pending.attempts + 1, error: text, next_at, claim: null } }
}

const toWaiting = ({ name }: Channel, { message, next_at }: Pending): NotifyEvent => ({
  ...{ channel: name, kind: 'waits', message_id: message.id, text: `a message for ${name} waits`, next_at },
})

/** @param waiting the message, where it still waits */
function toEvent(
  channel: string,
  { message }: Pending,
  { isSent, text }: Answer,
  waiting: Pending | null,
): NotifyEvent {
  const kind = isSent ? 'sent' : waiting ? 'failed' : 'given up'
  return { channel, kind, message_id: message.id, text, next_at: kind === 'failed' ? (waiting?.next_at ?? null) : null }
}
