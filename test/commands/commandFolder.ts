import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { COMMANDS, run } from '../../src/cli.js'
import type { World } from '../../src/commands/globals.js'
import { TextSink } from '../output/textSink.js'
import type { Answer } from './smallLake.js'

/** A folder with settings of a test's own, where command lines are run at the real time unless another is given. */
export interface CommandFolder {
  readonly folder: string
  configure(yaml: string): Promise<void>
  run(args: readonly string[], world?: Partial<World>): Promise<Answer>
  /** The rows of --format json, whatever the exit code. */
  rows(args: readonly string[], world?: Partial<World>): Promise<Record<string, unknown>[]>
  remove(): Promise<void>
}

export async function openCommandFolder(): Promise<CommandFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'stocktake-commands-'))
  const runHere = async (args: readonly string[], more: Partial<World> = {}): Promise<Answer> => {
    const [stdout, stderr] = [new TextSink(), new TextSink()]
    const world = { stdout, stderr, cwd: folder, env: {}, now: () => new Date(), signal: new AbortController().signal }
    const code = await run(args, COMMANDS, { ...world, ...more })
    const told = (text: string) => text.replaceAll(folder, '…')
    return { code, stdout: told(stdout.text), stderr: told(stderr.text) }
  }
  return {
    folder,
    configure: yaml => writeFile(join(folder, 'stocktake.yaml'), yaml),
    run: runHere,
    rows: async (args, world) => JSON.parse((await runHere([...args, '--format', 'json'], world)).stdout),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
