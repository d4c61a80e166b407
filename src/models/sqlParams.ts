/** The names of the `$name` parameters in a statement, each once, in order; what is quoted or a comment is none. */
export function listParams(sql: string): string[] {
  const names = new Set<string>()
  replaceParams(sql, name => {
    names.add(name)
    return ''
  })
  return [...names]
}

/**
 * The statement with texts in the place of its parameters.
 * @param textOf is given a parameter's name and where in the statement it is
 */
export const replaceParams = (sql: string, textOf: (name: string, at: number) => string): string =>
  sql.replaceAll(TOKEN, (token, _tag, name: string | undefined, at: number) =>
    name === undefined ? token : textOf(name, at),
  )

/** Texts, names in quotes, comments, texts between `$tag$`: passed over; and parameters, which are the second group. */
const TOKEN =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$([A-Za-z_]\w*|)\$[\s\S]*?\$\1\$|\$([A-Za-z_]\w*)/g
