import { createWriteStream } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { UsageError } from '../errors.js'
import { formatCount } from '../output/quantities.js'
import { requireBatchName } from '../tables/appendRows.js'
import { type Inserted, insertRows, type NamedRows, placeOf } from '../tables/insertRows.js'
import { formatOfName, type RowsFormat } from '../tables/rowsFormat.js'
import type { DeclaredTable } from '../tables/tableSpec.js'
import { audited } from './audited.js'
import type { Context } from './globals.js'
import { shownPlace } from './importScreen.js'
import { countText } from './shown.js'
import { deedOf, tellAppended, toAppendedRow, withAppend } from './tablesAppend.js'
import type { TableFlags } from './tablesSession.js'

interface InsertFlags extends TableFlags {
  readonly batch?: string
  readonly rejected?: string
  readonly overwrite?: boolean
  readonly strict?: boolean
  readonly inputFormat?: RowsFormat['format']
  readonly delimiter?: string
}

/** What stands for what is piped in. */
const PIPED = '-'

/**
 * Inserts files of rows into a table.
 * @throws {UsageError} for a file that is given twice, and one whose format isn't known
 * @throws what `insertRows` does
 */
export async function runInsert(
  name: string,
  files: readonly string[],
  flags: InsertFlags,
  context: Context,
): Promise<void> {
  const batch = flags.batch === undefined ? undefined : requireBatchName(flags.batch)
  const inputs = toInputs(files, flags, context)
  await withAppend(name, flags, context, async ({ declared, table, effects }) => {
    const piped = join(effects.engine.tempFolder, 'stdin')
    if (files.includes(PIPED)) await savePiped(piped, context)
    const options = {
      inputs: inputs.map(input => (input.path === PIPED ? { ...input, path: piped } : input)),
      strict: flags.strict ?? false,
      rejected: { path: rejectedPath(inputs, declared.name, flags, context), overwrite: flags.overwrite ?? false },
      ...(batch !== undefined && { batch }),
    }
    const inserted = await audited(
      { action: 'table insert', subject: declared.table },
      context,
      () => insertRows(options, declared, table, effects),
      ({ appended, badRows }) =>
        deedOf(appended, {
          files: files.slice(0, MOST_NAMED),
          ...(batch !== undefined && { batch }),
          ...(badRows > 0 && { rejected_rows: badRows }),
        }),
    )
    const told = { declared, batch, rejectedFile: options.rejected.path, isOneOfMany: files.length > 1 }
    await tell(told, inserted, context)
  })
}

const MOST_NAMED = 100

function toInputs(files: readonly string[], { inputFormat, delimiter }: InsertFlags, { cwd }: Context): NamedRows[] {
  const given = { ...(inputFormat && { format: inputFormat }), ...(delimiter !== undefined && { delimiter }) }
  const inputs = files.map(file =>
    file === PIPED
      ? { name: 'what is piped in', path: PIPED, ...formatOfName('', { format: 'ndjson', ...given }) }
      : { name: file, path: resolve(cwd, file), ...formatOfName(file, given) },
  )
  const twice = inputs.find(({ path }, i) => inputs.findIndex(other => other.path === path) < i)
  if (twice) throw new UsageError({ subject: twice.name, expected: 'each file once', got: 'it again' })
  return inputs
}

/** What is piped in can be read once only, and is checked as a file. */
async function savePiped(path: string, { stdin, signal }: Context): Promise<void> {
  await pipeline(stdin ?? [], createWriteStream(path, { flags: 'wx' }), { signal })
}

function rejectedPath(
  inputs: readonly NamedRows[],
  table: string,
  { rejected }: InsertFlags,
  { cwd }: Context,
): string {
  if (rejected !== undefined) return resolve(cwd, rejected)
  const [only, ...others] = inputs
  const of = !only || others.length > 0 ? table : only.path === PIPED ? 'stdin' : basename(only.path)
  return join(cwd, `${of}.rejected.jsonl`)
}

async function tell(
  { declared, batch, rejectedFile, isOneOfMany }: Told,
  { appended, badRows, shown }: Inserted,
  context: Context,
): Promise<void> {
  const rejected = badRows > 0 ? { count: badRows, file: rejectedFile } : undefined
  const row = toAppendedRow(declared.table, batch, appended, rejected)
  const isBatch = appended.kind === 'unchanged' && appended.why === 'batch'
  await tellAppended(declared.name, row, isBatch ? `the batch ${batch} is in ${declared.name}` : 'no rows', context)
  if (!rejected) return
  const lines = shown.map(each => `  ${placeOf(each, isOneOfMany)}: ${each.reason}`)
  const more = badRows > shown.length ? [`  … and ${formatCount(badRows - shown.length)} more`] : []
  const kept = `${countText(badRows, 'row')} kept apart in ${shownPlace(rejectedFile, context.cwd)}`
  context.log.warn([kept, ...lines, ...more].join('\n'))
}

interface Told {
  readonly declared: DeclaredTable
  readonly batch: string | undefined
  readonly rejectedFile: string
  readonly isOneOfMany: boolean
}
