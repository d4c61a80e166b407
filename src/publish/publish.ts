import { ConflictError, EXIT, StocktakeError } from '../errors.js'
import type { DocumentEffects } from '../lake/documents.js'
import { type Glue, GlueConflictError } from '../lake/glue.js'
import { type Difference, type PlannedEntry, planEntry } from './entry.js'
import {
  isRemovable,
  listDifferences,
  type PlanEffects,
  type PublishOptions,
  type PublishPlan,
  planPublish,
} from './planPublish.js'
import { addPublishedPlaces } from './publishedPlaces.js'

export interface PublishEffects extends PlanEffects {
  readonly documents: DocumentEffects
  readonly progress: (step: { readonly done: number; readonly total: number }) => void
}

/** Something that another has changed was left as it is; all else was done. */
export class PublishRefusedError extends StocktakeError {
  override readonly exitCode = EXIT.refused
}

/**
 * Makes Glue show the lake as it is: databases, tables, views and reports; what is right already isn't touched. Cut off
 * anywhere, it goes on when it is done again: receipts come behind the rows that they vouch for.
 * @returns what was done, and what was left
 */
export async function publish(options: PublishOptions, effects: PublishEffects): Promise<Difference[]> {
  const plan = await planPublish(options, effects)
  await commitPublish(plan, options, effects)
  return listDifferences(plan)
}

/** Does what a plan says. What another changes meanwhile is looked at again. */
async function commitPublish(plan: PublishPlan, options: PublishOptions, effects: PublishEffects): Promise<void> {
  const { glue, store, documents, progress } = effects
  await addPublishedPlaces(store, plan.places, documents)
  for (const database of plan.databases) await glue.createDatabase(databaseInput(database, options))
  const steps = plan.entries.filter(({ difference }) => isChange(difference))
  const total = steps.length + plan.removals.length
  let done = 0
  for (const step of steps) {
    await commitEntry(step, options.replace, glue)
    progress({ done: ++done, total })
  }
  for (const { database, name } of plan.removals) {
    await glue.deleteTable(database, name, found => isRemovable(found, options.lakeId, options.authority))
    progress({ done: ++done, total })
  }
}

const isChange = ({ change }: Difference): boolean => change === 'create' || change === 'change'

const databaseInput = (Name: string, { lakeId }: PublishOptions) => ({
  Name,
  Description: 'Tables of a lake that Stocktake keeps',
  Parameters: { 'stocktake.lake': lakeId },
})

/** How often an entry is tried against other writers. */
const ATTEMPTS = 20

/** @throws {ConflictError} where another has meanwhile made it one that isn't overwritten, or is first again and again */
async function commitEntry(planned: PlannedEntry, replace: boolean, glue: Glue): Promise<void> {
  const { entry } = planned
  const again = async () => planEntry(entry, await glue.findTable(entry.database, entry.name), replace)
  let step = planned.isStep ? await again() : planned
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (!isChange(step.difference) || !step.input) break
    if (await tryEntry(step, glue)) return
    step = await again()
  }
  if (step.difference.change === 'same') return
  const { database, name, change, detail } = step.difference
  throw new ConflictError({
    subject: `${database}.${name}`,
    got: change === 'foreign' ? (detail ?? 'another has changed it') : 'others are first, again and again',
    fix: 'run it again',
  })
}

/** @returns whether it is done; `false`: another was first */
async function tryEntry({ entry, found, input, file }: PlannedEntry, glue: Glue): Promise<boolean> {
  if (!input) return true
  await file?.put()
  if (!found) return glue.createTable(entry.database, input)
  try {
    await glue.updateTable(entry.database, input, found.versionId)
    return true
  } catch (error) {
    if (error instanceof GlueConflictError) return false
    throw error
  }
}

/** @throws {PublishRefusedError} where something was left that isn't as the lake has it */
export function requirePublished(differences: readonly Difference[]): void {
  const foreign = differences.filter(({ change }) => change === 'foreign')
  const [first] = foreign
  if (!first) return
  const others = foreign.length === 1 ? '' : `; and ${foreign.length - 1} more`
  throw new PublishRefusedError({
    subject: `${first.database}.${first.name}`,
    got: `${first.detail ?? 'another has changed it'}${others}`,
  })
}
