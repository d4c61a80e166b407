/** One word of a POSIX shell that stands for the text exactly; quoted only where it must be. */
export const quoteShell = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
