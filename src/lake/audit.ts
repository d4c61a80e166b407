import type { z } from 'zod'
import { StocktakeError } from '../errors.js'
import type { ObjectStore } from './objectStore.js'

// Who did what in a lake, for good: one object for each deed, `state/audit/<date>/<audit_id>.json`, created if absent and
// never changed. Its one line of JSON is what the view `audit` reads.

/** What became of a deed. `unchanged`: there was nothing to do; `refused`: a report that can't be trusted. */
export const AUDIT_OUTCOMES = ['done', 'unchanged', 'failed', 'refused', 'cancelled', 'interrupted'] as const
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number]

type Json = z.output<ReturnType<typeof z.json>>

/** A deed, as whoever did it tells it. */
export interface AuditEntry {
  /** The user of the operating system, or the name of a token. */
  readonly who: string
  /** The machine it was done on. */
  readonly host?: string
  /** `import`, `connector set`, … */
  readonly action: string
  /** What it was done to: the name of a connector, a task's or a job's id. */
  readonly subject: string
  /** How many objects, gaps or files it was about; NULL where nothing is counted. */
  readonly objects: number | null
  readonly outcome: AuditOutcome
  /** The job that it was done in. */
  readonly job_id?: string | null
  /** More of it, never a secret: the snapshot, the exit code. */
  readonly detail?: Readonly<Record<string, Json>>
}

export interface AuditEffects {
  readonly now: () => Date
  /** From 0 up to 1, as Math.random. */
  readonly random: () => number
}

/** The columns of the view `audit`, which are the fields of a record. */
export const AUDIT_COLUMNS = [
  { name: 'audit_id', type: 'string', doc: 'aud_ and 32 hex digits that begin with the time' },
  { name: 'happened_at', type: 'timestamp', doc: 'when it had been done, UTC' },
  { name: 'who', type: 'string', doc: 'user of the machine, or name of a token' },
  { name: 'host', type: 'string', doc: 'machine; NULL where it is not known' },
  { name: 'action', type: 'string', doc: 'what was done: import, connector set, task run' },
  { name: 'subject', type: 'string', doc: 'what it was done to: a connector, a task, a job' },
  { name: 'objects', type: 'long', doc: 'objects, gaps or files concerned; NULL where nothing is counted' },
  { name: 'outcome', type: 'string', doc: 'done, unchanged, failed, refused, cancelled or interrupted' },
  { name: 'job_id', type: 'string', doc: 'job that it was done in; NULL for a command' },
  { name: 'detail', type: 'string', doc: 'more of it, JSON' },
] as const

/** Where the records are. */
export const AUDIT_FOLDER = 'state/audit'

/** The record couldn't be written. What it is about has been done. */
export class AuditError extends StocktakeError {}

/**
 * Records a deed that is done, whatever became of it.
 * @throws what the store throws: the deed is done all the same
 */
export async function recordAudit(store: ObjectStore, entry: AuditEntry, effects: AuditEffects): Promise<void> {
  const happenedAt = effects.now()
  for (let attempt = 1; attempt <= ID_ATTEMPTS; attempt++) {
    const id = makeAuditId(happenedAt, effects.random)
    const key = `${AUDIT_FOLDER}/${happenedAt.toISOString().slice(0, 10)}/${id}.json`
    const bytes = formatRecord(id, happenedAt, entry)
    if (await store.putIfAbsent(key, bytes)) return
    if (Buffer.compare(await store.read(key), bytes) === 0) return // its own, of a try whose answer was lost
  }
  throw new AuditError({ subject: `${store.url}/${AUDIT_FOLDER}`, expected: 'a new id', got: 'one that is there' })
}

/** Of 80 random bits none comes twice, unless the source of them is broken. */
const ID_ATTEMPTS = 3

/** `aud_`, 12 hex digits of the time in milliseconds, 20 at random: ids sort by time. */
function makeAuditId(time: Date, random: () => number): string {
  const digits = Array.from({ length: 20 }, () => Math.floor(random() * 16).toString(16))
  return `aud_${time.getTime().toString(16).padStart(12, '0')}${digits.join('')}`
}

/** One line, so that a day's records can be put into one file as they are. */
function formatRecord(id: string, happenedAt: Date, entry: AuditEntry): Uint8Array {
  const { who, host = null, action, subject, objects, outcome, job_id = null, detail = {} } = entry
  const record: Record<(typeof AUDIT_COLUMNS)[number]['name'], Json> = {
    audit_id: id,
    happened_at: happenedAt.toISOString(),
    ...{ who, host, action, subject, objects, outcome, job_id, detail },
  }
  return new TextEncoder().encode(`${JSON.stringify(record)}\n`)
}
