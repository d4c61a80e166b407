import type { FieldPart, TemplatePart } from './templateParts.js'

export interface PatternOptions {
  /** Whether a placeholder's places become groups. */
  readonly isCaptured: (name: string) => boolean
  /** Placeholders whose values have the character that follows them. */
  readonly widest: ReadonlySet<string>
}

export interface TemplatePattern {
  readonly pattern: string
  /** Characters that a text placeholder can't match, by its name. */
  readonly barred: ReadonlyMap<string, string>
}

/**
 * The regular expression of a template's keys, in what RE2, Java and JavaScript have in common (but for JavaScript's
 * anchors). Groups are numbered, one for each place of a captured placeholder.
 *
 * Of the texts between two slashes one is wide: it may hold any character. Those before it end at the first character
 * of what follows them, those after it begin after the last character of what precedes them. So there is one way to
 * read a key, and an engine that tries one way after the other doesn't try more than a key's length.
 */
export function formatTemplatePattern(parts: readonly TemplatePart[], options: PatternOptions): TemplatePattern {
  const barred = new Map<string, string>()
  const bars = barTexts(parts, options.widest)
  const pieces = parts.map((part, at) => {
    if (part.kind === 'literal') return escapeText(part.text)
    const bar = bars.get(at)
    if (part.field === 'text') barred.set(part.name, join(barred.get(part.name), `/${bar ?? ''}`))
    const piece = part.field === 'text' ? `[^/${escapeInClass(bar ?? '')}]+` : `[0-9]{${part.field.length}}`
    return options.isCaptured(part.name) ? `(${piece})` : piece
  })
  const last = parts.at(-1)
  const below = last?.kind === 'literal' && last.text.endsWith('/') ? BELOW : ''
  return { pattern: `\\A${pieces.join('')}${below}\\z`, barred }
}

/** Objects below a folder; not folders, which the S3 console makes as empty objects with a slash at the end. */
const BELOW = '[\\s\\S]*[^/]'

const escapeText = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

const escapeInClass = (character: string): string => character.replace(/[\\^\-[\]]/, '\\$&')

const join = (known: string | undefined, more: string): string => [...new Set((known ?? '') + more)].join('')

/** Which character a text can't hold beside the slash, by its place among the parts. */
function barTexts(parts: readonly TemplatePart[], widest: ReadonlySet<string>): Map<number, string> {
  const bars = new Map<number, string>()
  for (const texts of listSegments(parts)) {
    const wide = texts.find(at => widest.has(nameAt(parts, at))) ?? texts.at(-1) ?? -1
    for (const at of texts) {
      if (at < wide) bars.set(at, [...literalAt(parts, at + 1)][0] ?? '')
      if (at > wide) bars.set(at, [...literalAt(parts, at - 1)].at(-1) ?? '')
    }
  }
  return bars
}

/** The places of the texts between two slashes, for each such stretch that has any. */
function listSegments(parts: readonly TemplatePart[]): number[][] {
  const segments: number[][] = [[]]
  for (const [at, part] of parts.entries()) {
    if (part.kind === 'literal' && part.text.includes('/')) segments.push([])
    if (part.kind === 'field' && part.field === 'text') segments.at(-1)?.push(at)
  }
  return segments
}

const nameAt = (parts: readonly TemplatePart[], at: number): string => (parts[at] as FieldPart).name

const literalAt = (parts: readonly TemplatePart[], at: number): string => {
  const part = parts[at]
  return part?.kind === 'literal' ? part.text : ''
}
