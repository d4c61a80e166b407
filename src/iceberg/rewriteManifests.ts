import { compareBounds } from './bounds.js'
import type { Catalog, Table } from './catalog.js'
import { existingEntry, groupBySpec, MERGE_AT, MERGE_BELOW_BYTES } from './changeFiles.js'
import { commitStaged, stageSnapshot } from './commit.js'
import { loadManifest, mapConcurrently, readTableFile } from './loadManifests.js'
import { isLive, type ManifestEntry, typedFields } from './manifest.js'
import { hasLiveFiles, type ManifestFile, parseManifestList } from './manifestList.js'
import { currentSnapshot, type TableMetadata } from './metadata.js'
import { partitionKey, type TypedPartitionField } from './partitionSpec.js'
import { encodeSingleValue } from './singleValue.js'
import { summarizeChange } from './snapshot.js'
import { numberManifest, type StagedManifest, type Staging } from './stage.js'
import { loadExisting, type UpkeepEffects } from './upkeep.js'

export interface RewriteOptions {
  /** Manifests of one spec are merged when there are so many small ones. */
  readonly least: number
  /** Nothing is written. */
  readonly dryRun: boolean
}

/** How many manifests a table has. */
export interface Rewritten {
  readonly before: number
  readonly after: number
}

/**
 * Merges a table's small manifests by about a hundred, in one commit that changes no file of data: entries keep the snapshot
 * and the sequence numbers that their files came with. They are sorted by partition, so that a reader who wants one
 * partition opens one or two of the manifests. A table with delete files is left as it is.
 *
 * @throws {NotFoundError} for a table that isn't there
 * @throws {CommitConflictError} after too many lost races; nothing has changed then
 * @see https://iceberg.apache.org/spec/#manifests
 */
export async function rewriteManifests(
  catalog: Catalog,
  tableName: string,
  { least, dryRun }: RewriteOptions,
  effects: UpkeepEffects,
): Promise<Rewritten> {
  let rewritten: Rewritten = { before: 0, after: 0 }
  const plan = async (table: Table) => {
    const manifests = await loadLiveManifests(table)
    const groups = chooseManifests(table.metadata, manifests, least)
    const planned = await mapConcurrently(groups, group => planGroup(table, group))
    const kept = manifests.filter(manifest => !groups.some(group => group.includes(manifest)))
    const made = planned.reduce((sum, parts) => sum + parts.length, 0)
    rewritten = { before: manifests.length, after: kept.length + made }
    return { kept, groups, planned }
  }
  if (dryRun) {
    await plan(await loadExisting(catalog, tableName))
    return rewritten
  }
  const stage = async (table: Table, staging: Staging) => {
    const { kept, groups, planned } = await plan(table)
    effects.signal.throwIfAborted()
    if (groups.length === 0) return undefined
    const staged = await stageGroups(table, groups, planned, staging)
    const sequenceNumber = table.metadata['last-sequence-number'] + 1
    const manifests = [...staged.map(manifest => numberManifest(manifest, sequenceNumber)), ...kept]
    const replaced = groups.flat().length
    const summary = {
      ...summarizeChange(table.metadata, 'replace', [], [], manifests),
      'manifests-created': String(staged.length),
      'manifests-kept': String(kept.length),
      'manifests-replaced': String(replaced),
      'entries-processed': String(planned.flat(2).length),
    }
    return stageSnapshot(table, manifests, summary, staging, effects.now())
  }
  await commitStaged(catalog, tableName, stage, effects)
  return rewritten
}

/** Those of the current snapshot, of deletes too. */
async function loadLiveManifests(table: Table): Promise<ManifestFile[]> {
  const list = currentSnapshot(table.metadata)?.['manifest-list']
  if (list === undefined) return []
  return parseManifestList(await readTableFile(table, list), list).filter(hasLiveFiles)
}

/** The groups that are merged, each of one spec. Where a count is unknown, the next change writes it. */
function chooseManifests(
  metadata: TableMetadata,
  manifests: readonly ManifestFile[],
  least: number,
): readonly ManifestFile[][] {
  if (manifests.some(manifest => manifest.content === 'deletes')) return []
  return [...groupBySpec(manifests)].flatMap(([specId, ofSpec]) => {
    const isKnown = typedFields(metadata, specId).every(field => field.type !== undefined)
    const small = isKnown ? ofSpec.filter(manifest => manifest.lengthBytes < MERGE_BELOW_BYTES) : []
    return small.length >= Math.max(2, least) ? [small] : []
  })
}

/** The entries of the manifests that a group becomes. */
async function planGroup(table: Table, group: readonly ManifestFile[]): Promise<ManifestEntry[][]> {
  const entries = (await mapConcurrently(group, manifest => loadManifest(table, manifest))).flat().filter(isLive)
  const bytes = group.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0)
  const wanted = Math.max(Math.ceil(group.length / MERGE_AT), Math.ceil(bytes / MERGE_BELOW_BYTES))
  const fields = typedFields(table.metadata, group[0]?.specId ?? 0)
  const parts = splitByPartition(entries.toSorted(comparePartitions(fields)), fields, wanted)
  return parts.length < group.length ? parts : [entries]
}

async function stageGroups(
  table: Table,
  groups: readonly (readonly ManifestFile[])[],
  planned: readonly ManifestEntry[][][],
  staging: Staging,
): Promise<StagedManifest[]> {
  const staged: StagedManifest[] = []
  for (const [i, group] of groups.entries()) {
    const paths = group.map(manifest => manifest.path)
    for (const [part, entries] of (planned[i] ?? []).entries()) {
      const holds = ['rewrite', String(part), ...paths]
      staged.push(await staging.manifest(table, group[0]?.specId ?? 0, entries.map(existingEntry), holds))
    }
  }
  return staged
}

/** Parts of about the same length, each beginning with a partition of its own. */
function splitByPartition(
  entries: readonly ManifestEntry[],
  fields: readonly TypedPartitionField[],
  wanted: number,
): ManifestEntry[][] {
  const length = Math.ceil(entries.length / wanted)
  const parts: ManifestEntry[][] = []
  let last: string | undefined
  for (const entry of entries) {
    const partition = partitionKey(fields, entry.file.partition)
    const part = parts.at(-1)
    if (!part || (part.length >= length && (partition !== last || fields.length === 0))) parts.push([entry])
    else part.push(entry)
    last = partition
  }
  return parts
}

/** By the fields in their order, NULL first. */
const comparePartitions =
  (fields: readonly TypedPartitionField[]) =>
  (a: ManifestEntry, b: ManifestEntry): number => {
    for (const { name, type } of fields) {
      const [left, right] = [a.file.partition[name] ?? null, b.file.partition[name] ?? null]
      if (left === null || right === null || !type) {
        if (left !== right) return left === null ? -1 : 1
        continue
      }
      const order = compareBounds(type, encodeSingleValue(type, left), encodeSingleValue(type, right))
      if (order !== 0) return order
    }
    return 0
  }
