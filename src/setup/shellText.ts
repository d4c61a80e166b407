/** One word of a POSIX shell that stands for the text exactly; quoted only where it must be. */
export const quoteShell = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

/** A command as it would be typed: its words, each quoted only where it must be. */
export const shellLine = (words: readonly string[]): string => words.map(quoteShell).join(' ')
