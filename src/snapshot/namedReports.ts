import { readdir } from 'node:fs/promises'
import { join, parse } from 'node:path'
import { readTextFile } from '../config/textFile.js'
import { type Params, QueryError, type QueryResult } from '../engine/engine.js'
import { NotFoundError, UsageError } from '../errors.js'
import { ModelError } from '../models/header.js'
import { type Dialect, loadModel } from '../models/model.js'
import { type ModelParam, readParam } from '../models/modelParams.js'
import { type Model, parseOwnModel } from '../models/parseModel.js'
import { formatSuggestion } from '../output/suggestion.js'
import { packageFolder } from '../packageFolder.js'
import { runSelect } from './lakeQuery.js'
import { type LakeView, registerViews, type ViewEffects } from './lakeViews.js'
import type { Report } from './report.js'

/** A report that is asked for by its name: one of `sql/reports` that answers a question, or a person's own. */
export interface NamedReport {
  readonly model: Model
  /** The file of a person's own; `undefined` for those that ship. */
  readonly path?: string
}

/** Reports by name, and those files of a person's own that can't be used: one mistake hides no other report. */
export interface ReportList {
  readonly reports: readonly NamedReport[]
  readonly refused: readonly ModelError[]
}

/**
 * All reports, by name. A person's own are the files `*.sql` in the folder `reports` beside stocktake.yaml; one that has
 * the name of another that ships takes its place.
 * @param folder of stocktake.yaml
 */
export async function listNamedReports(folder: string): Promise<ReportList> {
  const reports = new Map<string, NamedReport>()
  const refused: ModelError[] = []
  for (const name of await listNames(shippedFolder())) {
    const report = loadShipped(name)
    if (report) reports.set(name, report)
  }
  for (const name of await listNames(join(folder, OWN))) {
    try {
      const report = await loadOwn(name, folder)
      if (report) reports.set(name, report)
    } catch (error) {
      if (!(error instanceof ModelError)) throw error
      refused.push(error)
      reports.delete(name)
    }
  }
  return { reports: [...reports.values()].sort((a, b) => (a.model.name < b.model.name ? -1 : 1)), refused }
}

/**
 * @param dialect of those that ship; a person's own are in the one that they are written in
 * @throws {NotFoundError} which names what there is instead
 * @throws {ModelError} for a person's own file with a header that can't be understood
 */
export async function getNamedReport(name: string, folder: string, dialect: Dialect = 'duckdb'): Promise<NamedReport> {
  const own = (await listNames(join(folder, OWN))).includes(name) ? await loadOwn(name, folder) : undefined
  if (own) return own
  const shipped = (await listNames(shippedFolder())).includes(name) ? loadShipped(name, dialect) : undefined
  if (shipped) return shipped
  const names = (await listNamedReports(folder)).reports.map(({ model }) => model.name)
  throw new NotFoundError({
    subject: `report ${JSON.stringify(name)}`,
    got: 'no such report',
    fix: formatSuggestion(name, names) ?? `there are ${names.join(', ')}: stocktake report --list`,
  })
}

const OWN = 'reports'

const shippedFolder = (): string => join(packageFolder(), 'sql', 'reports')

/** `undefined` for a model that answers no question of its own. */
function loadShipped(name: string, dialect: Dialect = 'duckdb'): NamedReport | undefined {
  const model = loadModel(`reports/${name}`, dialect)
  return model.question === undefined ? undefined : { model }
}

async function loadOwn(name: string, folder: string): Promise<NamedReport | undefined> {
  const path = join(folder, OWN, `${name}.sql`)
  const text = await readTextFile(path)
  return text === undefined ? undefined : { model: parseOwnModel(text, name, path), path }
}

/**
 * A report with the values of its parameters; those that no value is given for have the default of its header, or are
 * NULL.
 * @param given what a person typed, as `name=value`
 * @param known values that aren't typed: the connector, prices, the time
 * @throws {UsageError} for a parameter that the report doesn't have, or a value that isn't of its type or too small
 */
export function fillParams({ model }: NamedReport, given: readonly string[], known: Params): Report {
  const params: Record<string, Params[string]> = {}
  for (const { name, fallback } of model.params) params[name] = known[name] ?? fallback ?? null
  const typed = new Set<string>()
  for (const text of given) {
    const [name, value] = splitParam(text)
    const param = model.params.find(param => param.name === name)
    if (!param || name === 'connector') throw unknownParam(model, name)
    if (typed.has(name)) throw new UsageError({ subject: `--param ${name}`, expected: 'it once', got: 'it again' })
    typed.add(name)
    params[name] = parseValue(param, value)
  }
  return { model, params }
}

/**
 * Runs a report over the lake's views.
 * @param register makes the engine know the views that it names: those of the lake unless given
 * @throws {UsageError} unless it is one SELECT; nothing has run then
 * @throws {QueryError} with DuckDB's own message; of a person's own file with its line
 */
export async function runNamedReport(
  { path }: NamedReport,
  report: Report,
  effects: ViewEffects,
  register: (names: readonly LakeView[]) => Promise<unknown> = names => registerViews(names, effects),
): Promise<QueryResult> {
  return runFilledReport(report, path ?? `report ${report.model.name}`, effects, register)
}

/** As {@link runNamedReport}, of anything that is a model with values. @param subject what errors are about */
export async function runFilledReport(
  { model, params }: Report,
  subject: string,
  effects: Pick<ViewEffects, 'engine'>,
  register: (names: readonly LakeView[]) => Promise<unknown>,
): Promise<QueryResult> {
  try {
    const { columns, rows } = await runSelect(model.sql, params, subject, effects, register)
    return { columns, rows: namingErrors(rows, subject) }
  } catch (error) {
    throw namedError(error, subject)
  }
}

async function* namingErrors<T>(rows: AsyncIterable<T>, subject: string): AsyncIterable<T> {
  try {
    yield* rows
  } catch (error) {
    throw namedError(error, subject)
  }
}

/** DuckDB counts lines as the file does: the SQL of a person's own report begins where it does in its file. */
function namedError(error: unknown, subject: string): unknown {
  if (!(error instanceof QueryError)) return error
  const line = /^LINE (\d+):/m.exec(error.facts.got ?? '')?.[1]
  return new QueryError({ ...error.facts, subject: line === undefined ? subject : `${subject}:${line}`, cause: error })
}

async function listNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch(error => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
    throw error
  })
  return entries
    .map(entry => parse(entry))
    .flatMap(({ name, ext }) => (ext === '.sql' && !name.startsWith('.') ? [name] : []))
}

function splitParam(text: string): [name: string, value: string] {
  const equals = text.indexOf('=')
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)]
  throw new UsageError({ subject: '--param', expected: 'name=value', got: JSON.stringify(text) })
}

function unknownParam(model: Model, name: string): UsageError {
  const names = model.params.map(param => param.name).filter(each => each !== 'connector')
  const takes = names.length === 0 ? `${model.name} takes none` : `${model.name} takes ${names.join(', ')}`
  const connector = `name it after the report: stocktake report ${model.name} CONNECTOR`
  return new UsageError({
    subject: `--param ${name}`,
    got: 'unknown parameter',
    fix: name === 'connector' ? connector : (formatSuggestion(name, names) ?? takes),
  })
}

function parseValue({ name, type, least }: ModelParam, text: string): Params[string] {
  const [expected, value] = readParam(type, text)
  if (value !== undefined && (least === undefined || Number(value) >= least)) return value
  const from = least === undefined ? '' : ` from ${least}`
  throw new UsageError({ subject: `--param ${name}`, expected: `${expected}${from}`, got: JSON.stringify(text) })
}
