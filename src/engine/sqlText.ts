/** The one place where a value or a name becomes SQL text; elsewhere they are parameters. */

export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

export const quoteString = (value: string): string => `'${value.replaceAll("'", "''")}'`

export const quoteStrings = (values: readonly string[]): string => `[${values.map(quoteString).join(', ')}]`
