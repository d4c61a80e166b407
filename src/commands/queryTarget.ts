import { extname, resolve } from 'node:path'
import { UsageError } from '../errors.js'
import type { Format } from '../output/format.js'
import type { OutputFile } from '../output/outputFile.js'

/** What a query's rows can be written as: `arrows` is Arrow's stream, which `arrow` means where it goes to a pipe. */
export type AnswerFormat = Format | 'arrows' | 'parquet' | 's3-batch'

/** Where a query's rows go. */
export interface AnswerTarget {
  readonly format: AnswerFormat
  /** stdout without one. */
  readonly file?: OutputFile
}

interface TargetArgs {
  readonly output?: string
  readonly overwrite?: boolean
  readonly format?: Format | 's3-batch'
}

/**
 * Where the rows go, by the options of `query`; touches nothing.
 * @throws {UsageError} for a file whose name doesn't say what it is to be, or says something else than --format
 */
export function planTarget({ output, overwrite = false, format }: TargetArgs, cwd: string): AnswerTarget {
  if (output === undefined) {
    if (overwrite) throw new UsageError({ subject: '--overwrite', expected: '--output F with it', got: 'none' })
    return { format: format ?? 'table' }
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(output))
    throw new UsageError({
      subject: `--output ${output}`,
      expected: 'a file',
      got: 'a URL',
      fix: `write a file, and copy it: aws s3 cp F ${output}`,
    })
  const extension = /[\\/]$/.test(output) ? '' : extname(output).toLowerCase()
  const byName = FORMATS_BY_EXTENSION[extension]
  if (byName === undefined)
    throw new UsageError({
      subject: `--output ${output}`,
      expected: `a name that ends in ${Object.keys(FORMATS_BY_EXTENSION).join(', ')}`,
      got: extension === '' ? 'no ending' : extension,
    })
  return { format: requireSame(format, byName, output), file: { path: resolve(cwd, output), overwrite } }
}

const FORMATS_BY_EXTENSION: Readonly<Record<string, AnswerFormat>> = {
  '.parquet': 'parquet',
  '.csv': 'csv',
  '.jsonl': 'jsonl',
  '.json': 'json',
  '.arrow': 'arrow',
  '.arrows': 'arrows',
  '.md': 'markdown',
  '.txt': 'table',
}

/** A manifest is a CSV of its own kind. */
function requireSame(format: TargetArgs['format'], byName: AnswerFormat, output: string): AnswerFormat {
  if (format === undefined || format === byName || (format === 'arrow' && byName === 'arrows')) return byName
  if (format === 's3-batch' && byName === 'csv') return format
  throw new UsageError({
    subject: `--format ${format}`,
    expected: format === 's3-batch' ? '--output F.csv' : `${byName}, by the name of ${output}`,
    got: format === 's3-batch' ? output : format,
    fix: 'leave --format out: the name says it',
  })
}
