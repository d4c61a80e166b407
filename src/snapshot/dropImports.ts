import type { Catalog, Table } from '../iceberg/catalog.js'
import { changeTable } from '../iceberg/commit.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { planFiles, resolveFile } from '../iceberg/plan.js'
import type { ImportPartition } from './dataFiles.js'
import { parseImportTime } from './importId.js'
import type { LakeEffects } from './lakeTables.js'
import { listReceipts, type Receipt } from './receipts.js'
import { type RemoveEffects, removeReceipts } from './removeReceipts.js'
import { type Keep, planRetention } from './retention.js'
import { IMPORT_TABLES } from './tables.js'

/** An import that was taken out of the lake, or would be. Its files go later, when nobody can be reading them. */
export interface DroppedImport extends ImportPartition {
  /** Bytes of its files in the tables. */
  readonly sizeBytes: number
}

/** A snapshot that was dropped, or would be. */
export interface DroppedSnapshot {
  readonly receipt: Receipt
  readonly sizeBytes: number
}

export interface DropEffects extends RemoveEffects {
  /**
   * Runs `act` while no import of the connector can, or not at all where one does.
   * @param act gets a signal that is raised when one may run again
   */
  readonly alone: (connector: string, act: (lost: AbortSignal) => Promise<void>) => Promise<void>
}

/**
 * Drops the snapshots that no rule keeps: first their receipts, in one commit, so that no reader sees half of one; then
 * their rows, in one commit a connector and table. What a crash between the two leaves, and the rows of a connector whose
 * import runs, are abandoned imports.
 * @param options at: what ages are told by; now unless given
 * @returns the newest first
 */
export async function dropOldSnapshots(
  { keep, dryRun, at }: { readonly keep: Keep; readonly dryRun: boolean; readonly at?: Date },
  effects: DropEffects,
): Promise<DroppedSnapshot[]> {
  const choose = (receipts: readonly Receipt[]) => planRetention(receipts, keep, at ?? effects.now()).drop
  const receipts = dryRun ? choose(await listReceipts(effects)) : await removeReceipts(choose, effects)
  const sizes = new Map((await listImports(effects.catalog)).map(({ import_id, sizeBytes }) => [import_id, sizeBytes]))
  for (const connector of dryRun ? [] : new Set(receipts.map(receipt => receipt.connector))) {
    const ids = receipts.filter(receipt => receipt.connector === connector).map(({ import_id }) => import_id)
    await effects.alone(connector, async lost => dropRows(await withoutReceipt(ids, effects), lost, effects))
  }
  return receipts.map(receipt => ({ receipt, sizeBytes: sizes.get(receipt.import_id) ?? 0 }))
}

/** One that was killed with its receipt there may have been gone on with, and have it again. */
async function withoutReceipt(ids: readonly string[], effects: LakeEffects): Promise<Set<string>> {
  const vouched = new Set((await listReceipts(effects)).map(({ import_id }) => import_id))
  return new Set(ids.filter(id => !vouched.has(id)))
}

/** Imports without a receipt that were begun, and whose files were last written, longer ago than that are abandoned. */
export const ABANDONED_MS = 86_400_000

/**
 * The imports in the tables that no receipt vouches for and that are old enough: of imports that were killed, and of those
 * that were replaced or dropped by a process that was killed before it took out their rows. By import, the oldest first.
 */
export async function listAbandoned(effects: LakeEffects, now: Date): Promise<DroppedImport[]> {
  const imports = await listImports(effects.catalog)
  // Asked for after the tables: what was in them and got its receipt since is not taken for one without.
  const vouched = new Set((await listReceipts(effects)).map(({ import_id }) => import_id))
  const abandoned: DroppedImport[] = []
  for (const { files, ...found } of imports) {
    if (vouched.has(found.import_id) || now.getTime() - begunMs(found) <= ABANDONED_MS) continue
    if (await areOld(files, now)) abandoned.push(found)
  }
  return abandoned.sort((a, b) => (a.import_id < b.import_id ? -1 : 1))
}

/**
 * Takes the rows of abandoned imports of one connector out of the tables.
 *
 * To be called only while no import of the connector can run, as one that was killed may be gone on with.
 * @param options at: what ages are told by; lost: raised when an import may run again
 * @returns those that it dropped
 * @throws the signal's reason once that is raised
 */
export async function dropAbandoned(
  connector: string,
  { at, lost }: { readonly at: Date; readonly lost: AbortSignal },
  effects: RemoveEffects,
): Promise<DroppedImport[]> {
  const abandoned = (await listAbandoned(effects, at)).filter(found => found.connector === connector)
  await dropRows(new Set(abandoned.map(({ import_id }) => import_id)), lost, effects)
  return abandoned
}

/** One commit a table, by metadata alone: the tables are parted by import. */
async function dropRows(ids: ReadonlySet<string>, lost: AbortSignal, effects: RemoveEffects): Promise<void> {
  if (ids.size === 0) return
  const isGoing = ({ partition }: DataFile): boolean => ids.has(String(partition.import_id))
  for (const { name } of IMPORT_TABLES) {
    if (!(await effects.catalog.load(name))) continue
    await changeTable(
      effects.catalog,
      name,
      async table => {
        const files = await planFiles(table, [{ column: 'import_id', op: 'in', values: [...ids] }])
        lost.throwIfAborted()
        return files.some(isGoing) ? { operation: 'delete', add: [], drop: isGoing } : undefined
      },
      effects,
    )
  }
}

interface FoundImport extends DroppedImport {
  readonly files: readonly { readonly table: Table; readonly path: string }[]
}

/** Every import that has rows in the tables, vouched for or not. */
async function listImports(catalog: Catalog): Promise<FoundImport[]> {
  const found = new Map<string, FoundImport>()
  for (const { name } of IMPORT_TABLES) {
    const table = await catalog.load(name)
    if (!table) continue
    for (const { partition, path, fileSizeBytes } of await planFiles(table, [])) {
      const importId = String(partition.import_id)
      const before = found.get(importId)
      found.set(importId, {
        connector: String(partition.connector),
        dt: formatDays(Number(partition.dt)),
        import_id: importId,
        sizeBytes: (before?.sizeBytes ?? 0) + fileSizeBytes,
        files: [...(before?.files ?? []), { table, path }],
      })
    }
  }
  return [...found.values()]
}

/** The date so many days after 1970 began, as a partition has it. */
const formatDays = (days: number): string => new Date(days * 86_400_000).toISOString().slice(0, 10)

/** An id that tells no time is of an import that nobody goes on with. */
const begunMs = ({ import_id }: ImportPartition): number => parseImportTime(import_id)?.getTime() ?? 0

/** Whether none was written lately: an import that was begun long ago may be gone on with. */
async function areOld(files: FoundImport['files'], now: Date): Promise<boolean> {
  for (const { table, path } of files) {
    const found = await table.store.find(resolveFile(table, path))
    if (found && now.getTime() - found.lastModified.getTime() <= ABANDONED_MS) return false
  }
  return true
}
