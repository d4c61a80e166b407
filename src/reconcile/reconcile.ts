import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CommitConflictError, type Table } from '../iceberg/catalog.js'
import { selectLoaded } from '../snapshot/lakeTables.js'
import { GAPS } from '../snapshot/tables.js'
import { type AppendEffects, appendRows } from './appendRows.js'
import type { Expectations } from './expectations.js'
import { type CoverageRow, findGaps, type GapEffects } from './findGaps.js'
import { selectOpenGaps } from './openGaps.js'
import { selectModel } from './reconcileModel.js'
import { copyRows } from './stagedRows.js'

export interface ReconcileOptions {
  readonly runId: string
  readonly runAt: Date
  /** Names; all unless given. Gaps of the others stay as they are. */
  readonly datasets?: readonly string[]
  /** Nothing is written. */
  readonly isDryRun: boolean
}

/** What a run found, while `act` is at work. */
export interface Reconciled {
  readonly runId: string
  /** Later than every run before, also where a clock was put back. */
  readonly runAt: Date
  /** When it began, by the clock. */
  readonly clock: Date
  /** A SELECT with the columns of the table `gaps`, of all gaps that are open now: those that the run could not judge, too. */
  readonly open: string
  /** As {@link open}: those that this run found gone. */
  readonly resolved: string
  /** Of the datasets of this run. */
  readonly coverage: readonly CoverageRow[]
}

/** How often a run is made again because another one was quicker. */
const ATTEMPTS = 5

/**
 * Compares what is there with what is expected, and commits what is missing or wrong as one run. A run that another one's
 * commit comes before knows that one's gaps, as it looks again.
 * @param act gets the answer; its files are removed afterwards
 * @throws {CommitConflictError} where others were quicker five times
 */
export async function reconcile<T>(
  expectations: Expectations,
  options: ReconcileOptions,
  effects: AppendEffects & GapEffects,
  act: (reconciled: Reconciled) => Promise<T>,
): Promise<T> {
  const { runId, isDryRun } = options
  for (let attempt = 1; ; attempt++) {
    // Made before the open gaps are read: the run counts only if nobody changed it since.
    const table = isDryRun ? await effects.catalog.load(GAPS.name) : await effects.catalog.create(GAPS)
    const folder = await mkdtemp(join(effects.engine.tempFolder, 'reconcile-'))
    const place = { folder, engine: effects.engine }
    try {
      const runAt = await laterThanAll(options.runAt, table, effects)
      const openGaps = await copyRows(await selectOpenGaps(table), { ...place, name: 'open-before' })
      const found = await findGaps(expectations, effects, { ...options, runAt, clock: options.runAt, openGaps })
      try {
        if (isDryRun || (await appendRows(GAPS, found.gaps, `${runId}-${attempt}`, effects, table))) {
          const inputs = { known_gaps: found.gaps, open_gaps: openGaps }
          const open = await copyRows(selectModel('open_gaps_after', {}, inputs), { ...place, name: 'open-after' })
          const resolved = `select * from (${found.gaps}) where resolved_at is not null`
          return await act({ runId, runAt, clock: options.runAt, open, resolved, coverage: found.coverage })
        }
      } finally {
        await found.remove()
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    if (attempt === ATTEMPTS)
      throw new CommitConflictError({ subject: `table ${GAPS.name}`, got: 'changed by others again and again' })
  }
}

/** The moment, or one after the newest run, where a clock was put back: the newest row of a gap is what counts. */
async function laterThanAll(moment: Date, table: Table | undefined, { engine }: AppendEffects): Promise<Date> {
  if (!table) return moment
  const [row] = await engine.rows(`select max(run_at) as newest from (${await selectLoaded(table, [])})`)
  return row?.newest instanceof Date && row.newest >= moment ? new Date(row.newest.getTime() + 1) : moment
}
