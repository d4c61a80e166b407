import { NOTICE_PRIORITIES, type NoticePriority } from '../config/channel.js'
import { formatCount } from '../output/quantities.js'
import { isNews, tell } from './notifyDamping.js'
import type { NotifiableFacts, UrgentGap, Wanted } from './notifyFacts.js'
import { type Notice, plainText } from './notifyMessage.js'
import type { Told, ToldChange } from './notifyState.js'

/** What a channel is to be told of gaps. */
export interface GapNews {
  /** One, or none. */
  readonly notices: readonly Notice[]
  readonly subjects: ToldChange['subjects']
  readonly gap_count: ToldChange['gap_count']
}

/**
 * Compares the gaps that are open with those that a channel was told of, as far as they are urgent enough for it. Where there
 * are more than are known one by one, only their number is told, and that less often.
 */
export function planGapNews(told: Told, facts: NotifiableFacts, { on, minPriority }: Wanted, now: Date): GapNews {
  const nothing = { notices: [], subjects: {}, gap_count: told.gap_count }
  if (!on.includes('gaps')) return { ...nothing, subjects: forgetGaps(told), gap_count: null }
  if (facts.gaps === null) return nothing
  const wanted = NOTICE_PRIORITIES.slice(0, NOTICE_PRIORITIES.indexOf(minPriority) + 1)
  const counts = facts.gaps
  const open = wanted.reduce((sum, priority) => sum + counts[priority], 0)
  const listed = listGaps(facts, wanted)
  const isComplete = listed.size === open
  if (isComplete && told.gap_count === null) return planListed(told, listed, wanted, now)
  return planCounted(told, isComplete ? listed : undefined, open, wanted, now)
}

type ListedGap = Pick<UrgentGap, 'priority'> & Partial<UrgentGap>

/** The gaps that are known one by one, by id. */
function listGaps(facts: NotifiableFacts, wanted: readonly NoticePriority[]): Map<string, ListedGap> {
  const known = (facts.urgent_gaps ?? []).filter(({ priority }) => wanted.includes(priority))
  const gaps = new Map<string, ListedGap>(known.map(gap => [gap.gap_id, gap]))
  for (const id of facts.critical_gap_ids) if (!gaps.has(id)) gaps.set(id, { priority: 'critical' })
  return gaps
}

const GAP = 'gap:'

const levelOf = (priority: NoticePriority): number => NOTICE_PRIORITIES.length - NOTICE_PRIORITIES.indexOf(priority)

function planListed(
  told: Told,
  listed: ReadonlyMap<string, ListedGap>,
  wanted: readonly NoticePriority[],
  now: Date,
): GapNews {
  const begun = [...listed].filter(([id, { priority }]) =>
    isNews(told.subjects[GAP + id], 'gaps', levelOf(priority), now),
  )
  const isOpen = (id: string): boolean => told.subjects[GAP + id]?.ok_at === null
  const raised = begun.filter(([id]) => isOpen(id)).length
  const gone = Object.entries(told.subjects).filter(
    ([key, { kind, ok_at }]) => kind === 'gaps' && ok_at === null && !listed.has(key.slice(GAP.length)),
  )
  // Of another threshold: neither gone nor told.
  const isWanted = (level: number): boolean => wanted.some(priority => levelOf(priority) === level)
  const goneCount = gone.filter(([, { level }]) => isWanted(level)).length
  const subjects = {
    ...Object.fromEntries(
      begun.map(([id, { priority }]) => {
        const known = told.subjects[GAP + id]
        return [GAP + id, tell(known, { kind: 'gaps', level: levelOf(priority), since: now }, now)]
      }),
    ),
    ...Object.fromEntries(gone.map(([key, known]) => [key, isWanted(known.level) ? { ...known, ok_at: now } : null])),
  }
  const changes = [
    ...(begun.length > raised ? [`${formatCount(begun.length - raised)} new`] : []),
    ...(raised > 0 ? [`${formatCount(raised)} more urgent than before`] : []),
    ...(goneCount > 0 ? [`${formatCount(goneCount)} gone`] : []),
  ]
  const severity = listed.size === 0 ? 'ok' : begun.some(isCritical) ? 'error' : 'warning'
  const lines = explainFirst(begun.map(([, gap]) => gap))
  const notices: Notice[] =
    changes.length === 0 ? [] : [{ ...gapNotice(listed.size, changes, wanted), severity, lines }]
  return { notices, subjects, gap_count: null }
}

