import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readTextFile } from '../config/textFile.js'
import { NotFoundError } from '../errors.js'
import { ModelError } from '../models/header.js'
import { loadModel, nestShared } from '../models/model.js'
import type { ModelParam } from '../models/modelParams.js'
import { type Model, parseOwnModel } from '../models/parseModel.js'
import { formatSuggestion } from '../output/suggestion.js'
import { packageFolder } from '../packageFolder.js'
import type { DeclaredTable } from './tableSpec.js'

/** A question to a declared table: a model of its spec's folder of queries. */
export interface TableQuery {
  readonly declared: DeclaredTable
  readonly model: Model
  /** The file of a person's own; `undefined` for those that ship. */
  readonly path?: string
}

/** Queries by table and name, and those files of a person's own that can't be used: one mistake hides no other query. */
export interface TableQueryList {
  readonly queries: readonly TableQuery[]
  readonly refused: readonly ModelError[]
}

/**
 * The queries of declared tables: the shipped ones of `sql/<queries>` that answer a question, and a person's own, files
 * `<queries>/*.sql` beside the specs; an own file takes the place of a shipped one of its name.
 * @param folder where a person's own specs are: config/tables beside stocktake.yaml
 */
export async function listTableQueries(tables: readonly DeclaredTable[], folder: string): Promise<TableQueryList> {
  const queries: TableQuery[] = []
  const refused: ModelError[] = []
  for (const declared of tables)
    for (const name of await listNames(declared, folder)) {
      try {
        const query = await loadQuery(name, declared, folder)
        if (query) queries.push(query)
      } catch (error) {
        if (!(error instanceof ModelError)) throw error
        refused.push(error)
      }
    }
  return { queries, refused }
}

/**
 * The query of that name.
 * @throws {NotFoundError} which names what there is instead; where several tables have one of that name
 * @throws {ModelError} for a person's own file with a header that can't be understood
 */
export async function getTableQuery(
  name: string,
  tables: readonly DeclaredTable[],
  folder: string,
): Promise<TableQuery> {
  const found: TableQuery[] = []
  for (const declared of tables) {
    if (!(await listNames(declared, folder)).includes(name)) continue
    const query = await loadQuery(name, declared, folder)
    if (query) found.push(query)
  }
  const [query, ...others] = found
  if (query && others.length === 0) return query
  const subject = `query ${JSON.stringify(name)}`
  if (query) {
    const got = `one of ${found.map(({ declared }) => declared.name).join(' and of ')}`
    throw new NotFoundError({ subject, expected: 'a query of one table', got, fix: 'name the table: --table NAME' })
  }
  const names = [...new Set((await listTableQueries(tables, folder)).queries.map(({ model }) => model.name))]
  const has = names.length === 0 ? 'no table has queries' : `there are ${names.join(', ')}`
  const fix = formatSuggestion(name, names) ?? `${has}: stocktake tables query --list`
  throw new NotFoundError({ subject, got: 'no such query', fix })
}

/** Whether a parameter has its value without being given one: how many files were read, and of how many. */
export const isKnownQueryParam = ({ name }: Pick<ModelParam, 'name'>): boolean => KNOWN.includes(name)

const KNOWN: readonly string[] = ['read_file_count', 'table_file_count']

/** In the order of names, each once. */
async function listNames({ queries }: DeclaredTable, folder: string): Promise<string[]> {
  if (queries === undefined) return []
  const shipped = await listFiles(shippedFolder(queries))
  return [...new Set([...shipped, ...(await listFiles(join(folder, queries)))])].sort()
}

const shippedFolder = (queries: string): string => join(packageFolder(), 'sql', queries)

/** `undefined` for a shipped model that answers no question of its own. */
async function loadQuery(name: string, declared: DeclaredTable, folder: string): Promise<TableQuery | undefined> {
  const { queries = '' } = declared
  const path = join(folder, queries, `${name}.sql`)
  const text = await readTextFile(path)
  if (text !== undefined) return { declared, path, model: nestShared(parseOwnModel(text, name, path), 'duckdb') }
  const model = loadModel(`${queries}/${name}`, 'duckdb')
  return model.question === undefined ? undefined : { declared, model }
}

/** The names of the models in a folder; none where it isn't there. */
async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch(error => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
    throw error
  })
  return entries.flatMap(entry => /^([^.]+)(?:\.duckdb)?\.sql$/.exec(entry)?.[1] ?? [])
}
