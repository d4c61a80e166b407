import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { RemoteKind, RemoteResult } from '../engine/remoteEngine.js'
import { UsageError } from '../errors.js'
import type { EngineArgs } from './engineFlag.js'
import type { Context } from './globals.js'
import { withEngine } from './lakeSession.js'
import { type AnswerSource, requireTarget, writeAnswer } from './queryAnswer.js'
import type { Question } from './queryRun.js'
import { startQueryTimer } from './queryTimer.js'
import { withRemote } from './remoteSession.js'

interface RemoteQueryArgs extends EngineArgs {
  readonly report?: string
}

/**
 * Runs a person's query, in Trino's SQL, on an engine elsewhere, and writes its rows.
 * @throws {UsageError} for what only DuckDB can do, and for a statement that isn't one that reads
 * @throws {RemoteQueryError} in the engine's own words
 */
export async function runRemoteQuery(
  question: Question,
  args: RemoteQueryArgs,
  kind: RemoteKind,
  context: Context,
): Promise<void> {
  requireRemote(question, args, kind)
  const sql = requireReading(question.sql)
  await requireTarget(sql, question.target)
  await withRemote(args, kind, context, async ({ ask }) => {
    const source = answerOf(await ask(sql), context)
    await writeAnswer(source, question.target, context, startQueryTimer(context.now))
  })
}

function requireRemote({ asOf }: Question, { report }: RemoteQueryArgs, kind: RemoteKind): void {
  if (report !== undefined)
    throw new UsageError({
      subject: '--report',
      expected: 'it without --engine',
      got: kind,
      fix: 'DuckDB reads a report where it is; other engines know the tables of reports that `publish` made',
    })
  if (asOf !== undefined)
    throw new UsageError({
      subject: '--as-of',
      expected: 'it without --engine',
      got: kind,
      fix: "add a condition such as snapshot <= '2026-01-20T12-00Z' on objects, folders, changes or snapshots",
    })
}

/**
 * The statement without the semicolon at its end, which these engines refuse.
 * @throws {UsageError} unless it begins as one that only reads
 */
export function requireReading(sql: string): string {
  const statement = withoutSemicolons(sql)
  if (READING.test(statement)) return statement
  throw new UsageError({
    subject: 'query',
    expected: 'a SELECT, as a lake is only written to by imports',
    got: JSON.stringify(statement.trim().split(/\s+/).slice(0, 5).join(' ')),
    fix: 'WITH, VALUES, TABLE, SHOW, DESCRIBE and EXPLAIN of these can be had, too',
  })
}

function withoutSemicolons(sql: string): string {
  const text = sql.trimEnd()
  return text.endsWith(';') ? withoutSemicolons(text.slice(0, -1)) : text
}

const SPACE = String.raw`(?:\s|--[^\n]*(?:\n|$)|/\*[\s\S]*?\*/|\()*`
const EXPLAIN = String.raw`(?:explain\b${SPACE}(?:analyze\b${SPACE})?(?:verbose\b${SPACE})?(?:(?:type|format)\s[^)]*\)${SPACE})?)?`
const READING = new RegExp(`^${SPACE}${EXPLAIN}(?:select|with|values|table|show|desc|describe)\\b`, 'i')

/** Rows for files of DuckDB's own kinds are a file meanwhile. */
const answerOf = (result: RemoteResult, context: Context): AnswerSource => ({
  query: async () => result,
  inDuckDB: act =>
    withEngine(context, async ({ engine }) => {
      const { landRows } = await import('../engine/remoteRows.js')
      const folder = await mkdtemp(join(engine.tempFolder, 'remote-'))
      return act(await landRows(result, folder), engine) // the folder goes with the engine's
    }),
})
