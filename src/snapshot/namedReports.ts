import { readdir } from 'node:fs/promises'
import { join, parse } from 'node:path'
import { readTextFile } from '../config/textFile.js'
import type { Params, QueryResult } from '../engine/engine.js'
import { NotFoundError, UsageError } from '../errors.js'
import { loadModel, type Model, parseOwnModel } from '../models/model.js'
import { formatSuggestion } from '../output/suggestion.js'
import { packageFolder } from '../packageFolder.js'
import { runSelect } from './lakeQuery.js'
import type { LakeEffects } from './lakeTables.js'
import type { Report } from './report.js'

/** A report that is asked for by its name: one of `sql/reports` that answers a question, or a person's own. */
export interface NamedReport {
  readonly model: Model
  /** The file of a person's own; `undefined` for those that ship. */
  readonly path?: string
}

/**
 * All reports, by name. A person's own are the files `*.sql` in the folder `reports` beside stocktake.yaml; one that has
 * the name of another that ships takes its place.
 * @param folder of stocktake.yaml
 */
export async function listNamedReports(folder: string): Promise<NamedReport[]> {
  const reports = new Map<string, NamedReport>()
  for (const name of await listNames(join(packageFolder(), 'sql', 'reports'))) {
    const model = loadModel(`reports/${name}`, 'duckdb')
    if (model.question !== undefined) reports.set(name, { model })
  }
  const own = join(folder, 'reports')
  for (const name of await listNames(own)) {
    const path = join(own, `${name}.sql`)
    const text = await readTextFile(path)
    if (text !== undefined) reports.set(name, { model: parseOwnModel(text, name), path })
  }
  return [...reports.values()].sort((a, b) => (a.model.name < b.model.name ? -1 : 1))
}

/** @throws {NotFoundError} which names what there is instead */
export async function getNamedReport(name: string, folder: string): Promise<NamedReport> {
  const reports = await listNamedReports(folder)
  const found = reports.find(({ model }) => model.name === name)
  if (found) return found
  const names = reports.map(({ model }) => model.name)
  throw new NotFoundError({
    subject: `report ${JSON.stringify(name)}`,
    got: 'no such report',
    fix: formatSuggestion(name, names) ?? `there are ${names.join(', ')}: stocktake report --list`,
  })
}

/**
 * A report with the values of its parameters; those that no value is given for are NULL.
 * @param given what a person typed, as `name=value`
 * @param known values that aren't typed: the connector, prices
 * @throws {UsageError} for a parameter that the report doesn't have, or a value that isn't of its type
 */
export function fillParams({ model }: NamedReport, given: readonly string[], known: Params): Report {
  const params: Record<string, Params[string]> = {}
  for (const { name } of model.params) params[name] = known[name] ?? null
  const typed = new Set<string>()
  for (const text of given) {
    const [name, value] = splitParam(text)
    const param = model.params.find(param => param.name === name)
    if (!param || name === 'connector') throw unknownParam(model, name)
    if (typed.has(name)) throw new UsageError({ subject: `--param ${name}`, expected: 'it once', got: 'it again' })
    typed.add(name)
    params[name] = parseValue(name, param.type, value)
  }
  return { model, params }
}

/**
 * Runs a report over the lake's views.
 * @throws {UsageError} unless it is one SELECT; nothing has run then
 * @throws {QueryError} with DuckDB's own message
 */
export const runNamedReport = (
  { path }: NamedReport,
  { model, params }: Report,
  effects: LakeEffects,
): Promise<QueryResult> => runSelect(model.sql, params, path ?? `report ${model.name}`, effects)

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

function parseValue(name: string, type: string, text: string): Params[string] {
  const [kind, value] = readValue(type, text)
  if (value !== undefined) return value
  throw new UsageError({ subject: `--param ${name}`, expected: kind, got: JSON.stringify(text) })
}

/** A value of a type that headers have, `undefined` for text that is none, and what would be one. Dates stay texts. */
function readValue(type: string, text: string): [expected: string, value: Params[string] | undefined] {
  switch (type) {
    case 'BIGINT':
    case 'INTEGER':
      return ['a whole number', /^-?\d{1,18}$/.test(text) ? BigInt(text) : undefined]
    case 'DOUBLE':
      return ['a number', text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined]
    case 'BOOLEAN':
      return ['true or false', text === 'true' ? true : text === 'false' ? false : undefined]
    default:
      return ['text', text]
  }
}
