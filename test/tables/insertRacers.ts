import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageFolder } from '../../src/packageFolder.js'
import { SALES_YAML } from './salesPlace.js'

// The command as it is installed, in processes of its own: what `npm run build` made last.
const program = join(packageFolder(), 'dist', 'cli.js')

export const RACERS = 20
const ROWS = 50

/** Declares the table in a folder, with rows for each racer whose ids are its own. */
export async function prepareRacers(folder: string, settings: string): Promise<void> {
  await mkdir(join(folder, 'config/tables'), { recursive: true })
  await writeFile(join(folder, 'config/tables/sales.yaml'), SALES_YAML)
  await writeFile(join(folder, 'stocktake.yaml'), settings)
  for (let racer = 0; racer < RACERS; racer++) {
    const rows = Array.from({ length: ROWS }, (_, i) =>
      JSON.stringify({ id: racer * ROWS + i, tenant_id: `t${racer}`, sold: `202${5 + (i % 2)}-01-01` }),
    )
    await writeFile(join(folder, `${racer}.jsonl`), rows.join('\n'))
  }
}

/** The ids that all racers together insert. */
export const RACED_IDS: readonly number[] = Array.from({ length: RACERS * ROWS }, (_, id) => id)

/** One command in a process of its own. @returns its stdout */
export async function stocktake(args: readonly string[], folder: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], { cwd: folder })
  return stdout
}

/** Inserts of as many processes at once. @returns what became of each: `inserted`, `unchanged` */
export async function race(folder: string, more: (racer: number) => readonly string[]): Promise<string[]> {
  const answers = await Promise.all(
    Array.from({ length: RACERS }, (_, racer) =>
      stocktake(['tables', 'insert', 'sales', ...more(racer), '--format', 'json'], folder),
    ),
  )
  return answers.map(answer => JSON.parse(answer)[0].outcome).sort()
}
