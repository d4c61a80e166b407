import { formatCount } from './quantities.js'

/** The first of many names, and how many there are beside them: `a, b and 390 more`. */
export function someNames(names: readonly string[], most: number): string {
  const more = names.length > most ? ` and ${formatCount(names.length - most)} more` : ''
  return `${names.slice(0, most).join(', ')}${more}`
}
