import type { ErrorFacts } from '../errors.js'
import { formatSuggestion } from '../output/suggestion.js'
import type { TaskSettings } from './expectationsSchema.js'
import type { KeyTemplate } from './keyTemplate.js'
import { listPlaceholders } from './taskTemplate.js'
import { DATE_FIELDS } from './templateParts.js'

export interface TaskMistake {
  /** The keys under `task` that lead to it. */
  readonly at: readonly PropertyKey[]
  readonly facts: Omit<ErrorFacts, 'subject'>
}

/**
 * What is wrong with a task, beside the key of its dataset: placeholders that gaps have no value of, as they are free
 * or not in `per`, and patterns of dates for what is none.
 */
export function listTaskMistakes({ run, per }: TaskSettings, { names, kinds }: KeyTemplate): TaskMistake[] {
  const grouped = typeof per === 'string' ? [per] : per
  const mistakes: TaskMistake[] = []
  for (const [n, name] of (grouped ?? []).entries())
    if (!names.includes(name))
      mistakes.push({
        at: typeof per === 'string' ? ['per'] : ['per', n],
        facts: { expected: describeNames(names), got: JSON.stringify(name), fix: formatSuggestion(name, names) },
      })
  const given = grouped ?? names
  for (const [n, arg] of run.entries())
    for (const { name, pattern } of listPlaceholders(arg)) {
      const expected = !given.includes(name)
        ? `${describeNames(given)}${grouped === undefined || !names.includes(name) ? '' : ', which per has'}`
        : describeWrongPattern(pattern, kinds.get(name) ?? 'text')
      if (expected === undefined) continue
      const got = pattern === undefined ? `{${name}}` : `{${name}:${pattern}}`
      mistakes.push({
        at: ['run', n],
        facts: {
          expected,
          got,
          fix: formatSuggestion(
            name,
            given.filter(each => each !== name),
          ),
        },
      })
    }
  return mistakes
}

const describeNames = (names: readonly string[]): string =>
  names.length === 0 ? 'no placeholder, as the key has none with expected values' : `one of ${names.join(', ')}`

const FIELDS = { text: 0, month: 2, day: 3, hour: 4 } as const

function describeWrongPattern(pattern: string | undefined, kind: keyof typeof FIELDS): string | undefined {
  if (pattern === undefined) return undefined
  const known = DATE_FIELDS.slice(0, FIELDS[kind])
  const used = DATE_FIELDS.filter(field => pattern.includes(field))
  if (known.length === 0) return 'no pattern, as its values are texts'
  return used.length > 0 && used.every(field => known.includes(field)) ? undefined : `a pattern of ${known.join(', ')}`
}
