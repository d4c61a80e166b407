import { StocktakeError, UsageError } from '../errors.js'
import type { Snapshot } from '../iceberg/metadata.js'
import { escapeLines } from '../output/log.js'
import { countText } from '../output/quantities.js'
import { writeText } from '../output/textWriter.js'
import { parseStateRef } from '../tables/findState.js'
import { batchesOf, planRollback, type Rollback, rollBackTable } from '../tables/rollBackTable.js'
import { countState } from '../tables/stateCounts.js'
import { tableCommand } from '../tables/tableCommand.js'
import { audited } from './audited.js'
import type { Context } from './globals.js'
import { shownTime } from './shown.js'
import { openTable } from './tablesLake.js'
import type { TableFlags } from './tablesSession.js'

interface RollbackFlags extends TableFlags {
  readonly to: string
  readonly yes?: boolean
  readonly dryRun?: boolean
}

/** What was done, or would be. */
interface RollbackRow {
  readonly table: string
  readonly from_snapshot: bigint
  readonly to_snapshot: bigint
  readonly rows_before: number | null
  readonly rows_after: number | null
  readonly snapshots_out: number
  readonly snapshots_back: number
  readonly batches_out: readonly string[]
  readonly batches_back: readonly string[]
  readonly changed: boolean
}

/**
 * Sets a table to another of its states, after asking.
 * @throws {NotFoundError} for a state that isn't there
 * @throws {ConflictError} where somebody changed the table after it was looked at
 */
export async function runRollback(name: string, flags: RollbackFlags, context: Context): Promise<void> {
  const ref = parseStateRef(flags.to, '--to')
  const { declared, catalog, table } = await openTable(name, flags, context)
  const plan = planRollback(table.metadata, ref, declared)
  const isThere = plan.from === plan.to
  const row = toRow(declared.table, plan, !isThere && !flags.dryRun)
  if (isThere) context.log.notice(`${declared.name} is in that state: ${describeState(plan.to)}; nothing to do`)
  warnOf(plan, context)
  if (isThere || flags.dryRun) return tell([row], plan, context)
  if (!flags.yes && !(await isWanted(declared.name, plan, context)))
    throw new StocktakeError({ subject: 'nothing was changed' })
  await audited(
    { action: 'table rollback', subject: declared.table },
    context,
    () => rollBackTable(catalog, declared.table, plan, context),
    () => ({
      objects: null,
      detail: {
        ...{ from: String(plan.from['snapshot-id']), to: String(plan.to['snapshot-id']) },
        ...{ batches_out: row.batches_out.slice(0, MOST_NAMED), batches_back: row.batches_back.slice(0, MOST_NAMED) },
      },
    }),
  )
  await tell([row], plan, context)
  const undo = tableCommand(declared, 'rollback', '--to', String(plan.from['snapshot-id']))
  context.log.notice(`to undo it, while that state is still there: ${undo}`)
}

const MOST_NAMED = 100

function toRow(table: string, { from, to, out, back }: Rollback, changed: boolean): RollbackRow {
  return {
    table,
    from_snapshot: from['snapshot-id'],
    to_snapshot: to['snapshot-id'],
    rows_before: countState(from).row_count,
    rows_after: countState(to).row_count,
    snapshots_out: out.length,
    snapshots_back: back.length,
    batches_out: batchesOf(out),
    batches_back: batchesOf(back),
    changed,
  }
}

function warnOf({ out, back, unsureBatches, from, to }: Rollback, { log }: Context): void {
  if (out.length > 0 && back.length > 0)
    log.warn(
      `snapshot ${to['snapshot-id']} did not lead to the present state, nor that to it: both have rows of their own`,
    )
  if (from['schema-id'] !== to['schema-id'] && from !== to)
    log.notice('columns and partitions stay as they are now: only rows are set back')
  if (unsureBatches.length > 0)
    log.warn(
      `nothing tells whether that state holds ${countText(unsureBatches.length, 'batch').replace(/batchs$/, 'batches')} whose snapshots have expired; ` +
        `they count as if they were in it: ${unsureBatches.slice(0, 10).join(', ')}`,
    )
}

async function isWanted(name: string, plan: Rollback, { ask, progress }: Context): Promise<boolean> {
  progress.clear()
  if (ask) return ask(`${name}: ${describePlan(plan).join('; ')}. Set it to that state?`)
  throw new UsageError({
    subject: 'tables rollback',
    expected: 'a terminal to ask on, or --yes',
    got: 'neither',
    fix: 'nothing was changed',
  })
}

async function tell(rows: readonly RollbackRow[], plan: Rollback, context: Context): Promise<void> {
  if (context.format === 'table') return writeText(context.stdout, [escapeLines(`${describePlan(plan).join('\n')}\n`)])
  await context.write(rows, COLUMNS)
}

const COLUMNS = [
  ...['table', 'from_snapshot', 'to_snapshot', 'rows_before', 'rows_after', 'snapshots_out', 'snapshots_back'],
  ...['batches_out', 'batches_back', 'changed'],
].map(name => ({ name }))

/** `from snapshot 12 of 2026-01-20 01:00, 700 rows`, … */
function describePlan({ from, to, out, back }: Rollback): string[] {
  return [
    `from ${describeState(from)}`,
    `to   ${describeState(to)}`,
    ...describeSnapshots(out, 'out '),
    ...describeSnapshots(back, 'back'),
  ]
}

function describeState(snapshot: Snapshot): string {
  const { row_count: rows } = countState(snapshot)
  const count = rows === null ? 'rows that nobody counted' : countText(rows, 'row')
  return `snapshot ${snapshot['snapshot-id']} of ${shownTime(new Date(snapshot['timestamp-ms']))}: ${count}`
}

function describeSnapshots(snapshots: readonly Snapshot[], verb: string): string[] {
  if (snapshots.length === 0) return []
  const batches = batchesOf(snapshots)
  const named = `${batches.slice(0, 10).join(', ')}${batches.length > 10 ? ', …' : ''}`
  const suffix = batches.length === 0 ? '' : `, with the batch${batches.length === 1 ? '' : 'es'} ${named}`
  return [`${verb} ${countText(snapshots.length, 'snapshot')}${suffix}`]
}
