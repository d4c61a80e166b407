import type { Column } from '../output/cells.js'
import { formatCount } from '../output/quantities.js'
import type { Difference } from '../publish/entry.js'
import { listDifferences, planPublish } from '../publish/planPublish.js'
import { publish, requirePublished } from '../publish/publish.js'
import { audited } from './audited.js'
import type { Context } from './globals.js'
import { type PublishContext, requireDatabase, withPublishing } from './publishSession.js'
import { isForPeople } from './shown.js'

interface PublishFlags {
  readonly dryRun?: boolean
  readonly replace?: boolean
}

/**
 * Publishes the lake, and tells what was done.
 * @throws {PublishRefusedError} after it was told, where something of another's was left
 */
export async function runPublish({ dryRun = false, replace = false }: PublishFlags, context: Context): Promise<void> {
  const differences = dryRun
    ? await withPublishing(context, replace, async (options, effects) =>
        listDifferences(await planPublish(options, effects)),
      )
    : await publishHere(replace, context)
  context.progress.clear()
  const shown = isForPeople(context.format) ? differences.filter(({ change }) => change !== 'same') : differences
  if (shown.length > 0 || !isForPeople(context.format)) await context.write(shown, columnsOf(dryRun, context))
  if (isForPeople(context.format)) tellSame(differences.length - shown.length, context)
  requirePublished(differences)
}

/** Publishes the lake of a context; also what a job of that type does. It is in the audit. */
export const publishHere = (replace: boolean, context: PublishContext): Promise<Difference[]> =>
  audited(
    { action: 'publish', subject: requireDatabase(context.config) },
    context,
    () => withPublishing(context, replace, publish),
    describeDeed,
  )

function describeDeed(differences: readonly Difference[]) {
  const count = (change: Difference['change']) => differences.filter(each => each.change === change).length
  const [created, changed, removed, foreign] = (['create', 'change', 'remove', 'foreign'] as const).map(count)
  const isChanged = (created ?? 0) + (changed ?? 0) + (removed ?? 0) > 0
  return {
    objects: null,
    outcome: foreign ? ('refused' as const) : isChanged ? ('done' as const) : ('unchanged' as const),
    detail: { created: created ?? 0, changed: changed ?? 0, removed: removed ?? 0, foreign: foreign ?? 0 },
  }
}

function tellSame(count: number, { log }: Context): void {
  if (count > 0) log.notice(`${formatCount(count)} ${count === 1 ? 'entry is as it' : 'entries are as they'} should be`)
}

function columnsOf(dryRun: boolean, { format }: Context): Column<Difference>[] {
  if (!isForPeople(format))
    return [
      ...['kind', 'database', 'name', 'change', 'detail'].map(name => ({ name })),
      { name: 'dry_run', value: () => dryRun },
    ]
  return [
    { name: 'change', title: '', value: ({ change }) => (dryRun ? PLANNED : DONE)[change] },
    { name: 'kind', title: 'what' },
    { name: 'name', value: ({ kind, database, name }) => (kind === 'database' ? name : `${database}.${name}`) },
    { name: 'detail' },
  ]
}

const DONE: Readonly<Record<Difference['change'], string>> = {
  create: 'created',
  change: 'changed',
  same: 'same',
  remove: 'removed',
  foreign: 'left',
  held: 'left',
}

const PLANNED: Readonly<Record<Difference['change'], string>> = {
  ...DONE,
  create: 'would create',
  change: 'would change',
  remove: 'would remove',
  foreign: 'would leave',
  held: 'would leave',
}
