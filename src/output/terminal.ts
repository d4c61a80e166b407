import type { Writable } from 'node:stream'
import picocolors from 'picocolors'

/** A stream that text goes to, with what a terminal says about itself. */
export interface TextOutput extends Writable {
  readonly isTTY?: boolean
  /** The terminal's width. */
  readonly columns?: number
}

export type Colors = ReturnType<typeof picocolors.createColors>

/** Colours on a terminal that has them, unless NO_COLOR is set (https://no-color.org); elsewhere functions that add none. */
export const colorsFor = (out: TextOutput, env: Readonly<Record<string, string | undefined>>): Colors =>
  picocolors.createColors(out.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb')

const ASCII = /^[ -~]*$/
const UNSEEN = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Cs}/gu
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * Makes control characters visible, so that a key can't move the cursor, colour the screen or reverse the line:
 * `\n`, `\x1b`, `\u202e`. Other characters stay, backslashes too: the result is to be read, not parsed.
 */
export const escapeControls = (text: string): string => (ASCII.test(text) ? text : text.replace(UNSEEN, escapeControl))

function escapeControl(character: string): string {
  const code = character.charCodeAt(0)
  const hex = code.toString(16)
  return SHORT[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`)
}

/** How many columns of a terminal the text takes. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** The text, or as much of it as fits beside a `…`. */
export function cutToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let cut = ''
  let used = 1
  for (const character of text) {
    used += characterWidth(character)
    if (used > width) break
    cut += character
  }
  return `${cut}…`
}

const NONE = /^[\p{Mn}\p{Me}\p{Cf}]$/u
// East Asian wide and full-width characters (UAX #11), and emoji.
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}$/u

const characterWidth = (character: string): number => (NONE.test(character) ? 0 : WIDE.test(character) ? 2 : 1)
