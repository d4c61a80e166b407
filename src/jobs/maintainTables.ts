import { expireSnapshots } from '../iceberg/expireSnapshots.js'
import { removeOrphans } from '../iceberg/findOrphans.js'
import { rewriteManifests } from '../iceberg/rewriteManifests.js'
import { thinGaps } from '../reconcile/thinGaps.js'
import { compactImports } from '../snapshot/compactImport.js'
import { resortImports } from '../snapshot/resortImports.js'
import { COLLECTIONS, GAPS, IMPORT_TABLES, RECONCILE_TABLES, SNAPSHOTS } from '../snapshot/tables.js'
import { type MaintainRow, row, type Step, type StepEffects } from './maintainStep.js'

/** Leaves of long past days the first and the last row of each gap and day. */
export const thin: Step = async effects => {
  const { limits, dryRun, storeTime } = effects
  const count = await thinGaps({ afterMs: limits.gapsMs, least: limits.gaps, dryRun, at: storeTime }, effects)
  return [row('thin gaps', { subject: GAPS.name, count, unit: 'rows' })]
}

/** Puts small files of each import, and of each table without partitions, together. */
export async function compact(effects: StepEffects): Promise<MaintainRow[]> {
  const { dryRun, limits } = effects
  const { imports, filesBefore, filesAfter, bytes } = await compactImports(
    { dryRun, smallBytes: limits.smallBytes, least: limits.files },
    effects,
  )
  const detail = filesBefore > 0 ? `${filesBefore} become ${filesAfter}, in ${imports} imports` : null
  return [row('merge files', { count: filesBefore - filesAfter, unit: 'files', sizeBytes: bytes, detail })]
}

/** Sorts anew what engines elsewhere have imported; no row where the lake can have no such import. */
export async function resort(effects: StepEffects): Promise<MaintainRow[]> {
  if (!effects.glue) return []
  const { imports, filesBefore, filesAfter, bytes } = await resortImports({ dryRun: effects.dryRun }, effects)
  const detail = filesBefore > 0 ? `they become ${filesAfter}, in ${imports} imports` : null
  return [row('sort files', { count: filesBefore, unit: 'files', sizeBytes: bytes, detail })]
}

/** Merges small manifests of each table. */
export const mergeManifests: Step = effects =>
  forTables(ALL_TABLES, effects, async name => {
    const options = { least: effects.limits.manifests, dryRun: effects.dryRun }
    const { before, after } = await rewriteManifests(effects.catalog, name, options, upkeep(effects))
    const detail = before > after ? `${before} become ${after}` : null
    return row('merge manifests', { subject: name, count: before - after, unit: 'manifests', detail })
  })

/** Forgets old states of the tables, and removes the files that only those were made of. */
export const expire: Step = effects =>
  forTables(ALL_TABLES, effects, async name => {
    const { versions: keep, graceMs } = effects.limits
    const options = { keep, graceMs, dryRun: effects.dryRun, at: effects.storeTime }
    const { expired, removedFiles, removedBytes } = await expireSnapshots(
      effects.catalog,
      name,
      options,
      upkeep(effects),
    )
    const detail = expired > 0 ? `of ${expired} old versions` : null
    return row('expire versions', {
      ...{ subject: name, count: removedFiles, unit: 'files' },
      ...{ sizeBytes: removedBytes, detail },
    })
  })

/** Removes files in the tables' folders that nothing names: what killed writers left. */
export const sweepOrphans: Step = effects =>
  forTables(ALL_TABLES, effects, async name => {
    const options = { graceMs: effects.limits.graceMs, dryRun: effects.dryRun }
    const { files, bytes, oldest } = await removeOrphans(effects.catalog, name, options, upkeep(effects))
    const detail = oldest ? `the oldest of ${oldest.toISOString().slice(0, 10)}` : null
    return row('remove orphans', { subject: name, count: files, unit: 'files', sizeBytes: bytes, detail })
  })

const ALL_TABLES = [...IMPORT_TABLES, SNAPSHOTS, ...RECONCILE_TABLES, COLLECTIONS]

/** A commit waits in real time, whatever the rest does. */
const upkeep = ({ now, signal }: StepEffects) => ({ now, signal })

/** A row for each of the tables that are there. */
async function forTables(
  specs: readonly { readonly name: string }[],
  { catalog, signal }: StepEffects,
  act: (name: string) => Promise<MaintainRow>,
): Promise<MaintainRow[]> {
  const rows: MaintainRow[] = []
  for (const { name } of specs) {
    signal.throwIfAborted()
    if (await catalog.load(name)) rows.push(await act(name))
  }
  return rows
}
