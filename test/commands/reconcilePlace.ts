import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { COMMANDS, run } from '../../src/cli.js'
import { TextSink } from '../output/textSink.js'
import type { Answer } from './smallLake.js'

/** A folder with a bucket that is listed, and what should be in it. */
export interface ReconcilePlace {
  readonly folder: string
  /** Runs a command line there; each a minute after the one before, from 22 January 2026, one o'clock. */
  run(...args: string[]): Promise<Answer>
  /** Runs it with --format json. @throws for an exit code other than 0 */
  rows(...args: string[]): Promise<Record<string, unknown>[]>
  put(path: string, text: string): Promise<void>
  read(path: string): Promise<string>
  remove(): Promise<void>
}

const SETTINGS = `
connectors:
  raw: { source_bucket: ./raw-bucket, scan_mode: full }
`

/** @param expectations the text of data_inventory.yaml */
export async function openReconcilePlace(expectations: string, settings = SETTINGS): Promise<ReconcilePlace> {
  const folder = await mkdtemp(join(tmpdir(), 'stocktake-reconcile-'))
  let minutes = 0
  const runHere = async (...args: string[]): Promise<Answer> => {
    const [stdout, stderr] = [new TextSink(), new TextSink()]
    const startedAt = Date.parse('2026-01-22T01:00:00Z') + 60_000 * minutes++
    const begun = performance.now()
    const now = () => new Date(startedAt + Math.floor(performance.now() - begun))
    const world = { stdout, stderr, cwd: folder, env: {}, now, signal: new AbortController().signal }
    const code = await run(args, COMMANDS, world)
    const told = (text: string) => text.replaceAll(folder, '…')
    return { code, stdout: told(stdout.text), stderr: told(stderr.text) }
  }
  const place: ReconcilePlace = {
    folder,
    run: runHere,
    async rows(...args) {
      const answer = await runHere(...args, '--format', 'json')
      if (answer.code !== 0) throw new Error(answer.stderr)
      return JSON.parse(answer.stdout)
    },
    async put(path, text) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    },
    read: path => readFile(join(folder, path), 'utf8'),
    remove: () => rm(folder, { recursive: true }),
  }
  await place.put('stocktake.yaml', settings)
  await place.put('data_inventory.yaml', expectations)
  return place
}
