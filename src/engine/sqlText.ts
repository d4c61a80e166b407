/** The one place where a value or a name becomes SQL text; elsewhere they are parameters. */

export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

export const quoteString = (value: string): string => `'${value.replaceAll("'", "''")}'`

export const quoteStrings = (values: readonly string[]): string => `[${values.map(quoteString).join(', ')}]`

/** A time in UTC, which the engine's timestamps without a zone are. */
export const quoteTimestamp = (time: Date): string =>
  `cast(${quoteString(time.toISOString().slice(0, -1))} as timestamp)`
