import { formatBytes, formatDuration, formatShare, withSign } from '../../output/quantities.js'
import { type Html, html } from './html.js'

/** To the minute: `2026-01-20 01:00`. */
export const timeText = (time: Date): string => time.toISOString().slice(0, 16).replace('T', ' ')

/** `2026-01-20` */
export const dayText = (time: Date): string => time.toISOString().slice(0, 10)

/** How old something was: `9 h old`; `taken just now` for a time to come, as clocks differ. */
export const ageText = (ageMs: number): string => (ageMs < 1000 ? 'taken just now' : `${formatDuration(ageMs)} old`)

/** A size in words; what isn't known is said so. */
export const bytesText = (bytes: bigint | null): string => (bytes === null ? 'not known' : formatBytes(bytes))

/** A change with its sign; nothing for none. */
export const changeText = (change: bigint | null, format: (amount: bigint) => string): string =>
  change === null ? 'not known' : change === 0n ? '' : minusSigned(withSign(change, format))

/** Rounded down, so that not all of it is called so. */
export const mostText = (share: number): string => (share === 1 ? 'all' : formatShare(Math.floor(share * 100) / 100))

/** Signs of numbers for people: a hyphen is too short for one. */
export const minusSigned = (text: string): string => text.replace(/^-/, '−')

/** A name out of data, which can be of any length: what of it is shown, in its own direction. */
export const nameHtml = (name: string): Html =>
  name === '' ? html`<em>no name</em>` : html`<bdi>${cutName(name)}</bdi>`

const MOST_CHARACTERS = 120

/** A key has up to 1,024 bytes; a page with thousands of such would be too large. */
export function cutName(name: string): string {
  if (name.length <= MOST_CHARACTERS) return name
  const characters = [...name]
  return characters.length <= MOST_CHARACTERS ? name : `${characters.slice(0, MOST_CHARACTERS - 1).join('')}…`
}
