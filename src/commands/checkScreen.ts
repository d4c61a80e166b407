import { StocktakeError } from '../errors.js'
import type { Column } from '../output/cells.js'
import { escapeControls } from '../output/terminal.js'
import { writeText } from '../output/textWriter.js'
import type { Check } from '../snapshot/connectorChecks.js'
import type { Context } from './globals.js'

/**
 * Writes a line for each thing that was looked at, as it comes, and below it what mends it.
 * @param subject what the checks are of, for the error
 * @throws {StocktakeError} when one of them fails, after all lines
 */
export async function writeChecks(checks: AsyncIterable<Check>, subject: string, context: Context): Promise<void> {
  let [all, failed] = [0, 0]
  async function* counted(): AsyncGenerator<Check> {
    for await (const check of checks) {
      all++
      if (check.status === 'fail') failed++
      yield check
    }
  }
  if (context.format === 'table') {
    for await (const check of counted()) await writeText(context.stdout, checkLines(check, context))
  } else await context.write(counted(), COLUMNS)
  if (failed > 0) throw new StocktakeError({ subject, got: `${failed} of ${all} checks failed` })
}

const COLUMNS: Column<Check>[] = [{ name: 'status' }, { name: 'check' }, { name: 'found' }, { name: 'fix' }]

/** `ok    destination     /data/reports`, and below it the fix. */
function checkLines({ status, check, found, fix }: Check, { colors }: Context): string[] {
  const color = { ok: colors.green, warn: colors.yellow, fail: colors.red }[status]
  const lines = [`${color(status.padEnd(6))}${escapeControls(check).padEnd(14)}  ${escapeControls(found)}\n`]
  return fix === null ? lines : [...lines, `${' '.repeat(22)}fix: ${escapeControls(fix)}\n`]
}
