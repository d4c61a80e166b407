import { UsageError } from '../errors.js'

/** A key template, or what it is to be read with, that can't be understood. */
export class KeyTemplateError extends UsageError {}

/** A piece of a key, in the order of the key: fixed text, or what a placeholder stands for there. */
export type TemplatePart = LiteralPart | FieldPart

export interface LiteralPart {
  readonly kind: 'literal'
  readonly text: string
}

export interface FieldPart {
  readonly kind: 'field'
  /** Of the placeholder. */
  readonly name: string
  /** All of a text value, or a part of a date. */
  readonly field: 'text' | DateField
}

/** Parts of a date, always in full width. */
export const DATE_FIELDS = ['yyyy', 'MM', 'dd', 'HH'] as const
export type DateField = (typeof DATE_FIELDS)[number]

/**
 * Takes a key template apart: `{name}`, `{name:yyyy-MM-dd}`, and fixed text between them. A pattern's own characters
 * become fixed text. Neighbouring pieces of fixed text are one.
 *
 * @param patternOf what a placeholder without a pattern has; `undefined` where it stands for text
 * @throws {KeyTemplateError}
 */
export function parseTemplateParts(text: string, patternOf: (name: string) => string | undefined): TemplatePart[] {
  if (text === '') throw new KeyTemplateError({ subject: 'key template', expected: 'text', got: 'none' })
  if (/\p{Surrogate}/u.test(text)) throw refuse(text, { expected: 'whole characters', got: 'half of one' })
  const parts: TemplatePart[] = []
  let end = 0
  for (const match of text.matchAll(PLACEHOLDER)) {
    const [all, name = '', pattern] = match
    const before = text.slice(end, match.index)
    addLiteral(parts, requireNoBrace(text, before))
    if (before === '' && end > 0)
      throw refuse(text, { expected: 'text between two placeholders', got: `none before ${all}` })
    if (!NAME.test(name)) throw refuse(text, { expected: `${NAME_RULE} in braces`, got: all })
    const known = pattern ?? patternOf(name)
    if (known === undefined) parts.push({ kind: 'field', name, field: 'text' })
    else addPattern(parts, name, known, text)
    end = match.index + all.length
  }
  addLiteral(parts, requireNoBrace(text, text.slice(end)))
  return parts
}

const PLACEHOLDER = /\{([^{}:]*)(?::([^{}]*))?\}/g
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const NAME_RULE = 'a name of letters, digits and "_", or a name and a pattern such as date:yyyy-MM-dd,'

function requireNoBrace(text: string, literal: string): string {
  const [brace] = /[{}]/.exec(literal) ?? []
  if (brace === undefined) return literal
  throw refuse(text, { expected: 'braces only around placeholders', got: `a ${brace} alone` })
}

function addLiteral(parts: TemplatePart[], text: string): void {
  const last = parts.at(-1)
  if (last?.kind === 'literal') parts[parts.length - 1] = { kind: 'literal', text: last.text + text }
  else if (text !== '') parts.push({ kind: 'literal', text })
}

/** Letters other than these would be taken for fields that there aren't: `mm`, `D`, `EEE`. */
const PATTERN = /yyyy|MM|dd|HH|[^A-Za-z]|[TZ]/gu

function addPattern(parts: TemplatePart[], name: string, pattern: string, text: string): void {
  const pieces = pattern.match(PATTERN) ?? []
  if (pieces.join('') !== pattern || !pieces.some(isDateField))
    throw refuse(text, {
      expected: 'a pattern of yyyy, MM, dd, HH and characters that are no letters, or T or Z',
      got: JSON.stringify(pattern),
    })
  for (const piece of pieces)
    if (isDateField(piece)) parts.push({ kind: 'field', name, field: piece })
    else addLiteral(parts, piece)
}

const isDateField = (piece: string): piece is DateField => (DATE_FIELDS as readonly string[]).includes(piece)

const refuse = (text: string, facts: { expected: string; got: string }): KeyTemplateError =>
  new KeyTemplateError({ subject: `key template ${JSON.stringify(text)}`, ...facts })
