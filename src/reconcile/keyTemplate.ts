import { formatSuggestion } from '../output/suggestion.js'
import { DATE_FIELDS, type DateField, type FieldPart, KeyTemplateError, parseTemplateParts } from './templateParts.js'
import { formatTemplatePattern } from './templatePattern.js'

/** What a placeholder's values are: texts without a slash, or local times as `2026-01-20`, `2026-01`, `2026-01-20T05`. */
export type ValueKind = 'text' | 'day' | 'month' | 'hour'

/** Values by the placeholder's name, dates in full: `{ season: '2025-26', date: '2025-11-03' }`. */
export type PartitionValues = Readonly<Record<string, string>>

/** The engines whose `regexp_replace` is asked. */
export type PatternDialect = 'duckdb' | 'trino'

/** How the keys of a dataset are spelled, and which partition a key belongs to. */
export interface KeyTemplate {
  /** As it was written. */
  readonly text: string
  /** The text that all its keys begin with: what is before the first placeholder. */
  readonly prefix: string
  /** The bound placeholders, in the order in which they first appear. */
  readonly names: readonly string[]
  /** Of each bound placeholder. */
  readonly kinds: ReadonlyMap<string, ValueKind>
  /** Characters that values of a text placeholder can't have, as they end it: `/`, and perhaps its neighbour's first. */
  readonly barred: ReadonlyMap<string, string>
  /**
   * A regular expression that RE2 and Java read alike, of a whole key. It takes time in proportion to the key's length,
   * in engines that try alternatives one by one, too: no key can be read in two ways.
   */
  readonly pattern: string
  /**
   * What `regexp_replace` makes the partition's text of: `season=\1/date=\2-\3-\4`; empty where nothing is bound. A key
   * that doesn't match the pattern stays as it is.
   */
  partition(dialect: PatternDialect): string
  /**
   * The same, made of the last places of what stands in two: a key matches only where both texts are equal. The same
   * text as `partition` where everything stands once.
   */
  again(dialect: PatternDialect): string
  /** The text of a partition: `season=2025-26/date=2025-11-03`. */
  formatPartition(values: PartitionValues): string
  /** The only key of a partition; `undefined` where there may be several: free placeholders, a slash at the end. */
  renderKey(values: PartitionValues): string | undefined
  /** The text that all keys of a partition begin with, up to the first placeholder that has no value. */
  renderPrefix(values: PartitionValues): string
  /** What a key's bound placeholders are; `undefined` for one that doesn't match. The same answer as the pattern's. */
  matchKey(key: string): PartitionValues | undefined
}

/**
 * Reads a key template. A placeholder that isn't bound is free: it matches what it can, and isn't part of partitions.
 *
 * @param bound the placeholders that have expected values, and what these are
 * @param widest placeholders whose values have the character that follows: of several texts between two slashes only
 *   one can have its neighbour's character, the last unless one of these is there
 * @throws {KeyTemplateError}
 */
export function parseKeyTemplate(
  text: string,
  bound: ReadonlyMap<string, ValueKind>,
  widest: ReadonlySet<string> = new Set(),
): KeyTemplate {
  const parts = parseTemplateParts(text, name => PATTERNS[bound.get(name) ?? 'text'])
  const fields = parts.filter(part => part.kind === 'field')
  requireBound(text, fields, bound)
  const captured = fields.filter(({ name }) => bound.has(name))
  const kinds = new Map(captured.map(({ name }) => [name, bound.get(name) ?? 'text']))
  const places = findPlaces(text, fields, bound)
  const { pattern, barred } = formatTemplatePattern(parts, { isCaptured: name => bound.has(name), widest })
  const regExp = new RegExp(pattern.replace(/^\\A/, '^').replace(/\\z$/, '$'), 'u')
  const isOneKey = fields.length === captured.length && !text.endsWith('/')
  const [first] = parts

  const formatNames = (textOf: (name: string, field: FieldPart['field']) => string): string =>
    [...kinds].map(([name, kind]) => `${name}=${formatValue(kind, field => textOf(name, field))}`).join('/')
  const replacement = (which: 'first' | 'last', dialect: PatternDialect): string =>
    formatNames((name, field) => `${dialect === 'duckdb' ? '\\' : '$'}${places.get(placeId(name, field))?.[which]}`)

  function renderPrefix(values: PartitionValues): string {
    let rendered = ''
    for (const part of parts) {
      if (part.kind === 'literal') rendered += part.text
      else {
        const value = kinds.has(part.name) && Object.hasOwn(values, part.name) ? values[part.name] : undefined
        if (value === undefined) break
        rendered += fieldOf(value, part.field)
      }
    }
    return rendered
  }

  return {
    text,
    prefix: first?.kind === 'literal' ? first.text : '',
    names: [...kinds.keys()],
    kinds,
    barred,
    pattern,
    partition: dialect => replacement('first', dialect),
    again: dialect => replacement('last', dialect),
    formatPartition: values => [...kinds.keys()].map(name => `${name}=${values[name] ?? ''}`).join('/'),
    renderKey: values =>
      isOneKey && [...kinds.keys()].every(name => Object.hasOwn(values, name)) ? renderPrefix(values) : undefined,
    renderPrefix,
    matchKey(key) {
      const groups = regExp.exec(key)
      if (!groups) return undefined
      for (const { first, last } of places.values()) if (groups[first] !== groups[last]) return undefined
      return Object.fromEntries(
        [...kinds].map(([name, kind]) => [
          name,
          formatValue(kind, field => groups[places.get(placeId(name, field))?.first ?? 0] ?? ''),
        ]),
      )
    },
  }
}

