import { isDeepStrictEqual } from 'node:util'
import { formatCount } from '../output/quantities.js'
import type { Priority } from './expectations.js'
import { MOST_GAPS, type Task, type TaskLease, type TaskState } from './taskState.js'

// Each step is a decision about one task: the task as it was in, as it is to be out, or `undefined` where nothing changes.
// Documents are changed by them, so that of two who decide at once the later one sees what the other did.

/** What a reconciliation says about the gaps of one task. */
export interface TaskDraft {
  readonly task_id: string
  readonly connector: string
  readonly dataset: string
  readonly values: Readonly<Record<string, string>>
  readonly gap_ids: readonly string[]
  readonly key_prefixes: readonly string[]
  readonly priority: Priority
  readonly command: readonly string[]
  readonly cwd: string | null
  readonly env_names: readonly string[]
  /** Why it can't have a command. */
  readonly refusal: string | null
  /** Of its gaps those that weren't mended for good when they are back: data that only got old again was. */
  readonly lasting_ids: readonly string[]
}

export interface PlanMoment {
  /** When the reconciliation began to look. */
  readonly runAt: Date
  readonly quarantineAfter: number
}

/** A gap that is back after a longer time is a new one, and no return. */
export const RETURN_MS = 7 * 86_400_000

/** What a reconciliation found, against what the task is. Without a draft its gaps are gone. */
export function planTask(
  current: Task | undefined,
  draft: TaskDraft | undefined,
  moment: PlanMoment,
): Task | undefined {
  if (current && (current.state === 'running' || current.state === 'ran' || isDecidedLater(current, moment.runAt)))
    return undefined
  if (draft) return planDraft(current, draft, moment)
  if (!current || current.state === 'done' || current.state === 'closed') return undefined
  // What mended the gaps of one in quarantine may have mended the command.
  const fresh = current.state === 'quarantined' ? NEW_START : {}
  return settled(
    { ...current, ...fresh, planned_at: moment.runAt },
    { state: 'closed', outcome: 'no gap asks for it any more' },
  )
}

/** A runner takes a task that waits. */
export function takeTask(
  current: Task | undefined,
  taken: { readonly command: readonly string[]; readonly lease: TaskLease; readonly now: Date },
): Task | undefined {
  if (current?.state !== 'queued' || current.verify_first) return undefined
  return beginTry(
    { ...current, state: 'running', command: [...taken.command], outcome: null, lease: taken.lease },
    taken,
  )
}

/** The command is about to be started once more. */
export function beginTry(current: Task, { now }: { readonly now: Date }): Task {
  const attempts = current.attempts + 1
  return { ...current, attempts, started_at: now, ended_at: null, exit_code: null, verified_at: null, output: null }
}

/** How all tries of one run ended. */
export interface RunEnd {
  readonly kind: 'ran' | 'failed' | 'stopped'
  /** In words. */
  readonly outcome: string
  readonly exitCode: number | null
  readonly output: string | null
  readonly endedAt: Date
}

/** The command has ended, and nobody has looked yet. */
export function endTask(current: Task, end: RunEnd, quarantineAfter: number): Task {
  const ended = { ...current, ended_at: end.endedAt, exit_code: end.exitCode, output: end.output }
  if (end.kind === 'failed') return countTry(ended, 'failed', end.outcome, quarantineAfter)
  return settled(
    { ...ended, verify_first: end.kind === 'stopped' },
    { state: end.kind === 'ran' ? 'ran' : 'queued', outcome: end.outcome },
  )
}

/** Whether nobody knows what came of the command: it has no recorded end, was stopped, or wasn't verified yet. */
export const isDoubtful = ({ state, verify_first }: Task): boolean =>
  state === 'running' || state === 'ran' || (state === 'queued' && verify_first)

/** What a look at the bucket showed. */
export interface Verification {
  /** The task as it was before the look; of one that has changed since, the look says nothing. */
  readonly seen: Task
  /** Gaps that are there, of this task and of others. */
  readonly openGaps: ReadonlySet<string>
  readonly verifiedAt: Date
}

/** Its gaps are gone, all or some, or they aren't. */
export function settleTask(
  current: Task,
  { seen, openGaps, verifiedAt }: Verification,
  quarantineAfter: number,
): Task | undefined {
  if (!isDeepStrictEqual(current, seen)) return undefined
  const left = current.gap_ids.filter(id => openGaps.has(id))
  const gone = current.gap_ids.filter(id => !openGaps.has(id))
  const looked = { ...current, verified_at: verifiedAt, verify_first: false }
  const hasFailed = current.state === 'failed' || current.state === 'quarantined'
  if (left.length === 0 || gone.length > 0) {
    const tries = Math.max(0, current.tries - Number(hasFailed)) // it helped, whatever its exit code says
    const verified = { ...looked, tries, mended: addMended(current.mended, gone, verifiedAt) }
    if (left.length === 0) return settled(verified, { state: 'done', outcome: doneWords(current) })
    const outcome = `${formatCount(gone.length)} of ${formatCount(current.gap_ids.length)} gaps are gone`
    return settled({ ...verified, gap_ids: left }, { state: 'queued', outcome })
  }
  if (hasFailed) return looked
  if (current.state === 'ran') return countTry(looked, 'without_effect', 'its gaps are still there', quarantineAfter)
  // A command may be what took its runner down: that it is tried again must come to an end, too.
  if (current.state === 'running')
    return countTry(looked, 'queued', 'nothing was heard of its run, and its gaps are still there', quarantineAfter)
  return settled(looked, { state: 'queued', outcome: 'it was stopped, and its gaps are still there' })
}

