import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { headerText, parseHeader } from '../../src/models/header.js'
import { parseModel } from '../../src/models/parseModel.js'
import { packageFolder } from '../../src/packageFolder.js'

/** A model of `sql/`, of which a dialect may have a file of its own. */
export interface ModelFacts {
  /** Below `sql/`: `reports/storage`. */
  readonly path: string
  /** The folder: `reports`, `''` for those directly in `sql/`. */
  readonly folder: string
  readonly name: string
  readonly question?: string
  readonly grain: string
  readonly inputs: readonly string[]
  /** `$top BIGINT (20)` */
  readonly params: readonly string[]
  readonly dialects: string
  readonly notes?: string
  /** The files that it is in: one, or one more for a dialect. */
  readonly files: readonly string[]
}

/** Every model of `sql/`, by folder and name, from their headers. */
export function listModels(): ModelFacts[] {
  const files = readdirSync(join(packageFolder(), 'sql'), { recursive: true, encoding: 'utf8' })
    .map(file => file.replaceAll('\\', '/'))
    .filter(file => file.endsWith('.sql') && !file.startsWith('checks/') && !/(^|\/)macros\./.test(file))
    .sort()
  const models = new Map<string, string[]>()
  for (const file of files) {
    const path = file.replace(/(\.duckdb)?\.sql$/, '')
    models.set(path, [...(models.get(path) ?? []), file])
  }
  return [...models].map(([path, own]) => readModel(path, own))
}

function readModel(path: string, files: readonly string[]): ModelFacts {
  // Of two files that for all dialects is the model, and the other one tells why it is there.
  const ordered = [...files].sort((a, b) => a.length - b.length)
  const [file = '', sibling] = ordered
  const text = readFileSync(join(packageFolder(), 'sql', file), 'utf8')
  const model = parseModel(text, file)
  const header = parseHeader(text, file)
  const notes = [headerText(header, 'notes'), sibling === undefined ? undefined : ownDialect(sibling)]
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
  return {
    path,
    folder,
    name: model.name,
    ...(model.question !== undefined && { question: model.question }),
    grain: model.grain,
    inputs: model.inputs,
    params: model.params.map(
      ({ name, type, fallback }) =>
        `$${name} ${type}${fallback === undefined ? '' : ` (${JSON.stringify(fallback, exact)})`}`,
    ),
    dialects: headerText(header, 'dialects') ?? '',
    ...(notes.some(note => note) && { notes: notes.filter(note => note).join(' ') }),
    files: ordered,
  }
}

function ownDialect(file: string): string {
  const header = parseHeader(readFileSync(join(packageFolder(), 'sql', file), 'utf8'), file)
  const notes = headerText(header, 'notes')
  return `DuckDB has a file of its own${notes === undefined ? '' : `: ${notes}`}`
}

const exact = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value)

/** A check: rows of it are what is wrong. */
export interface CheckFacts {
  readonly file: string
  readonly failsWhen: string
}

/** The checks of `sql/checks`. */
export const listChecks = (): CheckFacts[] =>
  readdirSync(join(packageFolder(), 'sql', 'checks'), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.sql'))
    .sort()
    .map(file => {
      const path = `checks/${file.replaceAll('\\', '/')}`
      const header = parseHeader(readFileSync(join(packageFolder(), 'sql', path), 'utf8'), path)
      return { file: path, failsWhen: headerText(header, 'fails when') ?? '' }
    })
