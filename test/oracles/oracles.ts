import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe } from 'vitest'
import { environmentFolder, environmentPython, hasEnvironment } from './pythonEnvironment.js'

const run = promisify(execFile)
const DUCKDB_VERSION = 'v1.5.5'

/** `describe` for tests that need Python, pyarrow, pyiceberg or DuckDB's extensions: skipped where they can't be had. */
export const describeWithOracles = describe.skipIf(!hasEnvironment(environmentFolder()))

/** The interpreter that has pyarrow and pyiceberg. */
export const pythonPath = (): string => environmentPython(environmentFolder())

/**
 * Runs a Python script with pyarrow and pyiceberg at hand.
 * @param script a file of this folder by its name (`read_table.py`), or an absolute path
 * @returns what it wrote to stdout; rejects with its stderr when it fails
 */
export async function runPython(script: string, args: readonly string[] = []): Promise<string> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const { stdout } = await run(pythonPath(), ['-W', 'ignore', path, ...args], { maxBuffer: 1 << 28 })
  return stdout
}

/** The path of one of DuckDB's own signed extensions, for `LOAD '<path>'`. */
export const duckdbExtension = (name: 'httpfs' | 'avro' | 'iceberg'): string =>
  installed(`duckdb_extension_${name}`, 'extensions', DUCKDB_VERSION, `${name}.duckdb_extension`)

/** The path of DuckDB's own command. */
export const duckdbProgram = (): string => installed('duckdb_cli', 'duckdb')

function installed(...path: readonly string[]): string {
  const lib = join(environmentFolder(), 'lib')
  const python = readdirSync(lib).find(entry => entry.startsWith('python'))
  if (python === undefined) throw new Error(`${lib}: expected a folder python3.N`)
  return join(lib, python, 'site-packages', ...path)
}
