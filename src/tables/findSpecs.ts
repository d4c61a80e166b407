import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../errors.js'
import { type DeclaredTable, parseTableSpec, type SpecValues } from './tableSpec.js'

/**
 * The tables that folders declare, by name: every `*.yaml` (or `*.yml`) in them, and in no folder below.
 * @param folders where two have a file of one name, that of the first counts; a folder that isn't there has none
 * @throws {UsageError} with a line for each mistake in a file that counts; where two files declare one table
 */
export async function findSpecs(folders: readonly string[], values: SpecValues): Promise<DeclaredTable[]> {
  const files = new Map<string, string>()
  for (const folder of folders)
    for (const [name, file] of await listFiles(folder)) if (!files.has(name)) files.set(name, file)
  const declared: DeclaredTable[] = []
  for (const [, file] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    declared.push(parseTableSpec(await readFile(file, 'utf8'), file, values))
  requireOneEach(declared)
  return declared
}

/** The files of a folder by the names of their tables. */
async function listFiles(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  for (const entry of await listNames(folder)) {
    const name = /^([^.].*)\.ya?ml$/.exec(entry)?.[1]
    if (name === undefined) continue
    const file = join(folder, entry)
    const other = files.get(name)
    if (other !== undefined)
      throw new UsageError({
        subject: file,
        expected: 'one file of a name',
        got: `${other} as well`,
        fix: 'remove one',
      })
    files.set(name, file)
  }
  return files
}

async function listNames(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ENOENT') return []
    throw new UsageError({ subject: folder, expected: 'a folder that can be read', got: String(code), cause })
  }
}

function requireOneEach(declared: readonly DeclaredTable[]): void {
  const seen = new Map<string, DeclaredTable>()
  for (const spec of declared) {
    const other = seen.get(spec.table)
    if (other)
      throw new UsageError({
        subject: spec.file,
        expected: 'a table that no other file declares',
        got: `${spec.table}, as in ${other.file}`,
        fix: 'a file of the same name goes before the one that is shipped',
      })
    seen.set(spec.table, spec)
  }
}
