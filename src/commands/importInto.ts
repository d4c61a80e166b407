import type { Connector } from '../config/connector.js'
import { NotFoundError, ReportRefusedError } from '../errors.js'
import { explainRefusal } from '../snapshot/explainRefusal.js'
import { importReports, reportSource, type StartedReport, type WantedReports } from '../snapshot/importReports.js'
import { recordRefusal, recordSnapshot } from './audited.js'
import { withAuditedTurn } from './connectorTurn.js'
import { type ImportSession, withImport } from './importSession.js'
import type { Made, TellMade } from './madeScreens.js'
import { sampleInstead, sampleWithoutInventory } from './sampleInstead.js'
import { scanInto, tellRejected, usualRate } from './scanRun.js'
import type { SnapshotContext } from './snapshotSession.js'

/** What is to be imported. */
export interface WantedImport {
  readonly connector: Connector
  readonly wanted: WantedReports
  /** Once more what has been imported. */
  readonly again: boolean
}

/**
 * Brings reports into the lake.
 *
 * By default that is the newest one; a connector that is scanned is scanned, and one whose report can't be found is
 * sampled, where it says so.
 * @throws {ReportRefusedError} for a report that can't be trusted; of all, when the others are done
 */
export async function importInto(options: WantedImport, context: SnapshotContext, tell: TellMade): Promise<void> {
  const { connector, wanted } = options
  const isUsual = wanted.which === 'newest'
  const { scanMode, inventory, fallbackToSample } = connector
  if (isUsual && scanMode !== 'aws_inventory')
    return scanInto(connector, { scope: '', rate: usualRate(connector) }, context, tell)
  if (isUsual && !inventory && fallbackToSample) return sampleWithoutInventory(connector, context, tell)
  reportSource(connector) // what can't be imported makes no lake
  const { all, refused } = await withAuditedTurn(connector, 'import', context, context =>
    withImport(context, connector, async session => {
      let isFound = false
      const started = (report: StartedReport): void => {
        isFound = true
        session.effects.started(report)
      }
      try {
        return await importWanted(options, { ...session, effects: { ...session.effects, started } }, context, tell)
      } catch (error) {
        const canSample = isUsual && !isFound && fallbackToSample
        if (!canSample || !(error instanceof NotFoundError)) throw error
        await sampleInstead(connector, error, session, context, tell)
        return { all: 1, refused: 0 }
      }
    }),
  )
  if (refused > 0)
    throw new ReportRefusedError({ subject: `${refused} of ${all} reports`, got: 'refused', fix: 'the others count' })
}

/** @returns how many reports there were, and how many of them were refused */
async function importWanted(
  { connector, wanted, again }: WantedImport,
  session: ImportSession,
  context: SnapshotContext,
  tell: TellMade,
): Promise<{ readonly all: number; readonly refused: number }> {
  let [all, refused] = [0, 0]
  async function* made(): AsyncGenerator<Made> {
    for await (const outcome of importReports({ connector, wanted, again, limits: session.limits }, session.effects)) {
      all++
      if (outcome.kind === 'refused') {
        refused++
        context.log.warn(`refused ${outcome.snapshot}: ${outcome.error.message}`)
        await recordRefusal(connector.name, outcome, context)
        continue
      }
      tellRejected(outcome.rejected, context)
      await recordSnapshot('import', outcome.receipt, outcome.kind === 'imported' ? 'done' : 'unchanged', context)
      yield { kind: outcome.kind, receipt: outcome.receipt }
    }
  }
  try {
    await tell(made(), session)
  } catch (error) {
    if (!(error instanceof ReportRefusedError)) throw error
    throw await explainRefusal(error, connector, wanted, session.effects)
  }
  return { all, refused }
}