/** The newest of what was mended lately. */
function addMended(mended: Task['mended'], ids: readonly string[], at: Date): Task['mended'] {
  const before = Object.entries(omit(mended, ids)).filter(([, time]) => isRecent(time, at))
  return Object.fromEntries([...before, ...ids.map(id => [id, at] as const)].slice(-MOST_GAPS))
}

/** A person sends a task on: whatever it went through is forgotten. Not one that a runner has, or whose gaps are gone. */
export function restartTask(current: Task | undefined, now: Date): Task | undefined {
  if (!current || !RESTARTED.has(current.state)) return undefined
  return settled({ ...current, ...NEW_START, planned_at: now }, { state: 'queued', outcome: 'sent on by hand' })
}

const RESTARTED: ReadonlySet<TaskState> = new Set(['queued', 'failed', 'without_effect', 'quarantined'])

/** No two reconciliations overlap for longer; what is later than that was written by a clock that was wrong. */
const OVERLAP_MS = 86_400_000

/** Whether a later look has decided already: a reconciliation that began later, or the verification of its command. */
function isDecidedLater({ planned_at, verified_at }: Task, runAt: Date): boolean {
  const latestMs = Math.max(planned_at.getTime(), verified_at?.getTime() ?? 0)
  const aheadMs = latestMs - runAt.getTime()
  return aheadMs > 0 && aheadMs < OVERLAP_MS
}

function planDraft(current: Task | undefined, draft: TaskDraft, moment: PlanMoment): Task | undefined {
  const { refusal, lasting_ids, ...facts } = draft
  const found = { ...facts, ...copyLists(facts) }
  if (!current) return { ...NEW, ...found, ...firstState(refusal), created_at: moment.runAt, planned_at: moment.runAt }
  const back = listReturns(current, lasting_ids, moment.runAt)
  const returns = back.length > 0
  const tries =
    current.state === 'done' && !returns && isLongAgo(current, moment.runAt) ? 0 : current.tries + Number(returns)
  const mended = omit(current.mended, back) // each return counts once
  const planned = { ...current, ...found, tries, mended, ...nextState({ ...current, tries }, refusal, returns, moment) }
  return JSON.stringify(planned) === JSON.stringify(current) ? undefined : { ...planned, planned_at: moment.runAt }
}

const copyLists = ({ gap_ids, key_prefixes, command, env_names }: Omit<TaskDraft, 'refusal' | 'lasting_ids'>) => ({
  gap_ids: [...gap_ids],
  key_prefixes: [...key_prefixes],
  command: [...command],
  env_names: [...env_names],
})

/** Nothing that its gaps and its command went through counts any more. */
const NEW_START = { tries: 0, mended: {} } as const

const NEW = {
  ...NEW_START,
  attempts: 0,
  verify_first: false,
  started_at: null,
  ended_at: null,
  exit_code: null,
  verified_at: null,
  output: null,
} as const

type Standing = Pick<Task, 'state' | 'outcome'>

const firstState = (refusal: string | null): Standing =>
  refusal === null ? { state: 'queued', outcome: null } : { state: 'refused', outcome: refusal }

function nextState(current: Task, refusal: string | null, returns: boolean, moment: PlanMoment): Standing {
  const { state, tries, outcome } = current
  if (refusal !== null) return { state: 'refused', outcome: refusal }
  if (state === 'quarantined') return { state, outcome }
  if (tries >= moment.quarantineAfter)
    return { state: 'quarantined', outcome: quarantineWords(returns ? 'its gaps came back' : outcome, tries) }
  if (state === 'queued') return { state, outcome }
  if (state === 'failed' || state === 'without_effect') return { state: 'queued', outcome }
  return { state: 'queued', outcome: returns ? 'its gaps came back' : null }
}

const isLongAgo = ({ verified_at }: Task, runAt: Date): boolean => verified_at === null || !isRecent(verified_at, runAt)

const isRecent = (time: Date, now: Date): boolean => now.getTime() - time.getTime() <= RETURN_MS

/** Gaps that are back soon after they were mended; of a task in quarantine nobody counts them any more. */
function listReturns({ state, mended }: Task, ids: readonly string[], runAt: Date): string[] {
  const recent = new Map(Object.entries(mended).filter(([, time]) => isRecent(time, runAt)))
  return state === 'quarantined' ? [] : ids.filter(id => recent.has(id))
}

function omit(mended: Task['mended'], ids: readonly string[]): Task['mended'] {
  const omitted = new Set(ids)
  return Object.fromEntries(Object.entries(mended).filter(([id]) => !omitted.has(id)))
}

/** One more try that didn't help; too many are enough. */
function countTry(
  task: Task,
  state: 'queued' | 'failed' | 'without_effect',
  outcome: string,
  quarantineAfter: number,
): Task {
  const tries = task.tries + 1
  if (tries < quarantineAfter) return settled({ ...task, tries }, { state, outcome })
  return settled({ ...task, tries }, { state: 'quarantined', outcome: quarantineWords(outcome, tries) })
}

const quarantineWords = (outcome: string | null, tries: number): string =>
  `${outcome ?? 'its gaps are still there'}; ${tries === 1 ? 'one try' : `${formatCount(tries)} tries`} didn't help`

const doneWords = ({ state, outcome }: Task): string =>
  state === 'ran' || outcome === null ? 'its gaps are gone' : `its gaps are gone; before: ${outcome}`

/** The task in a state, in nobody's hands. */
function settled({ lease: _, ...task }: Task, standing: Standing): Task {
  return { ...task, ...standing }
}
