import type { ReactNode } from 'react'
import type { Problem, ShownSnapshot } from '../../../api/shapes.js'
import { formatDuration, formatShare } from '../../../output/quantities.js'
import { ApiError } from '../client.js'
import { useNow } from '../hooks/useNow.js'
import { exactText, timeText } from './valueText.js'

/** What is on its way; seen only when it takes a while. */
export function Loading({ what }: { what: string }) {
  return (
    <p className="loading" role="status">
      Loading {what} …
    </p>
  )
}

/** What to say, and what to do next, where there is nothing yet. */
export function Empty({ children }: { children: ReactNode }) {
  return <div className="empty">{children}</div>
}

export interface ErrorNoteProps {
  readonly error: unknown
  readonly retry?: (() => void) | undefined
  /** What was being done: `The folders can't be shown`. */
  readonly what?: string
  /** Where to go when there is no such thing: trying again doesn't help then. */
  readonly others?: { readonly href: string; readonly text: string }
}

/** What went wrong, what mends it, and a way to try again. */
export function ErrorNote({ error, retry, what, others }: ErrorNoteProps) {
  const { status, detail, fix } = problemOf(error)
  const isAbsent = status === 404 && others !== undefined
  return (
    <div className="error-note" role="alert">
      <p>
        <b>{what ?? 'That did not work'}:</b> {forPage(detail, fix)}
      </p>
      {fix && !isCommand(fix) && !detail.includes(fix) && <p className="soft">{fix}</p>}
      {isAbsent && <a href={others.href}>{others.text}</a>}
      {retry && !isAbsent && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  )
}

/** What mends it on a terminal is of no use to who has none. */
const isCommand = (fix: string): boolean => /^`?stocktake /.test(fix)

const forPage = (detail: string, fix: string | undefined): string =>
  fix !== undefined && isCommand(fix) ? detail.replace(`; ${fix}`, '') : detail

/** The problem of anything that was thrown. */
export function problemOf(error: unknown): Pick<Problem, 'status' | 'detail' | 'fix'> {
  if (error instanceof ApiError) return error.problem
  return { status: 0, detail: error instanceof Error ? error.message : String(error) }
}

// In the words of the command line; a connector that is imported by hand has no age that is too old.
const FRESHNESS = { fresh: 'fresh', warn: 'stale', error: 'too old', none: '' } as const

/** Which snapshot the numbers are of, how old it is, and whether that is too old. */
export function Freshness({ snapshot }: { snapshot: ShownSnapshot }) {
  const age = useNow() - Date.parse(snapshot.taken_at)
  const { freshness, source, sample_rate } = snapshot
  return (
    <span
      className={`freshness ${freshness}`}
      title={`Snapshot ${snapshot.snapshot}, ${exactText(snapshot.taken_at, 'time')}`}
    >
      <span className="when">
        <time dateTime={snapshot.taken_at}>{timeText(snapshot.taken_at)} UTC</time>
        <span className="age"> · {formatDuration(Math.max(0, age))} old</span>
      </span>{' '}
      {freshness !== 'none' && <span className="state">{FRESHNESS[freshness]}</span>}
      {source === 'api' && <span className="soft"> · listed</span>}
      {isSample(sample_rate) && <span className="warn"> · {formatShare(sample_rate)} sample</span>}
    </span>
  )
}

export interface StaleProps {
  readonly snapshot:
    | (Pick<ShownSnapshot, 'freshness' | 'taken_at'> & Partial<Pick<ShownSnapshot, 'sample_rate'>>)
    | null
  readonly children: ReactNode
}

/** Marks a number where it stands when its snapshot is too old, or a sample; else it is as it is. */
export function Stale({ snapshot, children }: StaleProps) {
  const why = snapshot ? whyMarked(snapshot) : []
  if (why.length === 0) return children
  return (
    <span className={snapshot?.freshness === 'error' ? 'stale too-old' : 'stale'} title={why.join('; ')}>
      {children}
      <span className="unseen"> ({why.join('; ')})</span>
    </span>
  )
}

function whyMarked({ freshness, taken_at, sample_rate = null }: NonNullable<StaleProps['snapshot']>): string[] {
  const isOld = freshness === 'warn' || freshness === 'error'
  return [
    ...(isOld ? [`as of ${timeText(taken_at)} UTC: ${FRESHNESS[freshness]}`] : []),
    ...(isSample(sample_rate) ? [`in a sample of ${formatShare(sample_rate)}`] : []),
  ]
}

/** Whether only a part of the bucket was listed. */
export const isSample = (rate: number | null): rate is number => rate !== null && rate < 1
