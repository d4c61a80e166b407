import { resolve } from 'node:path'
import { UsageError } from '../errors.js'
import { type OutputFile, requireWritable, writeOutputFile, writeTextFile } from '../output/outputFile.js'
import { formatBytes } from '../output/quantities.js'
import { writeText } from '../output/textWriter.js'
import { loadRedactionKey, PLAIN_NAMES, redactedNames } from '../snapshot/redaction.js'
import { formatPage } from '../ui/page/formatPage.js'
import type { Context } from './globals.js'
import { withLake } from './lakeSession.js'
import { loadPageFigures } from './reportPageFigures.js'

interface ReportPageOptions {
  /** A file, or `-` for stdout. */
  readonly html?: string
  readonly redact?: boolean
  readonly overwrite?: boolean
  /** With --html the first word after `report` is a connector. */
  readonly name?: string
  /** A second word: there is no room for one. */
  readonly connector?: string
  readonly list?: boolean
  readonly param?: readonly string[]
  readonly sql?: boolean
  readonly format?: string
}

/**
 * Writes the page of one connector: of its newest snapshot, and of how it came to be.
 * @throws {UsageError} for a file that can't be written, and where it isn't certain which connector is meant
 * @throws {NotFoundError} for a connector without a snapshot of the whole bucket or a sample of it
 */
export async function writeReportPage(options: ReportPageOptions, context: Context): Promise<void> {
  const file = planFile(options, context.cwd)
  if (file) await requireWritable(file)
  const { page, connector, snapshot } = await withLake(context, async session => {
    const names = options.redact ? redactedNames(await loadRedactionKey(session.store)) : PLAIN_NAMES
    const figures = await loadPageFigures(options.name, names, context, session)
    return { page: formatPage(figures), connector: figures.connector, snapshot: figures.newest.snapshot }
  })
  if (!file) return writeText(context.stdout, [page])
  const sizeBytes = await writeOutputFile(file, path => writeTextFile(path, out => writeText(out, [page])))
  context.log.notice(`wrote ${options.html}: ${connector} ${snapshot}, ${formatBytes(sizeBytes)}`)
  if (options.redact)
    context.log.notice(
      'names of the connector, its bucket and its folders are tokens; figures and dates are as they are',
    )
}

/** Where the page goes; stdout for `undefined`. */
function planFile(options: ReportPageOptions, cwd: string): OutputFile | undefined {
  const { html = '', overwrite = false } = options
  const refuse = (expected: string, got: string, fix?: string): UsageError =>
    new UsageError({ subject: '--html', expected, got, ...(fix !== undefined && { fix }) })
  if (options.connector !== undefined)
    throw refuse('one connector at most', `${options.name} ${options.connector}`, 'a page has no name of a report')
  const other = (['list', 'param', 'sql', 'format'] as const).find(name => options[name] !== undefined)
  if (other !== undefined) throw refuse(`it without --${other}`, 'both', 'the page has the SQL of its figures in it')
  if (html === '') throw refuse('the name of a file, or - for stdout', 'none')
  if (html === '-') {
    if (overwrite) throw refuse('a file with --overwrite', 'stdout')
    return undefined
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(html))
    throw refuse('a file', 'a URL', `write a file, and copy it: aws s3 cp F ${html}`)
  return { path: resolve(cwd, html), overwrite }
}
