import { getLakePlace } from '../config/config.js'
import { freeMemory } from '../engine/freeMemory.js'
import type { Column } from '../output/cells.js'
import { escapeLines } from '../output/log.js'
import { countText, formatBytes } from '../output/quantities.js'
import { writeText } from '../output/textWriter.js'
import type { EngineUse } from '../snapshot/memoryBudget.js'
import type { AppendEffects, Appended } from '../tables/appendRows.js'
import type { Context } from './globals.js'
import { withEngine } from './lakeSession.js'
import { workRootOf } from './snapshotSession.js'
import { type OpenTable, openTable } from './tablesLake.js'
import type { TableFlags } from './tablesSession.js'

/** A declared table that rows can be added to. */
export interface AppendSession extends OpenTable {
  readonly effects: AppendEffects
}

/**
 * Opens a table and an engine for as long as `act` takes; what the engine keeps is beside the lake, where that is a folder,
 * so that finished files are taken over without a copy.
 * @param use how much of the memory is the engine's
 * @throws {NotFoundError} where no file declares it, there is no lake, or it wasn't created yet
 */
export async function withAppend<T>(
  name: string,
  flags: TableFlags,
  context: Context,
  act: (session: AppendSession) => Promise<T>,
  use: EngineUse = 'import',
): Promise<T> {
  const open = await openTable(name, flags, context)
  const spillFolder = workRootOf(context, getLakePlace(context.config), open.lakeId)
  const { now, progress } = context
  return withEngine(
    context,
    ({ engine }) => {
      const tell: AppendEffects['progress'] = ({ phase, ...step }) => progress.update({ label: phase, ...step })
      return act({ ...open, effects: { catalog: open.catalog, engine, now, progress: tell, freeMemory } })
    },
    { use, spillFolder },
  )
}

/** What was added, as programs get it. */
export interface AppendedRow {
  readonly table: string
  readonly outcome: 'inserted' | 'unchanged'
  /** NULL where nothing was added. */
  readonly snapshot: bigint | null
  readonly batch: string | null
  readonly row_count: number
  readonly rejected_row_count: number
  readonly rejected_file: string | null
  readonly file_count: number
  readonly size_bytes: number
}

export const toAppendedRow = (
  table: string,
  batch: string | undefined,
  appended: Appended,
  rejected?: { readonly count: number; readonly file: string },
): AppendedRow => {
  const isIn = appended.kind === 'appended'
  return {
    table,
    outcome: isIn ? 'inserted' : 'unchanged',
    snapshot: isIn ? appended.snapshotId : null,
    batch: batch ?? null,
    row_count: isIn ? appended.rows : 0,
    rejected_row_count: rejected?.count ?? 0,
    rejected_file: rejected?.file ?? null,
    file_count: isIn ? appended.files : 0,
    size_bytes: isIn ? appended.sizeBytes : 0,
  }
}

/** What the audit has of rows that were added, or not. */
export const deedOf = (appended: Appended, detail: Readonly<Record<string, string | number | readonly string[]>>) => ({
  objects: appended.kind === 'appended' ? appended.rows : 0,
  outcome: appended.kind === 'appended' ? ('done' as const) : ('unchanged' as const),
  detail: { ...detail, ...(appended.kind === 'appended' && { snapshot: String(appended.snapshotId) }) },
})

/** Tells a person in a sentence, a program in a row. */
export async function tellAppended(name: string, row: AppendedRow, why: string, context: Context): Promise<void> {
  if (context.format !== 'table') return context.write([row], COLUMNS)
  context.progress.clear()
  const { row_count, file_count, size_bytes, snapshot } = row
  const text =
    row.outcome === 'unchanged'
      ? `nothing to do: ${why}\n`
      : `inserted ${countText(row_count, 'row')} into ${name}: ${countText(file_count, 'file')}, ${formatBytes(size_bytes)}\n  snapshot ${snapshot}\n`
  await writeText(context.stdout, [escapeLines(text)])
}

const COLUMNS: Column<AppendedRow>[] = [
  ...(['table', 'outcome', 'snapshot', 'batch', 'row_count', 'rejected_row_count'] as const),
  ...(['rejected_file', 'file_count', 'size_bytes'] as const),
].map(name => ({ name }))
