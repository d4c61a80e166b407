import type { ErrorFacts } from '../errors.js'
import { rangeUnit } from './expandDates.js'
import type { ExpectedValues } from './expectations.js'
import { type KeyTemplate, parseKeyTemplate, type ValueKind } from './keyTemplate.js'
import { unitOf } from './localDates.js'

/** Tells what is wrong with an item of `expect`, or with what it has for a placeholder. */
export type Complain = (item: number, name: string | undefined, facts: Omit<ErrorFacts, 'subject'>) => void

/**
 * Reads a key template with what its placeholders are expected to be: ranges of dates make days, months or hours, and
 * so do lists of dates where the template has a pattern for them; else they are texts.
 *
 * @returns `undefined` where something is wrong, which was complained about: items that bind different placeholders or
 *   different kinds of dates, values that can't stand in a key
 * @throws {KeyTemplateError} where the template itself can't be understood
 */
export function fitKeyTemplate(
  text: string,
  items: readonly ExpectedValues[],
  complain: Complain,
): KeyTemplate | undefined {
  const kinds = findKinds(text, items, complain)
  if (!kinds) return undefined
  const template = parseKeyTemplate(text, kinds)
  const misfits = new Set(findMisfits(template, items).map(({ name }) => name))
  if (misfits.size === 0) return template
  const wider = parseKeyTemplate(text, kinds, misfits)
  const stillMisfits = findMisfits(wider, items)
  if (stillMisfits.length === 0) return wider
  for (const { item, name, value } of stillMisfits)
    complain(item, name, { expected: describeFitting(wider, name), got: JSON.stringify(value) })
  return undefined
}

function findKinds(
  text: string,
  items: readonly ExpectedValues[],
  complain: Complain,
): Map<string, ValueKind> | undefined {
  const kinds = new Map<string, ValueKind>()
  const wanted = new Set(items.flatMap(listNames))
  let isWrong = false
  for (const [n, item] of items.entries()) {
    const names = new Set(listNames(item))
    for (const name of wanted)
      if (!names.has(name)) {
        isWrong = true
        complain(n, undefined, { expected: `${name}, which another item has`, got: 'none' })
      }
    for (const [name, values] of item.values) {
      if (values.kind !== 'dates') continue
      const kind = rangeUnit(values)
      const known = kinds.get(name)
      if (known !== undefined && known !== kind) {
        isWrong = true
        complain(n, name, { expected: `${known}s, which another item has`, got: `${kind}s` })
      }
      kinds.set(name, kind)
    }
  }
  for (const name of wanted) if (!kinds.has(name)) kinds.set(name, kindOfPattern(text, name))
  return isWrong ? undefined : kinds
}

/** What a placeholder stands for by its patterns alone; where it has none, text. */
function kindOfPattern(text: string, name: string): ValueKind {
  const patterns = text
    .split(`{${name}:`)
    .slice(1)
    .map(rest => rest.split('}')[0] ?? '')
  const has = (field: string): boolean => patterns.some(pattern => pattern.includes(field))
  return has('HH') ? 'hour' : has('dd') ? 'day' : has('MM') ? 'month' : 'text'
}

/** The placeholders that an item has values of. */
const listNames = (item: ExpectedValues): string[] => [...item.values.keys(), ...(item.rows?.columns ?? [])]

/** Values that are written down, of a list or of a file. */
function* listValues(item: ExpectedValues, name: string): Generator<string> {
  const values = item.values.get(name)
  if (values?.kind === 'list') yield* values.values
  const column = item.rows?.columns.indexOf(name) ?? -1
  if (column >= 0) for (const row of item.rows?.rows ?? []) yield row[column] ?? ''
}

interface Misfit {
  readonly item: number
  readonly name: string
  readonly value: string
}

/** The first of each placeholder of each item. */
const findMisfits = (template: KeyTemplate, items: readonly ExpectedValues[]): Misfit[] =>
  items.flatMap((item, n) =>
    template.names.flatMap(name => {
      for (const value of listValues(item, name))
        if (!isFitting(template, name, value)) return [{ item: n, name, value }]
      return []
    }),
  )

function isFitting(template: KeyTemplate, name: string, value: string): boolean {
  const kind = template.kinds.get(name)
  if (kind !== 'text') return unitOf(value) === kind
  if (value === '' || /\p{Surrogate}/u.test(value)) return false
  return ![...(template.barred.get(name) ?? '')].some(character => value.includes(character))
}

function describeFitting(template: KeyTemplate, name: string): string {
  const kind = template.kinds.get(name) ?? 'text'
  if (kind !== 'text')
    return `${kind}s such as ${EXAMPLES[kind]}, which {${name}} stands for in ${JSON.stringify(template.text)}`
  const barred = [...(template.barred.get(name) ?? '')].map(character => JSON.stringify(character))
  return `text without ${barred.join(' or ')}, with which {${name}} ends in ${JSON.stringify(template.text)}`
}

const EXAMPLES = { day: '2026-01-20', month: '2026-01', hour: '2026-01-20T05' } as const
