import { ConflictError, EXIT, StocktakeError, UsageError } from '../errors.js'
import { type AuditEffects, type AuditEntry, type AuditOutcome, recordAudit } from './audit.js'
import type { ObjectStore } from './objectStore.js'

/** A deed and what came of it. */
export type Deed = Pick<AuditEntry, 'action' | 'subject' | 'objects' | 'outcome' | 'detail'>

export interface DeedEffects extends AuditEffects {
  /** The lake's; it goes on to work after a signal, as that doesn't undo what was done. */
  readonly store: ObjectStore
  /** The user of the operating system, or the name of a token. */
  readonly who: string
  readonly host: string
  /** The job that it is done in. */
  readonly jobId?: string
  readonly warn: (message: string) => void
}

/** Puts into the lake's audit what has just been done. Where that fails, it is a warning: the deed is done. */
export async function recordDeed(
  deed: Deed,
  { store, who, host, jobId, warn, ...effects }: DeedEffects,
): Promise<void> {
  try {
    await recordAudit(store, { ...deed, who, host, job_id: jobId ?? null }, effects)
  } catch (error) {
    warn(unrecorded(deed, error))
  }
}

/** That a deed isn't in the audit, and why. */
export const unrecorded = ({ action, subject, outcome }: Deed, error: unknown): string =>
  `not in the audit: ${action} ${subject}, ${outcome}: ${messageOf(error)}`

/** What is recorded of a deed that went well; `done` unless it says otherwise. */
export type DeedDone = Pick<Deed, 'objects'> & Partial<Pick<Deed, 'outcome' | 'detail'>>

/**
 * Does something and records what came of it, a failure too.
 * @param isNothing whether an error says that nothing was begun, which isn't recorded
 */
export async function doRecorded<T>(
  about: Pick<Deed, 'action' | 'subject'>,
  act: () => Promise<T>,
  describe: (result: T) => DeedDone,
  effects: DeedEffects,
  isNothing: (error: unknown) => boolean = isUnbegun,
): Promise<T> {
  let result: T
  try {
    result = await act()
  } catch (error) {
    if (!isNothing(error))
      await recordDeed({ ...about, objects: null, outcome: outcomeOf(error), detail: detailOf(error) }, effects)
    throw error
  }
  await recordDeed({ ...about, outcome: 'done', ...describe(result) }, effects)
  return result
}

/** Whether an error says that it couldn't be understood, or that something else was first: nothing was begun. */
export const isUnbegun = (error: unknown): boolean => error instanceof UsageError || error instanceof ConflictError

/** What an error says about the deed that ended with it. */
export function outcomeOf(error: unknown): AuditOutcome {
  const code = error instanceof StocktakeError ? error.exitCode : EXIT.failed
  if (code === EXIT.refused) return 'refused'
  return code === EXIT.interrupted ? 'interrupted' : 'failed'
}

/** The end of an error, for the detail of a deed. */
export const detailOf = (error: unknown) => ({
  exit_code: error instanceof StocktakeError ? error.exitCode : EXIT.failed,
  error: messageOf(error),
})

const messageOf = (error: unknown): string => {
  const text = error instanceof Error ? error.message || error.name : String(error)
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE - 1)}…` : text
}

const LONGEST_MESSAGE = 500