/** Of a placeholder without a pattern, and at the same time how values of the kind are written. */
const PATTERNS: Readonly<Record<ValueKind, string | undefined>> = {
  text: undefined,
  day: 'yyyy-MM-dd',
  month: 'yyyy-MM',
  hour: 'yyyy-MM-ddTHH',
}

const formatValue = (kind: ValueKind, textOf: (field: FieldPart['field']) => string): string =>
  PATTERNS[kind]?.replace(/yyyy|MM|dd|HH/g, field => textOf(field as DateField)) ?? textOf('text')

/** Where a part of a date begins in a value. */
const STARTS: Readonly<Record<DateField, number>> = { yyyy: 0, MM: 5, dd: 8, HH: 11 }

const fieldOf = (value: string, field: FieldPart['field']): string =>
  field === 'text' ? value : value.slice(STARTS[field], STARTS[field] + field.length)

/** Of what stands in the key: a whole text, or a part of a date. */
const placeId = (name: string, field: FieldPart['field']): string => `${name}:${field}`

/** Each bound placeholder is there, with all of its value and nothing else. */
function requireBound(text: string, fields: readonly FieldPart[], bound: ReadonlyMap<string, ValueKind>): void {
  for (const [name, kind] of bound) {
    const got = new Set(fields.filter(field => field.name === name).map(({ field }) => field))
    if (got.size === 0)
      throw refuse(text, {
        expected: `the placeholder {${name}}, which has expected values`,
        got: 'none',
        fix: formatSuggestion(name, new Set(fields.map(field => field.name))),
      })
    const pattern = PATTERNS[kind]
    const wanted: readonly FieldPart['field'][] =
      pattern === undefined ? ['text'] : DATE_FIELDS.filter(field => pattern.includes(field))
    if (wanted.length !== got.size || wanted.some(field => !got.has(field)))
      throw refuse(text, {
        expected: `${kind === 'text' ? 'no pattern' : wanted.join(', ')} in {${name}}, as its values are ${kind}s`,
        got: [...got].map(field => (field === 'text' ? 'none' : field)).join(', '),
        fix: kind === 'text' ? undefined : 'or let `every` count what the key has',
      })
  }
}

interface Places {
  /** Numbers of groups; the same where it stands once. */
  readonly first: number
  readonly last: number
}

/** RE2 knows no more in a replacement. */
const MOST_GROUPS = 9

/** Two texts can tell that two places agree, not three; of free placeholders no text is made that could. */
function findPlaces(
  text: string,
  fields: readonly FieldPart[],
  bound: ReadonlyMap<string, ValueKind>,
): Map<string, Places> {
  const places = new Map<string, Places>()
  let group = 0
  const free = new Set<string>()
  for (const { name, field } of fields) {
    const id = placeId(name, field)
    const spelled = field === 'text' ? `{${name}}` : `${field} of {${name}}`
    if (!bound.has(name)) {
      if (free.has(id))
        throw refuse(text, { expected: `${spelled} once, as it has no expected values`, got: 'it twice' })
      free.add(id)
      continue
    }
    const known = places.get(id)
    group++
    if (known && known.first !== known.last) throw refuse(text, { expected: `${spelled} at most twice`, got: 'more' })
    places.set(id, { first: known?.first ?? group, last: group })
  }
  if (group > MOST_GROUPS)
    throw refuse(text, {
      expected: `at most ${MOST_GROUPS} places for expected values, where each part of a date counts`,
      got: String(group),
    })
  return places
}

const refuse = (text: string, facts: { expected: string; got: string; fix?: string }): KeyTemplateError =>
  new KeyTemplateError({ subject: `key template ${JSON.stringify(text)}`, ...facts })
