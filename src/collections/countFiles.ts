import type { Row } from '../engine/engine.js'
import type { CurrentSource } from '../snapshot/currentSources.js'
import { planSources, selectFolder } from '../snapshot/fileInfoRows.js'
import { type FolderOf, pickSources, sourcesByConnector } from '../snapshot/folderSources.js'
import type { LakeEffects } from '../snapshot/lakeTables.js'
import type { Receipt } from '../snapshot/receipts.js'
import { FOLDERS, OBJECTS } from '../snapshot/tables.js'
import { loadVouched, selectVouched, type Tables } from '../snapshot/vouched.js'

/** How many files FileInfo has of a folder, and how large they are. */
export interface FileCounts {
  readonly file_count: bigint
  readonly total_size_bytes: bigint
}

/**
 * Counts the files of folders by what was rolled up of each snapshot; only where newer scans have taken keys out of one are its
 * objects counted.
 * @returns in the order of the folders; `undefined` for one that nothing has looked at
 */
export async function countFiles(
  folders: readonly FolderOf[],
  receipts: readonly Receipt[],
  effects: LakeEffects,
): Promise<(FileCounts | undefined)[]> {
  const sources = sourcesByConnector(receipts)
  const wanted = folders.map(folder => pickSources(folder, sources))
  const used = [...new Set(wanted.flat().map(({ receipt }) => receipt))]
  if (used.length === 0) return folders.map(() => undefined)
  const vouched = await loadVouched(used, [FOLDERS, OBJECTS], effects)
  // One that was imported again meanwhile is of another import now.
  const now = new Map(used.map((receipt, i) => [receipt, vouched.receipts[i] ?? receipt]))
  const parts = wanted.map((own, i) => ({
    folder: folders[i] as FolderOf,
    own: own.map(({ receipt, except }) => ({ receipt: now.get(receipt) ?? receipt, except })),
  }))
  const whole = await readFolders(parts, vouched.tables, effects)
  const counts: (FileCounts | undefined)[] = []
  for (const { folder, own } of parts) {
    let sum: FileCounts | undefined
    for (const source of own) {
      const part =
        source.except.length === 0
          ? (whole.get(source.receipt)?.get(folder.folder) ?? NONE)
          : await countObjects(folder, source, vouched.tables, effects)
      sum = add(sum ?? NONE, part)
    }
    counts.push(sum)
  }
  return counts
}

const NONE: FileCounts = { file_count: 0n, total_size_bytes: 0n }

const add = (a: FileCounts, b: FileCounts): FileCounts => ({
  file_count: a.file_count + b.file_count,
  total_size_bytes: a.total_size_bytes + b.total_size_bytes,
})

interface FolderPart {
  readonly folder: FolderOf
  readonly own: readonly CurrentSource[]
}

type CountsByPath = ReadonlyMap<string, FileCounts>

/** The rows of `folders`, of each snapshot that says all of a folder that it was to find. */
async function readFolders(
  parts: readonly FolderPart[],
  tables: Tables,
  { engine }: LakeEffects,
): Promise<ReadonlyMap<Receipt, CountsByPath>> {
  const paths = new Map<Receipt, Set<string>>()
  for (const { folder, own } of parts)
    for (const { receipt, except } of own)
      if (except.length === 0) paths.set(receipt, (paths.get(receipt) ?? new Set()).add(folder.folder))
  const counts = new Map<Receipt, CountsByPath>()
  for (const [receipt, wanted] of paths) {
    const select = await selectVouched(tables, FOLDERS, receipt, [{ column: 'path', op: 'in', values: [...wanted] }])
    const rows = await engine.rows(
      `select path, object_count as file_count, total_size_bytes from (${select})
       where path in (select unnest(from_json($paths, '["varchar"]')))`,
      { paths: JSON.stringify([...wanted]) },
    )
    counts.set(receipt, new Map(rows.map(row => [String(row.path), toCounts(row)])))
  }
  return counts
}

async function countObjects(
  folder: FolderOf,
  source: CurrentSource,
  tables: Tables,
  { engine }: LakeEffects,
): Promise<FileCounts> {
  const objects = tables.get(OBJECTS.name)
  if (!objects) return NONE
  const [select] = selectFolder(folder, [source], objects, await planSources(objects, [source]))
  const [row] = await engine.rows(
    `select count(*) as file_count, coalesce(cast(sum(size) as bigint), 0) as total_size_bytes
     from (${select?.select}) where is_latest and not is_delete_marker`,
  )
  return row ? toCounts(row) : NONE
}

const toCounts = ({ file_count, total_size_bytes }: Row): FileCounts => ({
  file_count: BigInt(String(file_count)),
  total_size_bytes: BigInt(String(total_size_bytes)),
})

/** What is said of folders that a snapshot should have, and hasn't: see {@link findAbsent}. */
export interface AbsentFolder {
  readonly folder: string
  /** The whole snapshot or scan that has no file in it. */
  readonly receipt: Receipt
}

/**
 * Of folders, those in which there is no file by a snapshot that would have it. Of a sample, or where nothing has looked yet, it
 * can't be said.
 */
export async function findAbsent(
  folders: readonly FolderOf[],
  receipts: readonly Receipt[],
  effects: LakeEffects,
): Promise<AbsentFolder[]> {
  const sources = sourcesByConnector(receipts)
  const counts = await countFiles(folders, receipts, effects)
  return folders.flatMap((folder, i) => {
    const whole = pickSources(folder, sources).find(({ receipt }) => folder.folder.startsWith(receipt.scope))?.receipt
    const isAbsent = whole && whole.sample_rate === null && counts[i]?.file_count === 0n && folder.folder !== ''
    return isAbsent ? [{ folder: folder.folder, receipt: whole }] : []
  })
}
