/**
 * What two names have in common that people take for the same: in other letters, with other spaces, or with accents that
 * are written otherwise.
 */
export const foldName = (name: string): string => name.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim()
