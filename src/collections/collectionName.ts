import { UsageError } from '../errors.js'

/** How many UTF-16 units a name may have. */
export const LONGEST_NAME = 200

/** What can't be seen, or turns the text around it. What joins an emoji's parts isn't among them. */
export const UNSEEN = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u

/**
 * A name as it is kept: without spaces around it, and with composed accents.
 * @throws {UsageError} for one that couldn't be told from others, or be seen
 */
export function parseName(typed: string): string {
  const name = typed.normalize('NFC').trim()
  const wrong = findMistake(name)
  if (wrong === undefined) return name
  throw new UsageError({ subject: `name ${JSON.stringify(typed)}`, expected: wrong })
}

function findMistake(name: string): string | undefined {
  if (name === '') return 'at least one letter'
  if (name.length > LONGEST_NAME) return `${LONGEST_NAME} characters at most`
  if (UNSEEN.test(name)) return 'no control characters'
  if (/^\.+$/.test(name)) return 'more than dots'
  if (/^col_/i.test(name)) return 'another beginning: col_ is that of GUIDs'
  return undefined
}

/** The name, or as much of it as there is room for. */
export function cutName(name: string, length: number): string {
  if (name.length <= length) return name
  let cut = ''
  for (const character of name) {
    if (cut.length + character.length > length - 1) break
    cut += character
  }
  return `${cut.trimEnd()}…`
}
