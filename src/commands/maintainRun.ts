import { hostname } from 'node:os'
import { StocktakeError, UsageError } from '../errors.js'
import { type MaintainReport, maintainLake } from '../jobs/maintain.js'
import type { MaintainRow } from '../jobs/maintainStep.js'
import { describeProcess } from '../lake/processFacts.js'
import type { Column } from '../output/cells.js'
import { countText } from '../output/quantities.js'
import { audited } from './audited.js'
import type { Context } from './globals.js'
import { openGlueOf } from './lakeCatalog.js'
import { openPlace, withLake } from './lakeSession.js'
import { publishAfter } from './publishAfter.js'
import { isForPeople } from './shown.js'
import { workRootOf } from './snapshotSession.js'
import { documentEffects } from './tasksOfLake.js'

interface MaintainFlags {
  readonly dryRun?: boolean
  readonly relocate?: boolean
}

/**
 * Maintains the lake, and tells what was done.
 * @throws {StocktakeError} after it was told, where a step failed
 */
export async function runMaintain({ dryRun = false, relocate }: MaintainFlags, context: Context): Promise<void> {
  if (relocate)
    throw new UsageError({
      subject: '--relocate',
      got: 'an option that this version has not',
      fix:
        context.config.catalog.type === 'files'
          ? 'Stocktake reads a lake wherever it was moved; for other readers, move it back'
          : 'a lake whose catalog is Glue is where Glue says: move it back',
    })
  const report = await maintainHere({ dryRun }, context)
  context.progress.clear()
  for (const { step, subject, names } of report.rows)
    for (const name of names) context.log.detail(`${dryRun ? 'would ' : ''}${step}: ${subject} ${name}`)
  const shown = isForPeople(context.format) ? report.rows.filter(isWorthTelling) : report.rows
  if (shown.length === 0) context.log.notice('nothing to do')
  else await context.write(shown, columnsOf(report, context))
  if (!dryRun) await publishAfter(context)
  requireMaintained(report)
}

/**
 * Maintains the lake of a context by its settings; also what a job of that type does. It is in the audit, unless it is dry.
 * @throws {MaintainBusyError} where another maintains the lake
 */
export async function maintainHere(
  { dryRun }: { readonly dryRun: boolean },
  context: Context,
): Promise<MaintainReport> {
  if (dryRun) return act({ dryRun }, context)
  return audited({ action: 'maintain', subject: 'lake' }, context, () => act({ dryRun }, context), describeDeed)
}

const act = ({ dryRun }: { readonly dryRun: boolean }, context: Context): Promise<MaintainReport> =>
  withLake(context, async session => {
    const { config, progress } = context
    // The turn is given back after a signal, too.
    const store = await openPlace(session.place, { config, signal: new AbortController().signal })
    return maintainLake(
      // Defaults are no reason to drop what somebody's settings, which aren't here, may keep.
      { dryRun, keep: config.file === undefined ? null : config.keep },
      {
        ...documentEffects(context),
        ...{ store, catalog: session.catalog, engine: session.engine },
        runner: await describeProcess(process.pid),
        host: hostname(),
        workRoot: workRootOf(context, session.place, session.lakeId),
        streams: config.streams,
        ...(config.catalog.type === 'glue' && {
          glue: { glue: await openGlueOf(context), database: config.catalog.database },
        }),
        progress: ({ phase, ...step }) => progress.update({ label: `maintain ${phase}`, ...step, unit: 'steps' }),
      },
    )
  })

const MOST_NAMED = 1_000

/** What went for good is named; of the rest there are counts. */
function describeDeed({ rows, failures }: MaintainReport) {
  const dropped = rows.filter(({ step }) => step === 'drop snapshots')
  const names = dropped.flatMap(({ subject, names }) => names.map(name => `${subject} ${name}`))
  return {
    objects: names.length,
    outcome: failures.length > 0 ? ('failed' as const) : ('done' as const),
    detail: {
      dropped: names.slice(0, MOST_NAMED),
      done: rows.flatMap(row => (row.count > 0 ? [`${row.step}: ${whatText(row)}`] : [])),
      failures: failures.map(({ step }) => step),
    },
  }
}

const isWorthTelling = ({ count, detail }: MaintainRow): boolean => count > 0 || detail !== null

const whatText = ({ subject, count, unit }: MaintainRow): string =>
  [countText(count, unit.replace(/s$/, '')), ...(subject === null ? [] : [`of ${subject}`])].join(' ')

function columnsOf({ dryRun }: MaintainReport, { format }: Context): Column<MaintainRow>[] {
  if (isForPeople(format))
    return [
      { name: 'step', title: dryRun ? 'would' : 'done', value: ({ step }) => (dryRun ? `would ${step}` : step) },
      { name: 'subject', title: 'of' },
      { name: 'count', kind: 'count' },
      { name: 'unit', title: 'what' },
      { name: 'size_bytes', title: 'size', kind: 'bytes' },
      { name: 'detail' },
    ]
  return [
    ...['step', 'subject', 'count', 'unit', 'size_bytes', 'detail', 'names'].map(name => ({ name })),
    { name: 'dry_run', value: () => dryRun },
  ]
}

/** @throws {StocktakeError} where a step failed */
export function requireMaintained({ failures }: MaintainReport): void {
  const [first] = failures
  if (!first) return
  if (failures.length === 1) throw first.error
  const messages = failures.map(({ step, error }) => `${step}: ${error instanceof Error ? error.message : error}`)
  throw new StocktakeError({ subject: `maintain: ${failures.length} steps failed`, got: `\n${messages.join('\n')}` })
}
