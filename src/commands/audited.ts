import { hostname } from 'node:os'
import { getLakePlace } from '../config/config.js'
import type { StocktakeError } from '../errors.js'
import { MaintainBusyError } from '../jobs/maintainTurn.js'
import {
  type Deed,
  type DeedDone,
  type DeedEffects,
  detailOf,
  isUnbegun,
  outcomeOf,
  recordDeed as record,
  unrecorded,
} from '../lake/deeds.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { S3AccessDeniedError } from '../lake/s3Errors.js'
import type { Receipt } from '../snapshot/receipts.js'
import type { Context } from './globals.js'
import { openPlace } from './lakeSession.js'
import { userName } from './snapshotSession.js'

/** What recording a deed needs of a command's context. */
export type AuditContext = Pick<Context, 'config' | 'now' | 'signal' | 'log' | 'job'>

/** What recording takes in a lake that is open: its store goes on to work after a signal. */
export const deedEffects = (
  store: ObjectStore,
  { now, log, job }: Omit<AuditContext, 'config' | 'signal'>,
): DeedEffects => ({
  ...{ store, now, random: Math.random, who: userName(), host: hostname() },
  ...(job && { jobId: job.id }),
  warn: message => log.warn(message),
})

/**
 * Puts into the lake's audit what has just been done. Where that fails, it is a warning: the deed is done. Where there is no
 * lake, nothing was done to one.
 */
export async function recordDeed(deed: Deed, context: AuditContext): Promise<void> {
  const { config, log } = context
  try {
    // A raised signal doesn't undo what was done: the record is written all the same.
    const store = await openPlace(getLakePlace(config), { config, signal: new AbortController().signal })
    if (await store.find('lake.json')) await record(deed, deedEffects(store, context))
  } catch (error) {
    log.warn(unrecorded(deed, error))
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
  describe?: (result: T) => DeedDone,
): Promise<T> {
  let result: T
  try {
    result = await act()
  } catch (error) {
    if (isUnbegun(error) || error instanceof MaintainBusyError) throw error
    // What a signal stops may fail in any way.
    const outcome = context.signal.aborted ? 'interrupted' : outcomeOf(error)
    await recordDeed({ ...about, objects: null, outcome, detail: detailOf(error) }, afterFailure(error, context))
    throw error
  }
  if (describe) await recordDeed({ ...about, outcome: 'done', ...describe(result) }, context)
  return result
}

/** Who may not write what was to be done may not write the audit either: the error says it, and once will do. */
const afterFailure = (error: unknown, context: AuditContext): AuditContext =>
  error instanceof S3AccessDeniedError ? { ...context, log: { ...context.log, warn: context.log.detail } } : context

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
