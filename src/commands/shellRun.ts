import { createInterface } from 'node:readline'
import { getLakePlace } from '../config/config.js'
import { viewStatements } from '../engine/namedView.js'
import { latestReceipts } from '../snapshot/currentSources.js'
import { LAKE_VIEWS, loadViewStatements } from '../snapshot/lakeViews.js'
import { listReceipts, type Receipt } from '../snapshot/receipts.js'
import { parseMoment } from '../snapshot/snapshotName.js'
import { findDuckDB, runDuckDB } from './duckdbShell.js'
import type { Context } from './globals.js'
import { shownPlace } from './importScreen.js'
import { type LakeSession, withLake } from './lakeSession.js'
import { historyPath, loadHistory } from './shellHistory.js'
import { createShellReader } from './shellInput.js'
import { runPrompt } from './shellPrompt.js'
import { openShell, parseFormat, type Shell } from './shellSession.js'
import { tableViewsOf } from './tableViewsOf.js'

interface ShellOptions {
  readonly asOf?: string
  readonly own?: boolean
  readonly format?: string
}

/**
 * Lets a person query the lake until they end it; of statements that are piped in, runs one after the other.
 * @throws {QueryError} of a statement that was piped in
 */
export async function runShell(options: ShellOptions, context: Context): Promise<void> {
  if (options.format !== undefined) parseFormat(options.format, '--format')
  const asOf = options.asOf === undefined ? undefined : parseMoment(options.asOf, '--as-of')
  const { stdin, stderr } = context
  if (!stdin?.isTTY || !stderr.isTTY)
    return withLake(context, async session => {
      const more = await tableViewsOf(session.catalog, context)
      await runScript(openShell(session, context, more, asOf), context)
    })
  if (wantsDuckDB(options, context) && (await runInDuckDB(asOf, context))) return
  await withLake(context, async session => {
    const more = await tableViewsOf(session.catalog, context)
    greet(await findLatest(session, asOf), await more.list(), context)
    const history = await loadHistory(historyPath(context.env))
    await runPrompt(openShell(session, context, more, asOf), { ...context, input: stdin, output: stderr, history })
  })
}

/** Its own formats, and a lake that only this process has credentials for, are for the own prompt. */
const wantsDuckDB = ({ own, format }: ShellOptions, { config }: Context): boolean =>
  !own && format === undefined && !getLakePlace(config).startsWith('s3://')

/** @returns whether DuckDB's command was there, and could make the views */
async function runInDuckDB(asOf: Date | undefined, context: Context): Promise<boolean> {
  const program = await findDuckDB(context.env)
  if (program === undefined) return false
  const { statements, latest, names } = await withLake(context, async session => {
    const more = await tableViewsOf(session.catalog, context)
    const { statements, latest } = await loadViewStatements(LAKE_VIEWS, session, asOf)
    const others = await more.load(more.names, { isNamed: false, ...(asOf && { asOf }) })
    return { statements: [...statements, ...others.flatMap(viewStatements)], latest, names: await more.list() }
  })
  const tell = (version: string) => greet(latest, names, context, `DuckDB ${version}: ${program}`)
  return runDuckDB(program, statements, tell, context)
}

const findLatest = async (session: LakeSession, asOf: Date | undefined): Promise<readonly Receipt[]> =>
  asOf ? (await loadViewStatements(['snapshots'], session, asOf)).latest : latestReceipts(await listReceipts(session))

function greet(
  latest: readonly Receipt[],
  tables: readonly string[],
  { log, config, cwd }: Context,
  program?: string,
): void {
  const snapshots = latest.map(({ connector, snapshot }) => `${connector} ${snapshot}`).join(', ')
  log.notice(`${shownPlace(getLakePlace(config), cwd)}: ${snapshots || 'no snapshots yet'}`)
  log.notice(`views ${[...LAKE_VIEWS, ...tables].join(', ')}`)
  log.notice(`${program === undefined ? '' : `${program}; `}a statement ends with ;  .help shows more, .quit ends it`)
}

/** Stops at the first error: what comes after it may build on it. */
async function runScript(shell: Shell, { stdin, stdout, log, signal }: Context): Promise<void> {
  if (!stdin) return
  const reader = createShellReader()
  async function* inputs() {
    const lines = createInterface({
      input: stdin as NodeJS.ReadableStream,
      crlfDelay: Number.POSITIVE_INFINITY,
      signal,
    })
    for await (const line of lines) yield* reader.read(line)
    yield* reader.end()
  }
  for await (const input of inputs()) {
    signal.throwIfAborted()
    try {
      if ((await shell.execute(input)) === 'quit') return
    } catch (error) {
      if (input.kind === 'statement' && !signal.aborted) log.warn(`stopped at the statement in line ${input.line}`)
      throw error
    }
    if (stdout.errored) return // nobody reads it
  }
  signal.throwIfAborted()
}
