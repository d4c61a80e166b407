import { z } from 'zod'
import { formatErrorFacts, UsageError } from '../errors.js'
import { formatSuggestion } from '../output/suggestion.js'
import type { YamlFile } from './yamlFile.js'

/** One thing that is wrong with settings, and where: the keys that lead to it. */
export interface SettingsIssue {
  readonly path: readonly PropertyKey[]
  /** Whether it is the last key of the path that is wrong, and not its value. */
  readonly isKey: boolean
  /** `engine.memory: expected a size such as 450MB, got "big"`; for a mistyped key also what may have been meant. */
  readonly message: string
}

/** What a file says, by its schema. @throws {UsageError} with a line `stocktake.yaml:12:5: …` for each mistake */
export function parseSettings<T extends z.ZodType>(schema: T, yaml: YamlFile): z.output<T> {
  const value = yaml.value ?? {} // an empty file, or comments only
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const lines = listSettingsIssues(schema, value, parsed.error).map(
    ({ path, isKey, message }) => `${yaml.locate(path, isKey)}: ${message}`,
  )
  throw new UsageError({ subject: lines.join('\n') })
}

/**
 * Says what is wrong in the words of the file.
 *
 * @param schema the schema that refused the value; the keys it knows are the candidates for a mistyped one
 * @returns every issue, one for each unknown key, in the order the schema found them
 */
export function listSettingsIssues(schema: z.ZodType, value: unknown, error: z.ZodError): SettingsIssue[] {
  return error.issues.flatMap(narrowUnion).flatMap((issue): SettingsIssue[] => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map(key => unknownKey(schema, [...issue.path, key], issue.path))
    if (issue.code === 'invalid_key') return [{ path: issue.path, isKey: true, message: invalidKey(issue) }]
    const choices = choicesOf(issue)
    const expected = choices ? `one of ${choices.join(', ')}` : issue.message
    const found = valueAt(value, issue.path)
    const fix = choices && typeof found === 'string' ? formatSuggestion(found, choices) : undefined
    const got = found === undefined ? 'none' : isSecretPlace(issue.path) ? describeUnseen(found) : shorten(found)
    return [
      {
        path: issue.path,
        isKey: false,
        message: formatErrorFacts({ subject: pathName(issue.path), expected, got, fix }),
      },
    ]
  })
}

/** A path as people write it: `connectors.photos.inventory`, `notify[0].type`; the root is `settings`. */
export const pathName = (path: readonly PropertyKey[]): string =>
  path.length === 0
    ? 'settings'
    : path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${String(key)}`)).join('')

/** Of a value that fits none of several shapes: what is wrong with it as the one that it is nearest to, if it is one. */
function narrowUnion(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const isOther = (each: z.core.$ZodIssue) => each.code === 'invalid_type' && each.path.length === 0
  const shapes = issue.errors.filter(errors => errors.length > 0 && !errors.some(isOther))
  const [nearest] = shapes.toSorted((a, b) => countMistakes(a) - countMistakes(b))
  if (!nearest) return [issue]
  return nearest.flatMap(narrowUnion).map(each => ({ ...each, path: [...issue.path, ...each.path] }))
}

const countMistakes = (issues: readonly z.core.$ZodIssue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0)

function unknownKey(schema: z.ZodType, path: readonly PropertyKey[], parent: readonly PropertyKey[]): SettingsIssue {
  const known = keysAt(schema, parent)
  const fix = formatSuggestion(String(path.at(-1)), known) ?? `the keys here are ${known.join(', ')}`
  return { path, isKey: true, message: formatErrorFacts({ subject: pathName(path), got: 'unknown key', fix }) }
}

const invalidKey = (issue: z.core.$ZodIssueInvalidKey): string =>
  formatErrorFacts({
    subject: pathName(issue.path.slice(0, -1)),
    expected: issue.issues[0]?.message,
    got: JSON.stringify(issue.path.at(-1)),
  })

function choicesOf(issue: z.core.$ZodIssue): string[] | undefined {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  if (issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options))
    return issue.options.map(String)
  return undefined
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inside, key) => (typeof inside === 'object' && inside !== null ? Reflect.get(inside, key) : undefined),
    value,
  )
}

/** The keys that the schema knows under a path: of a union, those of all its members. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let inside: Node[] = [z.toJSONSchema(schema, { io: 'input' })]
  for (const key of path) inside = inside.flatMap(members).flatMap(node => step(node, key))
  return [...new Set(inside.flatMap(members).flatMap(node => Object.keys(node.properties ?? {})))]
}

type Node = z.core.JSONSchema.BaseSchema

const members = (node: Node): Node[] => {
  const parts = node.anyOf ?? node.oneOf
  return parts ? parts.flatMap(members) : [node]
}

function step(node: Node, key: PropertyKey): Node[] {
  const next = typeof key === 'number' ? node.items : (node.properties?.[String(key)] ?? node.additionalProperties)
  return typeof next === 'object' && !Array.isArray(next) ? [next] : []
}

/** Channels of `notify` are where people put a secret by mistake: only values that can't be one are shown. */
const isSecretPlace = ([key, , last]: readonly PropertyKey[]): boolean =>
  key === 'notify' && (last === undefined || !SHOWN_OF_CHANNELS.has(String(last)))

const SHOWN_OF_CHANNELS = new Set(['type', 'name', 'on', 'min_priority', 'host', 'port', 'tls', 'from', 'to'])

function describeUnseen(value: unknown): string {
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'a mapping'
  return typeof value === 'string' ? 'another text' : shorten(value)
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
