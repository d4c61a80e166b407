import type { Type } from '../iceberg/schema.js'
import { JsonFault, type JsonToken, readJsonElements } from './jsonText.js'
import { faultOfText, isExactNumber, spellOut, type TextColumn, tagText } from './textRow.js'

/**
 * A value with its tag, `undefined` for NULL. The elements of a list become a JSON array of texts with tags of their own, so
 * that the rules of single values are theirs; lists of double and float stay as they are, as they are long, and quicker
 * to check as a whole.
 * @param faults gets what is wrong with the value that its tagged text can't say
 * @throws {JsonFault} for an array that is none
 */
export function tagToken({ name, type }: TextColumn, token: JsonToken, faults: string[]): string | undefined {
  const isList = typeof type === 'object' && type.type === 'list'
  if (!isList || token.kind !== 'array' || isInexact(type.element)) return tagSingle(name, type, token, faults)
  const elements = readJsonElements(token.text).map(element => tagSingle(name, type.element, element, faults) ?? null)
  const isTold = elements.some(element => element === tagText('!', ''))
  return isTold ? tagText('!', '') : tagText('=', JSON.stringify(elements))
}

/** A field of CSV, which is a text unless its column is a list: that is written as in JSON. */
export function tagField(column: TextColumn, field: string, faults: string[]): string | undefined {
  const text = typeof column.type === 'object' ? field.trim() : field
  const isList = typeof column.type === 'object' && text.startsWith('[')
  try {
    return tagToken(column, { kind: isList ? 'array' : 'text', text }, faults)
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    faults.push(`${column.name}: no list, ${error.message}`)
    return tagText('!', '')
  }
}

const isInexact = (type: Type): boolean => type === 'double' || type === 'float'

function tagSingle(name: string, type: Type, { kind, text }: JsonToken, faults: string[]): string | undefined {
  if (kind === 'null') return undefined
  if (kind !== 'text') return tagText('=', isExactNumber(type) ? spellOut(text) : text)
  const fault = faultOfText(text)
  if (fault === undefined) return tagText('"', isExactNumber(type) ? spellOut(text.trim()) : text)
  faults.push(`${name}: ${fault}`)
  return tagText('!', '')
}
