import type { Connector } from '../config/connector.js'
import { NotFoundError, ReportRefusedError } from '../errors.js'
import { explainRefusal } from '../snapshot/explainRefusal.js'
import { importReports, reportSource, type StartedReport, type WantedReports } from '../snapshot/importReports.js'
import { recordRefusal, recordSnapshot } from './audited.js'
import { withAuditedTurn } from './connectorTurn.js'
import { type ElsewhereImport, requireElsewhere, withElsewhere } from './importElsewhere.js'
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
  /** What reads and writes the rows, if not this process. */
  readonly elsewhere?: ElsewhereImport | undefined
}

/**
 * Brings reports into the lake.
 *
 * By default that is the newest one; a connector that is scanned is scanned, and one whose report can't be found is
 * sampled, where it says so.
 * @throws {ReportRefusedError} for a report that can't be trusted; of all, when the others are done
 */
export async function importInto(options: WantedImport, context: SnapshotContext, tell: TellMade): Promise<void> {
  const { connector, wanted, elsewhere } = options
  const isUsual = wanted.which === 'newest'
  const { scanMode, inventory, fallbackToSample } = connector
  const database = elsewhere && requireElsewhere(elsewhere, connector, context)
  if (isUsual && scanMode !== 'aws_inventory' && !elsewhere)
    return scanInto(connector, { scope: '', rate: usualRate(connector) }, context, tell)
  if (isUsual && !inventory && fallbackToSample && !elsewhere) return sampleWithoutInventory(connector, context, tell)
  reportSource(connector) // what can't be imported makes no lake
  const { all, refused } = await withAuditedTurn(connector, 'import', context, context =>
    withImport(context, connector, async session => {
      let isFound = false
      const started = (report: StartedReport): void => {
        isFound = true
        session.effects.started(report)
      }
      try {
        const told = { ...session, effects: { ...session.effects, started } }
        if (!elsewhere || database === undefined) return await importWanted(options, told, context, tell)
        return await withElsewhere(elsewhere, database, told, context, importElsewhere =>
          importWanted(options, { ...told, effects: { ...told.effects, importElsewhere } }, context, tell),
        )
      } catch (error) {
        const canSample = isUsual && !isFound && fallbackToSample && !elsewhere
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
