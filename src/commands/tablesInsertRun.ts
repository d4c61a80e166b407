import { createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { toFileSystemError, UsageError } from '../errors.js'
import { countText, formatCount } from '../output/quantities.js'
import { requireBatchName } from '../tables/appendRows.js'
import { type Inserted, insertRows, type NamedRows, placeOf } from '../tables/insertRows.js'
import type { RejectedPlace } from '../tables/rejectedFile.js'
import { NONE_REJECTED, parseRejectedLimit, type RejectedLimit } from '../tables/rejectedLimit.js'
import { formatOfName, type RowsFormat } from '../tables/rowsFormat.js'
import type { DeclaredTable } from '../tables/tableSpec.js'
import { audited } from './audited.js'
import type { Context } from './globals.js'
import { shownPlace } from './importScreen.js'
import { type AppendSession, deedOf, tellAppended, toAppendedRow, withAppend } from './tablesAppend.js'
import type { TableFlags } from './tablesSession.js'

interface InsertFlags extends TableFlags {
  readonly batch?: string
  readonly rejected?: string
  readonly overwrite?: boolean
  readonly strict?: boolean
  readonly maxRejected?: string
  readonly inputFormat?: RowsFormat['format']
  readonly delimiter?: string
}

/** What stands for what is piped in. */
const PIPED = '-'

/**
 * Inserts files of rows into a table.
 * @throws {UsageError} for a file that is given twice, also by a link, one whose format isn't known, and a limit that is none
 * @throws what `insertRows` does
 */
export async function runInsert(
  name: string,
  files: readonly string[],
  flags: InsertFlags,
  context: Context,
): Promise<void> {
  const batch = flags.batch === undefined ? undefined : requireBatchName(flags.batch)
  const limit = limitOf(flags)
  const inputs = await toInputs(files, flags, context)
  const insert = async ({ declared, table, effects }: AppendSession) => {
    const piped = join(effects.engine.tempFolder, 'stdin')
    if (files.includes(PIPED)) await savePiped(piped, context)
    const options = {
      inputs: inputs.map(input => (input.path === PIPED ? { ...input, path: piped } : input)),
      limit,
      rejected: await requireNoInput(rejectedPlace(inputs, declared.name, flags, context), inputs),
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
    const told = { declared, batch, isOneOfMany: files.length > 1 }
    await tell(told, inserted, context)
  }
  await withAppend(name, flags, context, insert, 'query') // rows wait in files: there is little beside the engine
}

const MOST_NAMED = 100

function limitOf({ strict, maxRejected }: InsertFlags): RejectedLimit {
  if (maxRejected !== undefined) return parseRejectedLimit(maxRejected)
  return strict ? NONE_REJECTED : {}
}

async function toInputs(
  files: readonly string[],
  { inputFormat, delimiter }: InsertFlags,
  { cwd }: Context,
): Promise<NamedRows[]> {
  const given = { ...(inputFormat && { format: inputFormat }), ...(delimiter !== undefined && { delimiter }) }
  const inputs = files.map(file =>
    file === PIPED
      ? { name: 'what is piped in', path: PIPED, ...formatOfName('', { format: 'ndjson', ...given }) }
      : { name: file, path: resolve(cwd, file), ...formatOfName(file, given) },
  )
  const ids = await Promise.all(inputs.map(({ path }) => idOf(path)))
  const twice = inputs.find((_, i) => ids.indexOf(ids[i] ?? '') < i)
  if (twice) throw new UsageError({ subject: twice.name, expected: 'each file once', got: 'it again' })
  return inputs
}

/** Links of a file have the same. One that can't be looked at is refused later. */
async function idOf(path: string): Promise<string> {
  const found = path === PIPED ? undefined : await stat(path, { bigint: true }).catch(() => undefined)
  return found ? `${found.dev} ${found.ino}` : path
}

/** What is piped in can be read once only, and is checked as a file. */
async function savePiped(path: string, { stdin, signal }: Context): Promise<void> {
  await pipeline(stdin ?? [], createWriteStream(path, { flags: 'wx' }), { signal }).catch(error => {
    throw toFileSystemError(error, path)
  })
}

function rejectedPlace(
  inputs: readonly NamedRows[],
  table: string,
  { rejected, overwrite = false }: InsertFlags,
  { cwd }: Context,
): RejectedPlace {
  if (rejected !== undefined) return { path: resolve(cwd, rejected), overwrite, isDefault: false }
  const [only, ...others] = inputs
  const of = !only || others.length > 0 ? table : only.path === PIPED ? 'stdin' : basename(only.path)
  return { path: join(cwd, `${shorten(of)}.rejected.jsonl`), overwrite, isDefault: true }
}

/** @throws {UsageError} for a place that is one of the inputs: its good rows would be lost */
async function requireNoInput(place: RejectedPlace, inputs: readonly NamedRows[]): Promise<RejectedPlace> {
  const id = await idOf(place.path)
  const ids = await Promise.all(inputs.map(({ path }) => idOf(path)))
  if (!ids.includes(id)) return place
  const subject = inputs[ids.indexOf(id)]?.name ?? place.path
  const expected = 'another file for the rejected rows than one that is inserted'
  throw new UsageError({
    subject,
    expected,
    got: 'the same',
    fix: 'nothing was added; --rejected says where they may go',
  })
}

/** Names of files have 255 bytes at most. */
const shorten = (name: string): string => {
  const letters = [...name]
  while (Buffer.byteLength(letters.join('')) > LONGEST_NAME) letters.pop()
  return letters.join('')
}

const LONGEST_NAME = 200

async function tell(
  { declared, batch, isOneOfMany }: Told,
  { appended, badRows, rejectedFile, shown, leftOver = [] }: Inserted,
  context: Context,
): Promise<void> {
  const rejected = rejectedFile === undefined ? undefined : { count: badRows, file: rejectedFile }
  const row = toAppendedRow(declared.table, batch, appended, rejected)
  const isBatch = appended.kind === 'unchanged' && appended.why === 'batch'
  await tellAppended(declared.name, row, isBatch ? `the batch ${batch} is in ${declared.name}` : 'no rows', context)
  for (const file of leftOver)
    context.log.warn(`bad rows of an insert that was killed, or still runs, are in ${shownPlace(file, context.cwd)}`)
  if (!rejected) return
  const lines = shown.map(each => `  ${placeOf(each, isOneOfMany)}: ${each.reason}`)
  const more = badRows > shown.length ? [`  … and ${formatCount(badRows - shown.length)} more`] : []
  const kept = `${countText(badRows, 'row')} kept apart in ${shownPlace(rejected.file, context.cwd)}`
  context.log.warn([kept, ...lines, ...more].join('\n'))
}

interface Told {
  readonly declared: DeclaredTable
  readonly batch: string | undefined
  readonly isOneOfMany: boolean
}
