import { createHash } from 'node:crypto'
import { isNews, tell } from './notifyDamping.js'
import type { NotifiableFacts, Wanted } from './notifyFacts.js'
import { planGapNews } from './notifyGaps.js'
import type { Notice } from './notifyMessage.js'
import type { Told, ToldChange } from './notifyState.js'
import { failingNotice, overdueNotice, REFUSED, recoveredNotice, staleNotice } from './notifyTexts.js'

/** What a channel is to be told now. */
export interface News {
  /** The worst first. */
  readonly notices: readonly Notice[]
  /** What it has been told once it has them. */
  readonly told: ToldChange
}

/**
 * Compares what is with what a channel was told. Trouble is told when it begins or gets worse, and its end when it is over. Of
 * what goes back and forth the end is always told, and the next beginning only after a while, if it is there still.
 * @param now by the clock of messages; `facts.at` is when things were so
 */
export function planNews(told: Told, facts: NotifiableFacts, wanted: Wanted, now: Date): News {
  const troubles = listTroubles(facts)
  const begun = planTroubles(
    troubles.filter(({ kind }) => wanted.on.includes(kind)),
    told,
    now,
  )
  const ended = planRecoveries(new Set(troubles.map(({ key }) => key)), told, facts, wanted, now)
  const gaps = planGapNews(told, facts, wanted, now)
  const notices = [...begun.notices, ...gaps.notices, ...ended.notices]
  return {
    notices: notices.toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)),
    told: {
      subjects: { ...begun.subjects, ...ended.subjects, ...gaps.subjects },
      refused: begun.refused,
      gap_count: gaps.gap_count,
    },
  }
}

const SEVERITIES: readonly Notice['severity'][] = ['error', 'warning', 'ok']

/** Something that is bad now. */
interface Trouble {
  readonly key: string
  readonly kind: 'stale' | 'failing' | 'refused' | 'overdue'
  readonly level: number
  readonly since: Date
  /** Of a refused report: the same for the same one. */
  readonly report?: string
  readonly notice: Notice
}

function listTroubles(facts: NotifiableFacts): Trouble[] {
  const { at } = facts
  const stale = facts.connectors
    .filter(({ state }) => state === 'warn' || state === 'error')
    .map((news): Trouble => {
      const key = `stale:${news.connector}`
      const { taken_at, warn_after_ms } = news
      const since = taken_at && warn_after_ms ? new Date(taken_at.getTime() + warn_after_ms) : at
      const level = news.state === 'error' ? 2 : 1
      return { key, kind: 'stale', level, since, notice: staleNotice(key, news, since, at) }
    })
  const failing = facts.failing.map((news): Trouble => {
    const isBucket = news.type === 'reconcile' && news.connector !== null
    const key = isBucket ? `failing:${news.chain}:${news.connector}` : `failing:${news.chain}`
    const made = { key, level: 1, since: news.since, notice: failingNotice(key, news, at) }
    if (news.exit_code !== REFUSED) return { ...made, kind: 'failing' }
    return { ...made, kind: 'refused', report: hashOf(news.message) }
  })
  const overdue = (facts.overdue ?? []).map(({ chain, due }): Trouble => {
    const key = `overdue:${chain}`
    return { key, kind: 'overdue', level: 1, since: due, notice: overdueNotice(key, chain, due, facts) }
  })
  return [...failing, ...overdue, ...stale]
}

/** Of the first line, which names the file; those after it tell ages. */
const hashOf = (message: string): string =>
  createHash('sha256')
    .update(message.split('\n')[0] ?? '')
    .digest('hex')
    .slice(0, 32)

interface Planned {
  readonly notices: readonly Notice[]
  readonly subjects: ToldChange['subjects']
}

function planTroubles(troubles: readonly Trouble[], told: Told, now: Date): Planned & { refused: string[] } {
  const notices: Notice[] = []
  const subjects: ToldChange['subjects'] = {}
  const refused: string[] = []
  for (const { key, kind, level, since, report, notice } of troubles) {
    const known = told.subjects[key]
    const isKnownReport = report !== undefined && (told.refused.includes(report) || refused.includes(report))
    if (isKnownReport || (report === undefined && !isNews(known, kind, level, now))) continue
    notices.push(notice)
    subjects[key] = tell(known, { kind, level, since }, now)
    if (report !== undefined) refused.push(report)
  }
  return { notices, subjects, refused }
}

/**
 * The ends of what a channel was told.
 * @param bad the keys of all that is bad, also of what the channel doesn't want to be told
 */
function planRecoveries(
  bad: ReadonlySet<string>,
  { subjects }: Told,
  facts: NotifiableFacts,
  { on }: Wanted,
  now: Date,
): Planned {
  const isKnown = (kind: Notice['kind']): boolean => kind !== 'overdue' || facts.overdue !== undefined
  const over = Object.entries(subjects).filter(
    ([key, { kind, ok_at }]) => ok_at === null && !bad.has(key) && kind !== 'gaps' && isKnown(kind),
  )
  const notices = over.flatMap(([subject, { kind, since }]) =>
    kind === 'gaps' || kind === 'recovered' || !on.includes(kind) || !on.includes('recovered')
      ? []
      : [recoveredNotice({ subject, kind, since }, facts)],
  )
  const ended = over.map(([key, known]) => [key, { ...known, ok_at: now }])
  return { notices, subjects: Object.fromEntries(ended) }
}
