import { hostname } from 'node:os'
import { getLakePlace } from '../config/config.js'
import { EXIT, StocktakeError, UsageError } from '../errors.js'
import { MaintainBusyError } from '../jobs/maintainTurn.js'
import { type AuditEntry, type AuditOutcome, recordAudit } from '../lake/audit.js'
import type { Receipt } from '../snapshot/receipts.js'
import type { Context } from './globals.js'
import { openPlace } from './lakeSession.js'
import { userName } from './snapshotSession.js'

/** What recording a deed needs of a command's context. */
export type AuditContext = Pick<Context, 'config' | 'now' | 'signal' | 'log' | 'job'>

/** A deed and what came of it. */
export type Deed = Pick<AuditEntry, 'action' | 'subject' | 'objects' | 'outcome' | 'detail'>

/**
 * Puts into the lake's audit what has just been done. Where that fails, it is a warning: the deed is done. Where there is no
 * lake, nothing was done to one.
 */
export async function recordDeed(deed: Deed, context: AuditContext): Promise<void> {
  const { config, now, log, job } = context
  try {
    // A raised signal doesn't undo what was done: the record is written all the same.
    const store = await openPlace(getLakePlace(config), { config, signal: new AbortController().signal })
    if (!(await store.find('lake.json'))) return
    const entry = { ...deed, who: userName(), host: hostname(), job_id: job?.id ?? null }
    await recordAudit(store, entry, { now, random: Math.random })
  } catch (error) {
    log.warn(`not in the audit: ${deed.action} ${deed.subject}, ${deed.outcome}: ${messageOf(error)}`)
  }
}

/**
 * Does something and records what came of it, a failure too; not that it couldn't be understood.
 * @param describe what is recorded of what went well; nothing where `act` has recorded it itself
 */
export async function audited<T>(
  about: Pick<Deed, 'action' | 'subject'>,
  context: AuditContext,
  act: () => Promise<T>,
  describe?: (result: T) => Pick<Deed, 'objects'> & Partial<Pick<Deed, 'outcome' | 'detail'>>,
): Promise<T> {
  let result: T
  try {
    result = await act()
  } catch (error) {
    if (error instanceof UsageError || error instanceof MaintainBusyError) throw error // nothing was begun
    // What a signal stops may fail in any way.
    const outcome = context.signal.aborted ? 'interrupted' : outcomeOf(error)
    await recordDeed({ ...about, objects: null, outcome, detail: detailOf(error) }, context)
    throw error
  }
  if (describe) await recordDeed({ ...about, outcome: 'done', ...describe(result) }, context)
  return result
}

/** Records a snapshot that was made; or that was there already. */
export const recordSnapshot = (
  action: 'import' | 'scan',
  receipt: Receipt,
  outcome: 'done' | 'unchanged',
  context: AuditContext,
): Promise<void> =>
  recordDeed(
    { action, subject: receipt.connector, objects: Number(receipt.object_count), outcome, detail: namesOf(receipt) },
    context,
  )

/** Records a report that can't be trusted, where others are imported all the same. */
export const recordRefusal = (
  connector: string,
  { snapshot, error }: { readonly snapshot: string; readonly error: StocktakeError },
  context: AuditContext,
): Promise<void> =>
  recordDeed(
    {
      action: 'import',
      subject: connector,
      objects: null,
      outcome: 'refused',
      detail: { report: snapshot, ...detailOf(error) },
    },
    context,
  )

const namesOf = ({ snapshot, import_id, scope, sample_rate }: Receipt) => ({
  ...{ snapshot, import_id },
  ...(scope !== '' && { scope }),
  ...(sample_rate !== null && { sample_rate }),
})

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
