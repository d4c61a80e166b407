import { StocktakeError } from '../errors.js'
import { listDeclaredSteps } from './maintainDeclared.js'
import { dropKilled, dropUnkept } from './maintainSnapshots.js'
import {
  copyOfCollections,
  mergeAudit,
  prune,
  retire,
  sweepClaims,
  sweepDocuments,
  sweepElsewhere,
  sweepUnfinished,
} from './maintainState.js'
import {
  MAINTAIN_LIMITS,
  type MaintainEffects,
  type MaintainOptions,
  type MaintainRow,
  type Step,
  type StepEffects,
} from './maintainStep.js'
import { compact, expire, mergeManifests, resort, sweepOrphans, thin } from './maintainTables.js'
import { withMaintainTurn } from './maintainTurn.js'

/** What was done to keep a lake small and quick, or would be. */
export interface MaintainReport {
  readonly dryRun: boolean
  /** In the order in which it was done; of some steps a row a table or connector, also where there was nothing to do. */
  readonly rows: readonly MaintainRow[]
  /** Steps that failed; the others were done all the same. */
  readonly failures: readonly { readonly step: string; readonly error: unknown }[]
}

/** What no reader must miss goes first, then what it leaves: each step can be cut short anywhere, and done again. */
const STEPS: readonly (readonly [phase: string, step: Step])[] = [
  ['snapshots', dropUnkept],
  ['abandoned imports', dropKilled],
  ['gaps', thin],
  ['collections', copyOfCollections],
  ['imports elsewhere', resort],
  ['files', compact],
  ['manifests', mergeManifests],
  ['old versions', expire],
  ['orphans', sweepOrphans],
  ['tasks', retire],
  ['jobs', prune],
  ['documents', sweepDocuments],
  ['audit', mergeAudit],
  ['scans', sweepClaims],
  ['unfinished work', sweepUnfinished],
  ['what imports elsewhere left', sweepElsewhere],
]

/**
 * Keeps a lake small and quick: drops the snapshots that `keep` doesn't name, and what killed processes have left; merges
 * small files and manifests; forgets old states of tables and documents. Rows of snapshots that stay are as they were, for every
 * reader at every moment. Imports and readers may run beside it: what they may still need has a grace time.
 *
 * A crash at any moment leaves a lake that reads as before, or with some snapshots fewer; the next time goes on with it.
 *
 * @throws {MaintainBusyError} where another maintains the lake
 * @throws the signal's reason once that is raised
 */
export async function maintainLake(options: MaintainOptions, effects: MaintainEffects): Promise<MaintainReport> {
  if (options.dryRun) return runSteps(options, effects, effects.now())
  return withMaintainTurn(effects, async signal =>
    runSteps(options, { ...effects, signal }, await storeTimeOf(effects)),
  )
}

/** The store's own time, by what the turn has just written; ours where that is earlier: nothing is taken for older than it is. */
async function storeTimeOf({ store, now }: MaintainEffects): Promise<Date> {
  let newestMs = 0
  for await (const { lastModified } of store.list('state/maintain/'))
    newestMs = Math.max(newestMs, lastModified.getTime())
  return new Date(Math.min(newestMs, now().getTime()))
}

async function runSteps(
  { dryRun, keep, limits = MAINTAIN_LIMITS }: MaintainOptions,
  effects: MaintainEffects,
  storeTime: Date,
): Promise<MaintainReport> {
  const given: StepEffects = { ...effects, dryRun, keep, limits, storeTime }
  const rows: MaintainRow[] = []
  const failures: { step: string; error: unknown }[] = []
  const attempt = async <T>(phase: string, act: () => Promise<readonly T[]>): Promise<readonly T[]> => {
    effects.signal.throwIfAborted()
    try {
      return await act()
    } catch (error) {
      effects.signal.throwIfAborted() // what it stops may fail in any way
      if (!(error instanceof StocktakeError)) throw error
      failures.push({ step: phase, error })
      return []
    }
  }
  const declared = await attempt('tables', () => listDeclaredSteps(given))
  const steps = [...STEPS, ...declared]
  for (const [i, [phase, step]] of steps.entries()) {
    effects.progress({ phase, done: i, total: steps.length })
    rows.push(...(await attempt(phase, () => step(given))))
  }
  return { dryRun, rows, failures }
}