const isCritical = ([, { priority }]: readonly [string, ListedGap]): boolean => priority === 'critical'

/** How often a number of gaps is told, unless there are none any more. */
const COUNTED_MS = 6 * 3_600_000

/** @param listed where they are known one by one now, and were not before */
function planCounted(
  told: Told,
  listed: ReadonlyMap<string, ListedGap> | undefined,
  open: number,
  wanted: readonly NoticePriority[],
  now: Date,
): GapNews {
  const before = told.gap_count?.count ?? Object.values(told.subjects).filter(isOpenGap).length
  const sinceMs = told.gap_count === null ? Infinity : Math.abs(now.getTime() - told.gap_count.told_at.getTime())
  if (open > 0 && sinceMs < COUNTED_MS) return { notices: [], subjects: {}, gap_count: told.gap_count }
  const known = [...(listed ?? [])].map(([id, { priority }]) => {
    const subject = { kind: 'gaps', level: levelOf(priority), since: now } as const
    return [GAP + id, tell(told.subjects[GAP + id], subject, now)]
  })
  const severity = open === 0 ? 'ok' : open > before && wanted.length === 1 ? 'error' : 'warning'
  const changes = [`${formatCount(before)} before`]
  const notices: Notice[] = open === before ? [] : [{ ...gapNotice(open, changes, wanted), severity }]
  const gap_count = listed
    ? null
    : { count: open, told_at: notices.length > 0 ? now : (told.gap_count?.told_at ?? now) }
  return { notices, subjects: { ...forgetGaps(told), ...Object.fromEntries(known) }, gap_count }
}

const isOpenGap = ({ kind, ok_at }: Told['subjects'][string]): boolean => kind === 'gaps' && ok_at === null

const forgetGaps = ({ subjects }: Told): ToldChange['subjects'] =>
  Object.fromEntries(Object.keys(subjects).flatMap(key => (key.startsWith(GAP) ? [[key, null]] : [])))

/** `4 critical gaps: 2 new, 1 gone`. */
function gapNotice(
  open: number,
  changes: readonly string[],
  wanted: readonly NoticePriority[],
): Omit<Notice, 'severity'> {
  const isAll = wanted.length === NOTICE_PRIORITIES.length
  const which = wanted.length === 1 ? 'critical ' : ''
  const also = isAll || wanted.length === 1 ? '' : ` (${wanted.join(', ')})`
  const count = open === 0 ? 'no' : formatCount(open)
  return {
    ...{ kind: 'gaps', subject: 'gaps', since: null, detail: '', lines: [] },
    title: `${count} ${which}gap${open === 1 ? '' : 's'}${also}: ${changes.join(', ')}`,
    command: wanted.length === 1 ? 'stocktake gaps --priority critical' : 'stocktake gaps',
  }
}

/** The first few new ones are told with their reasons. */
const SHOWN_GAPS = 5

function explainFirst(begun: readonly ListedGap[]): string[] {
  const shown = begun
    .filter(({ reason }) => reason !== undefined)
    .slice(0, SHOWN_GAPS)
    .map(({ priority, dataset = '', reason = '' }) => `${priority}  ${plainText(dataset, 80)}: ${plainText(reason)}`)
  const more = begun.length - shown.length
  return shown.length > 0 && more > 0 ? [...shown, `and ${formatCount(more)} more`] : shown
}
