import { StocktakeError, UsageError } from '../errors.js'
import { changeMetadata } from '../iceberg/changeMetadata.js'
import { currentSnapshot, type TableMetadata } from '../iceberg/metadata.js'
import type { Column } from '../output/cells.js'
import { escapeLines } from '../output/log.js'
import { countText } from '../output/quantities.js'
import { escapeControls } from '../output/terminal.js'
import { type Evolution, type EvolutionTexts, parseEvolution } from '../tables/evolution.js'
import { describeEvolution, type EvolvedRow, planEvolution, requireSameColumns } from '../tables/planEvolution.js'
import { listSpecEdits } from '../tables/specEdits.js'
import { countState } from '../tables/stateCounts.js'
import type { DeclaredTable } from '../tables/tableSpec.js'
import { audited } from './audited.js'
import type { Context } from './globals.js'
import { isForPeople } from './shown.js'
import { type OpenTable, openTable } from './tablesLake.js'
import { isShipped, type TableFlags } from './tablesSession.js'

interface EvolveFlags extends TableFlags, EvolutionTexts {
  readonly yes?: boolean
  readonly dryRun?: boolean
}

/**
 * Changes a table's columns and partitions, and says what its file should say then.
 * @throws {UsageError} for what the table can't become
 * @throws {ConflictError} where a column that goes isn't the one that was asked about any more
 */
export async function runEvolve(name: string, flags: EvolveFlags, context: Context): Promise<void> {
  const evolution = parseEvolution(flags)
  const open = await openTable(name, flags, context)
  const { declared, table } = open
  const next = planEvolution(table.metadata, evolution, declared, context.now())
  if (next === table.metadata) context.log.notice(`${declared.name} is so already; nothing to do`)
  else if (!flags.dryRun) {
    const isAsked = evolution.drops.length === 0 || flags.yes || (await isWanted(evolution, open, context))
    if (!isAsked) throw new StocktakeError({ subject: 'nothing was changed' })
    return evolve(evolution, open, context)
  }
  await tell(declared, table.metadata, next, context)
}

async function evolve(evolution: Evolution, { declared, table, catalog }: OpenTable, context: Context): Promise<void> {
  let before = table.metadata
  const evolved = await audited(
    { action: 'table evolve', subject: declared.table },
    context,
    () =>
      changeMetadata(
        catalog,
        declared.table,
        ({ metadata }) => {
          requireSameColumns(evolution.drops, table.metadata, metadata)
          before = metadata
          return planEvolution(metadata, evolution, declared, context.now())
        },
        context,
      ),
    ({ metadata }) => ({ objects: null, detail: { changes: describeEvolution(before, metadata).map(spellRow) } }),
  )
  await tell(declared, before, evolved.metadata, context)
}

async function isWanted({ drops }: Evolution, { declared, table }: OpenTable, { ask, progress }: Context) {
  progress.clear()
  const current = currentSnapshot(table.metadata)
  const rows = current && countState(current).row_count
  const of = typeof rows === 'number' ? ` of ${countText(rows, 'row')}` : ''
  const names = escapeControls(drops.join(', '))
  if (ask)
    return ask(
      `drop ${names}${of} of ${declared.name}? What it holds stays in old files, where only earlier states show it; ` +
        'adding a column of that name again does not bring it back',
    )
  throw new UsageError({
    subject: 'tables evolve --drop',
    expected: 'a terminal to ask on, or --yes',
    got: 'neither',
    fix: 'nothing was changed',
  })
}

async function tell(
  declared: DeclaredTable,
  before: TableMetadata,
  after: TableMetadata,
  context: Context,
): Promise<void> {
  const rows = describeEvolution(before, after)
  if (rows.length > 0 || !isForPeople(context.format)) await context.write(rows, COLUMNS)
  const edits = listSpecEdits(declared, after)
  if (edits.length === 0) return
  const { file, name } = declared
  const where = isShipped(declared)
    ? `copy ${file} to config/tables/${name}.yaml beside stocktake.yaml, and let it say`
    : `${file} should say`
  context.log.notice(escapeLines([`${where}:`, ...edits.map(line => `  ${line}`)].join('\n')))
}

const COLUMNS: Column<EvolvedRow>[] = [{ name: 'what' }, { name: 'before' }, { name: 'after' }]

const spellRow = ({ what, before, after }: EvolvedRow): string => `${what}: ${before ?? 'none'} → ${after ?? 'none'}`
