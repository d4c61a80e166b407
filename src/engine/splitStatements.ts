/** What was typed so far, taken apart. */
export interface SplitStatements {
  /** Those that a semicolon ends, without it, in order; empty ones are left out. */
  readonly statements: readonly string[]
  /** What comes after the last semicolon, as it was typed. */
  readonly rest: string
}

/**
 * Takes a text apart where semicolons end statements: not those in texts, names in quotes, comments, or between `$tag$`,
 * by the rules of DuckDB's (PostgreSQL's) scanner. A quote or comment that isn't closed keeps all after it.
 */
export function splitStatements(text: string): SplitStatements {
  const statements: string[] = []
  let start = 0
  let at = 0
  while (at < text.length) {
    if (text[at] !== ';') {
      at = skipToken(text, at)
      continue
    }
    const statement = text.slice(start, at)
    if (!isBlank(statement)) statements.push(statement.trim())
    at++
    start = at
  }
  return { statements, rest: text.slice(start) }
}

/** Whether a text is nothing but spaces and comments, all of them closed. */
export function isBlank(text: string): boolean {
  let at = 0
  while (at < text.length) {
    const isComment = text.startsWith('--', at) || text.startsWith('/*', at)
    if (!isComment && !/\s/.test(text[at] ?? '')) return false
    const end = skipToken(text, at)
    if (isComment && end === text.length && text.startsWith('/*', at) && commentEnd(text, at) === undefined)
      return false
    at = end
  }
  return true
}

/** Where the token that begins there ends: what is quoted or a comment as a whole, anything else by characters or words. */
function skipToken(text: string, at: number): number {
  const open = OPENINGS.find(({ pattern }) => matchAt(pattern, text, at) !== undefined)
  if (!open) return at + (matchAt(WORD, text, at)?.length ?? 1)
  return open.end(text, at) ?? text.length
}

interface Opening {
  readonly pattern: RegExp
  /** The index after what it opens; `undefined` where that isn't closed. */
  readonly end: (text: string, at: number) => number | undefined
}

const endOf = (closed: RegExp) => (text: string, at: number) => {
  const whole = matchAt(closed, text, at)
  return whole === undefined ? undefined : at + whole.length
}

const OPENINGS: readonly Opening[] = [
  { pattern: /[eE]'/y, end: endOf(/[eE]'(?:[^'\\]|\\[\s\S]|'')*'/y) },
  { pattern: /'/y, end: endOf(/'(?:[^']|'')*'/y) },
  { pattern: /"/y, end: endOf(/"(?:[^"]|"")*"/y) },
  { pattern: /--/y, end: endOf(/--[^\n]*/y) },
  { pattern: /\/\*/y, end: commentEnd },
  { pattern: /\$(?:[A-Za-z_]\w*)?\$/y, end: endOf(/(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\1/y) },
]

/** A name or number as a whole: the `e` in `one'x'` opens nothing, nor the `$$` in `a$$`. */
const WORD = /[\p{L}\p{N}_$]+/uy

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

/** Comments may hold comments. */
function commentEnd(text: string, at: number): number | undefined {
  let depth = 0
  for (const { 0: mark, index } of text.slice(at).matchAll(/\/\*|\*\//g)) {
    depth += mark === '/*' ? 1 : -1
    if (depth === 0) return at + index + mark.length
  }
  return undefined
}
