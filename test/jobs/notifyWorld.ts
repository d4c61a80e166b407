import type { Channel, WebhookChannel } from '../../src/config/channel.js'
import { NOTICE_KINDS } from '../../src/config/channel.js'
import { type NotifyEffects, type NotifyEvent, notifyChanges } from '../../src/jobs/notify.js'
import type { NotifiableFacts } from '../../src/jobs/notifyFacts.js'
import type { Message } from '../../src/jobs/notifyMessage.js'
import type { SendMessage } from '../../src/jobs/notifySend.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'

export const START = new Date('2026-01-20T09:00:00Z')

/** A lake in which all is well. */
export const WELL: NotifiableFacts = {
  at: START,
  connectors: [connectorIs('photos', 'fresh')],
  gaps: { critical: 0, high: 0, medium: 0, low: 0 },
  critical_gap_ids: [],
  last_run: new Date('2026-01-20T08:00:00Z'),
  chains: [
    { chain: 'import-con_1', type: 'import', connector: 'photos', is_enabled: true },
    { chain: 'reconcile', type: 'reconcile', connector: null, is_enabled: true },
  ],
  failing: [],
}

export function connectorIs(connector: string, state: NotifiableFacts['connectors'][number]['state']) {
  return {
    connector,
    state,
    snapshot: '2026-01-18T01-00Z',
    taken_at: new Date('2026-01-18T01:00:00Z'),
    warn_after_ms: 36 * 3_600_000,
  }
}

export const importFails = (more: Partial<NotifiableFacts['failing'][number]> = {}) => ({
  ...{ chain: 'import-con_1', type: 'import', connector: 'photos', failures: 1, exit_code: 1 },
  ...{ since: new Date('2026-01-20T07:00:00Z'), message: 's3://inventory: access denied', ...more },
})

/** Facts with these critical gaps, all known one by one. */
export const withGaps = (ids: readonly string[], facts = WELL): NotifiableFacts => ({
  ...facts,
  gaps: { critical: ids.length, high: 0, medium: 0, low: 0 },
  critical_gap_ids: [...ids],
})

export const channelOf = (more: Partial<WebhookChannel> = {}): Channel => ({
  ...{ name: 'pager', type: 'webhook', url: { kind: 'plain', url: 'https://hooks.example.com/a' } },
  ...{ on: NOTICE_KINDS, minPriority: 'critical', ...more },
})

/** A lake whose clock is moved by hand, and channels that take what they are sent unless they are told not to. */
export interface NotifyWorld {
  readonly store: MemoryStore
  /** What was tried, whether it was taken or not. */
  readonly tried: { channel: string; message: Message }[]
  /** Channels that take nothing now. */
  readonly down: Set<string>
  readonly effects: NotifyEffects
  now: Date
  pass(ms: number): void
  /** One round, and the titles of what was taken by channels in it. */
  round(facts: Partial<NotifiableFacts>, channels?: readonly Channel[]): Promise<string[]>
  /** One round, and its events. */
  events(facts: Partial<NotifiableFacts>, channels?: readonly Channel[]): Promise<NotifyEvent[]>
}

export function openNotifyWorld(store = new MemoryStore()): NotifyWorld {
  const tried: NotifyWorld['tried'] = []
  const taken: Message[] = []
  const down = new Set<string>()
  const send: SendMessage = async (channel, message) => {
    tried.push({ channel: channel.name, message })
    if (down.has(channel.name)) throw new Error(`${channel.name}: nobody is there`)
    taken.push(message)
    return 'answered 204'
  }
  const world: NotifyWorld = {
    store,
    tried,
    down,
    now: START,
    effects: {
      store,
      send,
      now: () => world.now,
      random: () => 0.999,
      sleep: async () => {},
      signal: new AbortController().signal,
    },
    pass(ms) {
      world.now = new Date(world.now.getTime() + ms)
    },
    async events(facts, channels = [channelOf()]) {
      return notifyChanges({ ...WELL, at: world.now, ...facts }, channels, world.effects)
    },
    async round(facts, channels) {
      const before = taken.length
      await world.events(facts, channels)
      return taken.slice(before).flatMap(({ notices }) => notices.map(({ title }) => title))
    },
  }
  return world
}

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
