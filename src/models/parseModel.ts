import {
  type Header,
  headerError,
  headerText,
  ModelError,
  parseHeader,
  requireHeader,
  requireKnownNames,
} from './header.js'
import { type ModelParam, parseParams } from './modelParams.js'
import { type Prune, parsePrunes } from './prunes.js'
import { parseShownAs, type ShownAs } from './shownAs.js'
import { listParams } from './sqlParams.js'

/** A SELECT in a file, with what its header says of it. */
export interface Model {
  readonly name: string
  /** What one row stands for. */
  readonly grain: string
  /** The question that it answers as a report; not every model is one. */
  readonly question?: string
  /** Names of the relations it reads; whoever runs it provides them. */
  readonly inputs: readonly string[]
  readonly params: readonly ModelParam[]
  /** Conditions on columns of what it reads, which all rows that count in its answer meet: files without such rows can be left out. */
  readonly prunes: readonly Prune[]
  readonly shownAs: ShownAs
  /** The SELECT without its header. */
  readonly sql: string
}

/** Parses a model's text. @throws {ModelError} if its header lacks a line or names a parameter that its SQL doesn't use */
export function parseModel(text: string, path: string): Model {
  const header = parseHeader(text, path)
  const params = parseParams(header)
  const used = new Set(listParams(header.sql))
  const declared = new Set(params.map(param => param.name))
  const stray = [...used].find(name => !declared.has(name)) ?? [...declared].find(name => !used.has(name))
  if (stray !== undefined)
    throw new ModelError({ subject: path, expected: 'the same parameters in header and SQL', got: `$${stray} in one` })
  return {
    name: requireHeader(header, 'model'),
    grain: requireHeader(header, 'grain'),
    ...questionOf(header),
    inputs: parseNames(headerText(header, 'inputs') ?? ''),
    params,
    prunes: parsePrunes(header, params),
    shownAs: parseShownAs(header),
    sql: header.sql,
  }
}

/**
 * A model in a person's own file: a SELECT, of whose header every line may be missing. Its SQL begins on the line that it
 * has in the file, so that DuckDB's messages name the right one.
 * @throws {ModelError} for a header that can't be understood, with its line
 */
export function parseOwnModel(text: string, name: string, path: string): Model {
  const header = parseHeader(text.replace(/^\uFEFF/, ''), path)
  requireKnownNames(header)
  const declared = parseParams(header)
  const used = listParams(header.sql)
  requireUsed(declared, used, header)
  return {
    name,
    grain: headerText(header, 'grain') ?? '',
    ...questionOf(header),
    inputs: parseNames(headerText(header, 'inputs') ?? ''),
    params: used.map(name => declared.find(param => param.name === name) ?? { name, type: 'VARCHAR' }),
    prunes: parsePrunes(header, declared),
    shownAs: parseShownAs(header),
    sql: `${'\n'.repeat(header.linesBefore)}${header.sql}`,
  }
}

function requireUsed(declared: readonly ModelParam[], used: readonly string[], header: Header): void {
  const unused = declared.find(({ name }) => !used.includes(name))
  if (!unused) return
  const at = header.values.get('params')?.find(({ text }) => text.includes(`$${unused.name}`))
  throw headerError(header, at, { expected: `$${unused.name} in the SELECT`, got: 'a parameter that it does not use' })
}

const questionOf = (header: Header): Pick<Model, 'question'> => {
  const question = headerText(header, 'report')
  return question === undefined ? {} : { question }
}

/** `a, b  (what they are)` without the remarks. */
const parseNames = (text: string): string[] => text.replaceAll(/\([^)]*\)/g, '').match(/[a-z_0-9]+/g) ?? []
