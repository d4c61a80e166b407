import { createHash } from 'node:crypto'
import type { TaskTemplate } from './expectations.js'
import { DATE_FIELDS, type DateField } from './templateParts.js'

/** A program and its arguments, as they are run; or why there are none, in words. */
export type RenderedCommand =
  | { readonly kind: 'command'; readonly command: readonly [string, ...string[]] }
  | { readonly kind: 'refused'; readonly why: string }

/** A placeholder of an argument: `{date}`, or `{date:yyyyMMdd}` with a pattern of yyyy, MM, dd and HH. */
export interface ArgumentPlaceholder {
  readonly name: string
  readonly pattern?: string
}

/**
 * Puts values into the arguments of a task. Each argument stays one, whatever the values hold: no shell reads them. The
 * program has no placeholders. Braces that aren't around a name are text: `{"limit": 5}` stays as it is.
 *
 * Refused are values that a program would take for something else: those that make an option of an argument
 * which begins with a placeholder, and those with a NUL, which ends an argument.
 */
export function renderCommand(
  { run: [program, ...args] }: Pick<TaskTemplate, 'run'>,
  values: Readonly<Record<string, string>>,
): RenderedCommand {
  const command: [string, ...string[]] = [program]
  for (const arg of args) {
    const rendered = renderArgument(arg, values)
    if (rendered.kind === 'refused') return rendered
    command.push(rendered.text)
  }
  return { kind: 'command', command }
}

/** The placeholders of an argument, in their order. */
export const listPlaceholders = (arg: string): ArgumentPlaceholder[] =>
  [...arg.matchAll(PLACEHOLDER)].map(([, name = '', pattern]) => ({ name, ...(pattern !== undefined && { pattern }) }))

/** What makes a task the same one: its dataset, and the values of `per` or its only gap. */
export interface TaskIdentity {
  readonly connector: string
  readonly dataset: string
  /** Values in the order of the template's `per`, or the gap's id. */
  readonly of: readonly string[] | string
}

/** `task_` and 26 hex digits, always the same for the same gaps: a gap that comes back meets its task's history. */
export function formatTaskId({ connector, dataset, of }: TaskIdentity): string {
  const text = JSON.stringify([connector, dataset, of])
  return `task_${createHash('md5').update(text).digest('hex').slice(0, 26)}`
}

const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_]*)(?::([^{}"]*))?\}/g

type Rendered = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'refused'; readonly why: string }

function renderArgument(arg: string, values: Readonly<Record<string, string>>): Rendered {
  const refusals: string[] = []
  const text = arg.replace(PLACEHOLDER, (placeholder, name: string, pattern: string | undefined) => {
    const rendered = renderPlaceholder(placeholder, pattern, Object.hasOwn(values, name) ? values[name] : undefined)
    if (rendered.kind === 'refused') refusals.push(rendered.why)
    return rendered.kind === 'text' ? rendered.text : ''
  })
  const [why] = refusals
  if (why !== undefined) return { kind: 'refused', why }
  if (text.includes('\0')) return { kind: 'refused', why: `${JSON.stringify(text)} has a NUL, which no argument can` }
  if (text.startsWith('-') && arg.startsWith('{'))
    return { kind: 'refused', why: `${JSON.stringify(text)} would be an option, where the template has ${arg}` }
  return { kind: 'text', text }
}

function renderPlaceholder(placeholder: string, pattern: string | undefined, value: string | undefined): Rendered {
  if (value === undefined) return { kind: 'refused', why: `the gaps have no value for ${placeholder}` }
  if (pattern === undefined) return { kind: 'text', text: value }
  const date = /^(?<yyyy>\d{4})-(?<MM>\d\d)(?:-(?<dd>\d\d)(?:T(?<HH>\d\d))?)?$/.exec(value)?.groups ?? {}
  const fields = (pattern.match(DATE_FIELD) ?? []) as DateField[]
  if (fields.some(field => date[field] === undefined))
    return { kind: 'refused', why: `${JSON.stringify(value)} doesn't have all that ${placeholder} wants` }
  return { kind: 'text', text: pattern.replace(DATE_FIELD, field => date[field] ?? '') }
}

const DATE_FIELD = new RegExp(DATE_FIELDS.join('|'), 'g')
