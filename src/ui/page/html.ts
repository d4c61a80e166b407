import { escapeControls } from '../../output/terminal.js'

/** Text that is HTML already. There is no other way to one than {@link html} and {@link trusted}. */
export interface Html {
  readonly html: string
}

type Part = Html | string | number | bigint | null | undefined | false | readonly Part[]

/**
 * HTML from a template. Whatever is put into it is escaped, as text or as the value of an attribute in double quotes, unless
 * it is HTML already; lists are joined; null, undefined and false are nothing.
 */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: texts.map((text, i) => text + (i < parts.length ? htmlOf(parts[i]) : '')).join('') }
}

/** Takes a text for HTML as it is: for what is written in this program, never for what comes from data. */
export const trusted = (text: string): Html => ({ html: text })

/** Several lines of a text, as they are, for `<pre>`. */
export const preformatted = (text: string): Html => trusted(text.split('\n').map(escapeHtml).join('\n'))

function htmlOf(part: Part): string {
  if (part === null || part === undefined || part === false) return ''
  if (Array.isArray(part)) return part.map(htmlOf).join('')
  return typeof part === 'object' ? (part as Html).html : escapeHtml(String(part))
}

/**
 * Control characters, and those that turn the direction of text, are made visible; then what HTML takes for markup is
 * escaped.
 */
const escapeHtml = (text: string): string =>
  escapeControls(text).replace(/[&<>"'`]/g, character => `&#${character.charCodeAt(0)};`)
