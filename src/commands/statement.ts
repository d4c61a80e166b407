import { resolve } from 'node:path'
import { readTextFile } from '../config/textFile.js'
import { UsageError } from '../errors.js'

/** The SQL that was typed, or that is in the file. @throws {UsageError} for neither, both, or no such file */
export async function readStatement(
  { sql, file }: { readonly sql?: string; readonly file?: string },
  { cwd }: { readonly cwd: string },
): Promise<string> {
  if ((sql === undefined) === (file === undefined))
    throw new UsageError({
      subject: 'query',
      expected: 'SQL or --file',
      got: sql === undefined ? 'neither' : 'both',
      fix: 'stocktake query "select * from snapshots"',
    })
  if (sql !== undefined) return sql
  const path = resolve(cwd, file ?? '')
  const text = await readTextFile(path)
  if (text === undefined) throw new UsageError({ subject: path, got: 'no such file', fix: 'see --file' })
  return text
}
