import { isBlank, splitStatements } from '../engine/splitStatements.js'

/** What lines come to: a statement with the number of the line that it begins in, or a command to the shell itself. */
export type ShellInput =
  | { readonly kind: 'statement'; readonly sql: string; readonly line: number }
  | { readonly kind: 'command'; readonly name: string; readonly argument: string }

/** Lines as they come, put together to statements. */
export interface ShellReader {
  /** What the line completes. */
  read(line: string): ShellInput[]
  /** The last statement, which needs no semicolon where the lines end. */
  end(): ShellInput[]
  /** Forgets what isn't complete yet. */
  discard(): void
  /** Whether a statement has begun. */
  isOpen(): boolean
}

export function createShellReader(): ShellReader {
  let open = ''
  let openLine = 1
  let line = 0
  const keep = (rest: string) => {
    open = isBlank(rest) ? '' : rest
  }
  const statements = (found: readonly string[]): ShellInput[] =>
    found.map((sql, i) => ({ kind: 'statement', sql, line: i === 0 ? openLine : line }))
  return {
    read(text) {
      line++
      if (open === '') {
        const command = parseCommand(text)
        if (command) return [command]
        openLine = line
      }
      if (!text.includes(';')) {
        keep(open === '' ? text : `${open}\n${text}`)
        return []
      }
      const split = splitStatements(open === '' ? text : `${open}\n${text}`)
      keep(split.rest)
      const found = statements(split.statements)
      if (found.length > 0) openLine = line
      return found
    },
    end() {
      const rest = open
      open = ''
      return rest === '' ? [] : statements([rest.trim()])
    },
    discard() {
      open = ''
    },
    isOpen: () => open !== '',
  }
}

/** `.quit`, `\q`, `.format csv`; of a `quit` and `exit` alone everybody knows what is meant. */
function parseCommand(text: string): ShellInput | undefined {
  const [, name = '', argument = ''] = /^\s*([.\\][A-Za-z?]+)\s*(.*?)\s*;?\s*$/.exec(text) ?? []
  if (name !== '') return { kind: 'command', name, argument }
  return /^\s*(quit|exit)\s*;?\s*$/i.test(text) ? { kind: 'command', name: '.quit', argument: '' } : undefined
}
