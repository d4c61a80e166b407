import { StocktakeError } from '../errors.js'
import type { Column } from '../output/cells.js'
import { escapeControls } from '../output/terminal.js'
import { writeText } from '../output/textWriter.js'
import type { Check } from '../snapshot/connectorChecks.js'
import type { Context } from './globals.js'

/**
 * Writes a line for each thing that was looked at, as it comes, and below it what mends it.
 * @param subject what the checks are of, for the error
 * @param group what several checks are of: a heading for people, a column for programs
 * @throws {StocktakeError} when one of them fails, after all lines
 */
export async function writeChecks<C extends Check>(
  checks: AsyncIterable<C>,
  subject: string,
  context: Context,
  group?: keyof C & string,
): Promise<void> {
  let [all, failed] = [0, 0]
  async function* counted(): AsyncGenerator<C> {
    for await (const check of checks) {
      all++
      if (check.status === 'fail') failed++
      yield check
    }
  }
  if (context.format === 'table') {
    let heading: unknown
    for await (const check of counted()) {
      const isNew = group !== undefined && check[group] !== heading
      const lines = isNew ? [headingLine(check[group], heading === undefined, context)] : []
      if (isNew) heading = check[group]
      await writeText(context.stdout, [...lines, ...checkLines(check, context)])
    }
  } else await context.write(counted(), group === undefined ? COLUMNS : [{ name: group }, ...COLUMNS])
  if (failed > 0) throw new StocktakeError({ subject, got: `${failed} of ${all} checks failed` })
}

const COLUMNS: Column<Check>[] = [{ name: 'status' }, { name: 'check' }, { name: 'found' }, { name: 'fix' }]

const headingLine = (heading: unknown, isFirst: boolean, { colors }: Context): string =>
  `${isFirst ? '' : '\n'}${colors.bold(escapeControls(String(heading)))}\n`

/** `ok    destination     /data/reports`, and below it the fix. */
function checkLines({ status, check, found, fix }: Check, { colors }: Context): string[] {
  const color = { ok: colors.green, warn: colors.yellow, fail: colors.red }[status]
  const lines = [`${color(status.padEnd(6))}${escapeControls(check).padEnd(14)}  ${escapeControls(found)}\n`]
  return fix === null ? lines : [...lines, `${' '.repeat(22)}fix: ${escapeControls(fix)}\n`]
}
