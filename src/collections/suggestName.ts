import { cutName, LONGEST_NAME, UNSEEN } from './collectionName.js'

/**
 * The name that a folder suggests: its parts, in which `_` and `-` are spaces, commas are left out and each word begins with a
 * capital, joined by ` - `. `2020/Milledgeville, GA/` is `2020 - Milledgeville GA`.
 * @param connector whose folder it is: names its root, and a folder of signs alone
 * @returns a name that a collection can have; another may have it already
 */
export function suggestName(folder: string, connector: string): string {
  const parts = folder.split('/').map(titleOf)
  const name = parts
    .filter(part => part !== '')
    .join(' - ')
    .normalize('NFC') // a capital may have its accents apart
  return cutName(/^\.*$/.test(name) ? titleOf(connector) || connector : name, LONGEST_NAME)
}

/** Controls, which no name may have, are spaces, too. */
const titleOf = (part: string): string =>
  part
    .normalize('NFC')
    .replaceAll(',', '')
    .split(SPACES)
    .filter(word => word !== '')
    .map(capitalized)
    .join(' ')

const SPACES = new RegExp(`(?:[_\\-\\s]|${UNSEEN.source})+`, 'u')

/** Its first letter, before which there may be signs but no digit: `(concert)` is `(Concert)`, `06th` stays. */
const capitalized = (word: string): string => word.replace(/^[^\p{L}\p{N}]*\p{L}/u, start => start.toUpperCase())
